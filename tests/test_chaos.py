import pytest

from chaos import crashes, kills, places, points, variants
from chaos.__main__ import scratch
from pipeline import connections
from warehouse import store

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def made():
    """A template warehouse and a folder for trials; afterwards requests wait again and each warehouse has an engine of its own."""
    with scratch() as folder, pytest.MonkeyPatch.context() as unhurried:
        unhurried.setattr(connections, "connect", connections.connect)
        unhurried.setattr(store, "engine_of", store.engine_of)
        yield crashes.template(folder), folder


def test_runs_that_die_at_every_crash_point_lose_and_double_nothing(made):
    for seed in ("landing-1", "tickets-1", "whole-1"):
        tally = crashes.trial(seed, *made)
        assert tally.crashes > 0
        assert tally.is_sound, tally.complaints

    assert points.names() - points.reached.keys() == {"soundings.move.written"}, "moving a warehouse is no run: tests/pipeline/test_moving.py"


@pytest.mark.parametrize("mistake", variants.VARIANTS)
def test_a_known_mistake_is_caught_and_the_product_passes_the_same_trial(made, mistake):
    sound, broken = variants.outcome(mistake, "0", *made)

    assert sound.is_sound, sound.complaints
    assert not broken.is_sound


@pytest.mark.parametrize("tier", ["sqlite", "postgresql"])
def test_workers_killed_beside_each_other_lose_and_double_nothing(made, tier):
    with places.at(tier, *made) as where:
        tally = kills.kills("short", 3, where, tier, steps=1)

    assert tally.crashes >= 3
    assert tally.is_sound, tally.complaints
