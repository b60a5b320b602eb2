"""Deploys that reached production, and what of: the version, or the commit where versions only count up or stay."""

import re

import numpy as np
import pandas as pd

from signals.records import WENT_LIVE
from transforms.estate import Estate
from transforms.events.rows import Tables, each, known, plain, rows

_COLUMNS = ("environment", "version", "previous_version", "commit_sha", "status", "started_at", "finished_at", "title", "url")
# A part of a rollout is no step of the environment.
_PART = re.compile(r"\bcanar(?:y|ies)\b|(?<![\d.])\d{1,2}(?:\.\d+)? ?%|\bscal(?:e|ed|ing) (?:out|up|in|down)\b", re.IGNORECASE)
_BACK_TO = re.compile(r"\b(?:roll(?:ed|ing)?[ -]?back|revert(?:ed|ing)?)(?: \w+)? to (\S+)", re.IGNORECASE)
_COUNT = re.compile(r"v?(\d{1,9})", re.IGNORECASE)
_SHORT = 12


def live_deploys(tables: Tables, estate: Estate) -> pd.DataFrame:
    """Production deploys that went live, in order of `live_at` within each `chain` (service and environment).

    `code`: what they brought, equal for the same. `name`: what people call it.
    """
    deploys = rows(tables, "deploys", _COLUMNS, "started_at")
    went_live = deploys["status"].isna() | plain(deploys["status"]).isin(WENT_LIVE)  # where no tool says how it ended, it did
    is_part = deploys["title"].astype("str").str.contains(_PART, na=False)
    deploys = deploys[went_live & deploys["version"].notna() & ~is_part]
    places = deploys[["service", "environment"]].drop_duplicates()
    is_production = [estate.is_production(service, known(environment)) for service, environment in each(places)]
    deploys = deploys.merge(places[np.array(is_production, dtype=bool)], on=["service", "environment"])
    finished = pd.to_datetime(deploys["finished_at"], utc=True)
    deploys = deploys.assign(live_at=finished.fillna(deploys["started_at"]), environment=deploys["environment"].str.casefold())
    deploys = deploys.sort_values(["service", "environment", "live_at", "native_id", "source"], ignore_index=True)
    return _told(deploys.assign(chain=deploys.groupby(["service", "environment"], sort=False).ngroup()))


def version_code(versions: pd.Series) -> pd.Series:
    """Versions as they are compared: `v1.4.0` is `1.4.0`."""
    return versions.astype("str").str.strip().str.replace(r"^[vV](?=\d)", "", regex=True)


def _told(deploys: pd.DataFrame) -> pd.DataFrame:
    """With `code` and `name`. Where all versions of a chain are one word or a number that only grows, the commit says what it was."""
    version, chain = version_code(deploys["version"]), deploys["chain"]
    counts = pd.to_numeric(version.where(version.str.fullmatch(_COUNT)), errors="coerce")
    grows = (counts.groupby(chain).diff().fillna(1) > 0) & counts.notna()
    only_counts = grows.groupby(chain).transform("all").astype(bool)
    stays = (version.groupby(chain).transform("nunique") == 1) & (deploys["commit_sha"].groupby(chain).transform("nunique") > 1)
    commit = deploys["commit_sha"].astype("object").where(deploys["commit_sha"].notna(), None)
    by_commit = (only_counts | stays) & commit.notna()
    code = version.astype("object").where(~by_commit, commit)
    named = version_code(deploys["title"].astype("str").str.extract(_BACK_TO, expand=False).where(only_counts & ~by_commit))
    meant = dict(zip(zip(chain, version, strict=True), code, strict=True))
    code = pd.Series([meant.get(back, own) for back, own in zip(zip(chain, named, strict=True), code, strict=True)], index=code.index, dtype="object")
    name = deploys["version"].astype("object").where(~(stays & by_commit), commit.str.slice(0, _SHORT))
    return deploys.assign(code=code, name=name)
