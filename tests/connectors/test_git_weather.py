"""A git repository over http in bad weather: every fault is a named error, and fair weather afterwards brings everything."""

from contextlib import suppress

import pytest

from connectors.errors import Busy, Refused
from connectors.git import pull
from demo.vendors.server import Response, serve
from demo.vendors.weather import Endless, answer, fair
from tests.connectors.git_history import EVER, History
from tests.connectors.weather import OK, PASSING, SLOW, UNREADABLE, WRONG

FAULTS = {name: fault for name, fault in (PASSING | UNREADABLE | WRONG).items() if "Retry-After" not in name}
REFUSALS = {401: Refused, 403: Refused, 404: Refused, 410: Refused, 429: Busy, 451: Refused, 500: Busy, 502: Busy, 503: Busy}


@pytest.fixture
def origin(tmp_path):
    history = History(tmp_path / "origin")
    for number in range(5):
        history.change(f"{number}.txt", str(number), f"number {number}")
    history.git("clone", "--quiet", "--bare", str(history.folder), str(tmp_path / "www" / "acme" / "shop.git"))
    History(tmp_path / "www" / "acme" / "shop.git", "--bare").git("update-server-info")

    def files(request):
        path = tmp_path / "www" / request.path.strip("/")
        return Response(body=path.read_bytes()) if path.is_file() else Response(404, body="Not Found")

    with serve(files) as server:
        yield server


@pytest.fixture
def titles(origin, tmp_path):
    def pulled(cache="cache", **options):
        found = pull(None, EVER, url=f"{origin.url}/acme/shop.git", cache=str(tmp_path / cache), **options)
        return sorted(commit.title for commit in found)

    return pulled


ALL = [f"number {number}" for number in range(5)]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_any_request_ends_the_pull_by_name_or_not_at_all_and_fair_weather_brings_all(origin, titles, name):
    assert titles("fair") == ALL
    count = len(origin.requests)
    for at in (0, count // 2):
        origin.faults[:] = [*[fair] * at, *[FAULTS[name]] * 1_000]
        with suppress(Busy, Refused):
            assert titles(f"at {at}") == ALL  # what git asked for there it can do without
        origin.faults.clear()
        for _ in range(10):  # of several objects that were cut git throws away one a try
            with suppress(Busy):
                titles(f"at {at}")
                break
        assert titles(f"at {at}") == ALL


@pytest.mark.parametrize("status", REFUSALS)
def test_what_a_person_has_to_change_is_refused_and_the_rest_is_busy(origin, titles, status):
    origin.faults[:] = [answer(status, body="no")] * 9
    with pytest.raises(REFUSALS[status]):
        titles()


@pytest.mark.parametrize("fault", [*SLOW.values(), Endless(OK + b"\r\n", b"0" * 65_536)], ids=[*SLOW, "5 GB"])
def test_a_server_that_dawdles_is_left_at_the_time_limit(origin, titles, fault):
    origin.faults[:] = [fault] * 9
    with pytest.raises(Busy):
        titles(limit_seconds=0.7)
    origin.faults.clear()
    assert titles() == ALL
