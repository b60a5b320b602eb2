"""Who is who across vendors, and the one zone in which a person's days and nights are read (docs/definitions.md, on call)."""

from collections import Counter
from functools import lru_cache
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.estate import Estate
from transforms.events.spelling import named, plain
from transforms.local_time import zone_named


class People:
    """`people`: native_id, zone. `shifts`: person, zone (of the schedule)."""

    def __init__(self, people: pd.DataFrame, shifts: pd.DataFrame, estate: Estate) -> None:
        """Vendors' names for one person are joined by the estate's identities, spellings of one name by themselves."""
        self._estate = estate
        told = Counter(name for text in shifts["person"].dropna().astype("str") for name in named(text))
        self._spelled = {plain(name): name for name in sorted(sorted(told, reverse=True), key=lambda name: told[name])}  # the most usual one
        ours = {*estate.zones, *estate.identities.values(), *(member for team in estate.teams.values() for member in team.members)}
        self._spelled |= {plain(name): name for name in sorted(ours)} | {plain(name): person for name, person in sorted(estate.identities.items())}
        self.people_of = lru_cache(maxsize=None)(self._people_of)
        self.zone_of = lru_cache(maxsize=None)(self._zone_of)
        self._home = {self.person_of(str(name)): zone for name, zone in zip(people["native_id"], people["zone"], strict=True) if zone_named(zone)}
        self._usual = self._usual_zones(shifts.reindex(columns=["person", "zone"]).dropna())

    def _people_of(self, identity: str) -> tuple[str, ...]:
        """Our names for those whom a vendor's identity, or a text in its place, names; nobody where somebody only watches."""
        if identity in self._estate.identities:
            return (self._estate.person_of(identity),)
        return tuple(dict.fromkeys(self._spelled.get(plain(name), name) for name in named(identity)))

    def person_of(self, identity: str) -> str:
        """Our name for a vendor's identity, of several the first."""
        return next(iter(self.people_of(identity)), identity)

    def _zone_of(self, person: str) -> tuple[ZoneInfo, bool]:
        """Where the person (ours) lives, and whether that is assumed: soundings.toml, the vendor's user; else schedule, team, organisation."""
        for known in (self._estate.zones.get(person), self._home.get(person)):
            if zone := zone_named(known):
                return zone, False
        return zone_named(self._usual.get(person)) or zone_named(self._estate.zone_of(person)[0]) or ZoneInfo("UTC"), True

    def _usual_zones(self, shifts: pd.DataFrame) -> dict[str, str]:
        """The zone that most of a person's shifts are rendered in, of several the first by name."""
        seen: dict[str, Counter[str]] = {}
        counts = Counter(zip(shifts["person"].astype("str"), shifts["zone"].astype("str"), strict=True))
        for (identity, zone), count in counts.items():
            if zone_named(zone):
                for person in self.people_of(identity):
                    seen.setdefault(person, Counter())[zone] += count
        return {person: min(zones, key=lambda zone: (-zones[zone], zone)) for person, zones in seen.items()}
