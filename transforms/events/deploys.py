"""Deploys that reached production, and which of them followed which."""

import numpy as np
import pandas as pd

from signals.records import WENT_LIVE
from transforms.estate import Estate
from transforms.events.rows import Tables, each, known, plain, rows

_COLUMNS = ("environment", "version", "previous_version", "commit_sha", "status", "started_at", "finished_at", "title", "url")


def live_deploys(tables: Tables, estate: Estate) -> pd.DataFrame:
    """Production deploys that went live, in order of `live_at` within each `chain` (service and environment)."""
    deploys = rows(tables, "deploys", _COLUMNS, "started_at")
    went_live = deploys["status"].isna() | plain(deploys["status"]).isin(WENT_LIVE)  # where no tool says how it ended, it did
    deploys = deploys[went_live & deploys["version"].notna()]
    places = deploys[["service", "environment"]].drop_duplicates()
    is_production = [estate.is_production(service, known(environment)) for service, environment in each(places)]
    deploys = deploys.merge(places[np.array(is_production, dtype=bool)], on=["service", "environment"])
    finished = pd.to_datetime(deploys["finished_at"], utc=True)
    deploys = deploys.assign(live_at=finished.fillna(deploys["started_at"]), environment=deploys["environment"].str.casefold())
    deploys = deploys.sort_values(["service", "environment", "live_at", "native_id", "source"], ignore_index=True)
    return deploys.assign(chain=deploys.groupby(["service", "environment"], sort=False).ngroup())
