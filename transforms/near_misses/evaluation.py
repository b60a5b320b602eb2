"""How well the detectors find what is known to have happened: precision and recall."""

import pandas as pd

PAIR = ["detector", "trigger_id", "recovery_id"]


def evaluate(found_hits: pd.DataFrame, known_pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a detector that is in either frame: `found`, `known`, `agreed`, `precision` (agreed of found), `recall` (agreed of known).

    Both frames have `detector`, `trigger_id`, `recovery_id`; a pair counts once. A ratio of nothing is NA.
    """
    found, known = (frame[PAIR].astype("str").drop_duplicates() for frame in (found_hits, known_pairs))
    counts = pd.DataFrame(
        {
            "found": found.groupby("detector").size(),
            "known": known.groupby("detector").size(),
            "agreed": found.merge(known, on=PAIR).groupby("detector").size(),
        }
    )
    counts = counts.fillna(0).astype("int64").rename_axis("detector").reset_index()
    return counts.assign(
        precision=(counts["agreed"] / counts["found"].replace(0, pd.NA)).astype("Float64"),
        recall=(counts["agreed"] / counts["known"].replace(0, pd.NA)).astype("Float64"),
    )
