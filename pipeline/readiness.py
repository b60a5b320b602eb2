"""What a derivation has to know of the ledger first: whether rows are out of sight just now, and how far back shifts were seen."""

from datetime import datetime, timedelta

from pipeline.settings import Settings
from warehouse.store import Store

CHECK_TAKES = timedelta(hours=1)  # at most


def being_checked(store: Store, present: datetime) -> int:
    """Pulls that landed within the hour and are not yet checked, nor overtaken by a later one: what died on the way is asked for again."""
    pulls = store.read("pulls", ["id", "source", "status", "started_at"])
    is_landed = pulls["status"] == "landed"
    settled = pulls[~is_landed & (pulls["status"] != "failed")].groupby("source")["id"].max()
    overtaken = pulls["id"] < pulls["source"].map(settled).fillna(0)
    return int((is_landed & ~overtaken & (pulls["started_at"] > present - CHECK_TAKES)).sum())


def shifts_seen_since(settings: Settings, store: Store) -> datetime | None:
    """When the sources that brought shifts began to be read, the latest of them; None where none did. A stretch that touches it may be longer."""
    brought = set(store.read("shifts", ["source"])["source"])
    begins = [windows[0].start for name in settings.sources if name in brought and (windows := store.covered(name))]
    return max(begins, default=None)
