"""The core: each concept of the domain once, between the tables and what is found, asked, told and shown (docs/architecture.md)."""

from functools import cached_property

import pandas as pd

from transforms.estate import Estate
from transforms.events.commits import commits
from transforms.events.deploys import live_deploys
from transforms.events.incidents import incidents
from transforms.events.pages import cycles, pages
from transforms.events.people import People
from transforms.events.reviews import Reviews
from transforms.events.rows import Tables, columns
from transforms.policy import Policy

__all__ = ["Events", "Tables"]


class Events:
    """What happened, as everybody reads it. Each part is worked out when it is first asked for, and once.

    `tables` has frames named as the warehouse tables, without withdrawn rows; a table or a column may be absent.
    """

    def __init__(self, tables: Tables, estate: Estate, policy: Policy) -> None:
        """Nothing is worked out yet."""
        self.tables, self.estate, self.policy = tables, estate, policy

    @cached_property
    def incidents(self) -> pd.DataFrame:
        """Every declared incident with rank, stakes and the time it covers (events/incidents.py)."""
        return incidents(self.tables, self.policy)

    @cached_property
    def real_incidents(self) -> pd.DataFrame:
        """Those that are no test, rehearsal or maintenance."""
        return self.incidents[self.incidents["is_real"]]

    @cached_property
    def reviews(self) -> Reviews:
        """What was reviewed, and to which level."""
        return Reviews.of(self.tables)

    @cached_property
    def people(self) -> People:
        """Who is who, and where they live."""
        wanted = {"people": ("native_id", "zone"), "shifts": ("person", "zone")}
        people, shifts = (columns(self.tables, name, names) for name, names in wanted.items())
        return People(people, shifts, self.estate)

    @cached_property
    def commits(self) -> pd.DataFrame:
        """Every commit, in the order in which they reached the branch (events/commits.py)."""
        return commits(self.tables)

    @cached_property
    def live_deploys(self) -> pd.DataFrame:
        """Production deploys that went live, in order within each chain (events/deploys.py)."""
        return live_deploys(self.tables, self.estate)

    @cached_property
    def pages(self) -> pd.DataFrame:
        """Every page that asked somebody, with its alert and how it ended (events/pages.py)."""
        return pages(self.tables, self.people)

    @cached_property
    def quiet_cycles(self) -> pd.DataFrame:
        """Each coming and going of an alert that became no incident (events/pages.py)."""
        return cycles(self.pages[self.pages["incident_id"].isna()].reset_index(drop=True))
