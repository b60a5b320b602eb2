"""Lists of which a whole page is more than the vendor can work out: smaller pages, from the same place on."""

import pytest

from connectors.errors import TooHeavy
from connectors.http import Connection, Vendor, connect
from connectors.paging import Pieces, smaller
from demo.vendors.server import Response, serve

ACME = Vendor(name="acme", base_url=None, auth=lambda _: {}, requests_per_minute=1_000_000)
ALL = list(range(250))


@pytest.mark.parametrize(
    ("asked", "less"),
    [
        ("per_page=100", "per_page=50"),
        ("per_page=100&page=4", "per_page=50&page=7"),
        ("per_page=25&page=3", "per_page=5&page=11"),
        ("per_page=5&page=11", "per_page=1&page=51"),
        ("per_page=7&page=3", "per_page=1&page=15"),
        ("per_page=100&after=token", "per_page=50&after=token"),
        ("per_page=1&page=51", None),
        ("per_page=100&page=first", None),
        ("page=2", None),
    ],
)
def test_a_smaller_page_begins_where_the_large_one_did(asked, less):
    assert smaller(f"https://acme.test/things?{asked}", "per_page") == (less and f"https://acme.test/things?{less}")


def test_a_page_too_heavy_in_the_middle_of_a_list_is_read_in_pieces_each_item_once():
    def app(request):
        size, number = int(request.param("per_page")), int(request.param("page", "1"))
        items = ALL[(number - 1) * size : number * size]
        if 130 in items and size > 5:
            return Response(504, body="too slow")
        link = f'<http://{request.headers["host"]}/things?per_page={size}&page={number + 1}>; rel="next"'
        return Response(json=items, headers={"Link": link} if number * size < len(ALL) else {})

    with serve(app) as server:
        api = connect(ACME, Connection(server.url), sleep=lambda _: None)
        assert list(api.pages("things", size="per_page", per_page=100)) == ALL


def test_pieces_shrink_to_one_and_grow_again_after_three_good_answers():
    asked = []

    def ask(size, most):
        asked.append(size)
        if size > most:
            raise TooHeavy("no")
        return size

    pieces = Pieces(50)
    assert [pieces.answer(lambda size: ask(size, 5)) for _ in range(4)] == [5, 5, 5, 5]
    assert asked == [50, 25, 5, 5, 5, 10, 5]
    assert [pieces.answer(lambda size: ask(size, 50)) for _ in range(12)][-1] == 50
    with pytest.raises(TooHeavy):
        pieces.answer(lambda size: ask(size, 0))
    assert asked[-1] == 1
