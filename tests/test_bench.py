"""The benchmark of GitHub has a vendor of its own, so it is run here, too: small, and its count is a fact."""

from bench.apart import Apart
from bench.github import run, vendor


def test_both_readers_of_the_benchmark_read_everything_a_hundred_a_request():
    with Apart(vendor(commits=300)) as server:
        assert [run(how, server.url, 2)["records"] for how in ("bare", "land")] == [600, 600]
        assert len(server.log()) == 2 * 2 * 3 + 1
