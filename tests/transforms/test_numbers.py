from transforms.words.numbers import and_more, compact, counted, rounded


def test_one_thing_is_one_several_are_many_and_thousands_are_marked():
    assert [counted(n, "page") for n in (0, 1, 2, 1200)] == ["0 pages", "1 page", "2 pages", "1,200 pages"]
    assert [counted(n, "was", "were") for n in (1, 2)] == ["1 was", "2 were"]


def test_what_stands_for_itself_alone_has_nothing_behind_it():
    assert [and_more(n, "service") for n in (-1, 0, 1, 2)] == ["", "", " and 1 more service", " and 2 more services"]


def test_a_large_number_is_short_where_there_is_little_room_and_never_rounded_up():
    assert [rounded(n) for n in (0, 99_999, 100_000, 1_999_999, 10**9 - 1)] == ["0", "99,999", "100.0k", "1.9M", "999.9M"]


def test_a_round_number_of_an_axis_is_short():
    assert [compact(10**power) for power in (0, 2, 3, 5, 6, 9)] == ["1", "100", "1k", "100k", "1M", "1G"]
