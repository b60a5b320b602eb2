"""The tables of soundings.toml: which keys there are, of what type, with which defaults. Unknown keys are errors."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import time
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from pipeline.value_forms import Cron, Database, HolidayPlace, KindOfMeeting, Names, Past, Url, Zone, held_by
from transforms.estate import PRODUCTION
from transforms.policy import SEVERITY, Policy

MIN_GROUP = 5
LARGEST = 2**31 - 1
_CENTURY = {"days": 36_500, "hours": 876_000, "minutes": 52_560_000}
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)  # "no" is no boolean, "5" no number


class Organisation(BaseModel):
    """`[organisation]`: its zone decides when a week begins; tickets link to `about_url` for why they exist and how to switch them off."""

    model_config = _STRICT
    name: str = "our organisation"
    zone: Zone = "UTC"
    about_url: Url | None = None


class Warehouse(BaseModel):
    """`[warehouse]`: where the tables are."""

    model_config = _STRICT
    url: Database = "sqlite:///soundings.db"


class SourceLine(BaseModel):
    """`[sources.NAME]`: what every source has; everything else in the table goes to the connector as `options`.

    NAME (that of a tracker and of a team, too) has letters from a to z, digits, `_`, `-` and `.`; derive, prompt, prompts, report, failed and look
    stand for something else in the figures of a run. Secrets belong in the connection `conn_id` names.
    When `use` or an option of the connector changes, the source is read again as far back as the first time (operations.md, "A setting changes").
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    use: str
    schedule: Cron = "0 * * * *"
    conn_id: str | None = None
    base_url: Url | None = None
    since: Past | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The connector's own options."""
        return dict(self.model_extra or {})


class TrackerLine(BaseModel):
    """`[trackers.NAME]`: where prompts go. A new tracker only shows what it would open until `dry_run = false`.

    Without any such table there is one: `[trackers.folder]` with `use = "folder"` and `path = "prompts"`, in dry run.
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    use: str
    conn_id: str | None = None
    base_url: Url | None = None
    teams: Names = ()
    dry_run: bool = True

    @property
    def options(self) -> dict[str, Any]:
        """The tracker's own options."""
        return dict(self.model_extra or {})


class ServiceTable(BaseModel):
    """`[services.NAME]`: which names in each vendor mean this service, whose it is, which environments are production."""

    model_config = _STRICT
    team: str | None = None
    repositories: Names = ()
    paths: Names = ()
    deploys: Names = ()
    pages: Names = ()
    production: Names = PRODUCTION


class Hours(BaseModel):
    """`"09:00-18:00"`, in the team's zone."""

    model_config = _STRICT
    starts: time = time(9)
    ends: time = time(18)


def _hours(text: Any) -> Hours:
    starts, _, ends = str(text).partition("-")
    try:
        hours = Hours(starts=time.fromisoformat(starts.strip()), ends=time.fromisoformat(ends.strip()))
    except ValueError:
        hours = None
    if hours is None or hours.starts.tzinfo or hours.ends.tzinfo:
        message = f'{text!r} are no working hours; write "09:00-18:00"'
        raise ValueError(message)
    if hours.starts >= hours.ends:
        message = f'{text!r} end before they begin; write the earlier time first, such as "09:00-18:00"'
        raise ValueError(message)
    return hours


class TeamTable(BaseModel):
    """`[teams.NAME]`: where it is, when it works, who is in it, which rotations are its own.

    Without `zone` it is that of `[organisation]`. `holidays` names the country, or part of one, whose public holidays it keeps, such as "DE-BE".
    """

    model_config = _STRICT
    zone: Zone | None = None
    hours: Annotated[Hours, BeforeValidator(_hours)] = Hours()
    workdays: Annotated[tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...], Field(strict=False)] = (
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
    )
    holidays: HolidayPlace | None = None
    members: Names = ()
    rotations: Names = ()


class PersonTable(BaseModel):
    """`[people.NAME]`: the zone a person lives in and their names at the vendors."""

    model_config = _STRICT
    zone: Zone | None = None
    identities: Names = ()


class ReportTable(BaseModel):
    """`[report]`: where the pages go and when (a week closes on Tuesday 06:00, so that late data is in); your own word for a learning review."""

    model_config = _STRICT
    out: Annotated[Path, Field(strict=False)] = Path("report")
    schedule: Cron = "0 6 * * 2"
    meeting: KindOfMeeting = "learning review"


def _table_of(name: str, parameters: dict[str, tuple[Any, Any]]) -> type[BaseModel]:
    return create_model(name, __config__=_STRICT, **parameters)  # type: ignore[call-overload, no-any-return]


def _bounded(name: str, hint: Any) -> Any:
    """No amount is below nothing, confidences and shares are parts of one, and no group is so small that people in it are known.

    Nor is any so large that a time it is added to leaves the calendar, or a count the database.
    """
    if hint not in (int, float):
        return _checked(hint)
    is_part = "confidence" in name or name.endswith("_share")
    most = 1 if is_part else _CENTURY.get(name.rpartition("_")[2], LARGEST)
    return Annotated[hint, Field(ge=MIN_GROUP if name == "min_group" else 0, le=most)]


def _checked(hint: Any) -> Any:
    """The type of an option with the connector's own check of it, which stands beside it as in `Annotated[str, zone_named]`: it raises Refused."""
    if get_origin(hint) is Annotated:
        kind, *checks = get_args(hint)
        return Annotated[(kind, *(AfterValidator(partial(held_by, check)) for check in checks))]
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        return Union[tuple(map(_checked, get_args(hint)))]  # noqa: UP007 - of as many as there are
    return hint


def _policy() -> type[BaseModel]:
    hints = get_type_hints(Policy)
    parameters = {f.name: (_bounded(f.name, hints[f.name]), f.default) for f in fields(Policy) if f.default is not MISSING}
    return _table_of("policy", {**parameters, "severity": (dict[str, Annotated[int, Field(ge=1, le=LARGEST)]], dict(SEVERITY))})


PolicyTable = _policy()


def options_of(function: Callable[..., Any], skip: int) -> type[BaseModel]:
    """The keyword parameters of a connector, as a table of soundings.toml: its signature is its documentation."""
    hints = get_type_hints(function, include_extras=True)
    parameters = [p for p in list(inspect.signature(function).parameters.values())[skip:] if p.kind is p.KEYWORD_ONLY]
    return _table_of("options", {p.name: (_bounded(p.name, hints.get(p.name, Any)), ... if p.default is p.empty else p.default) for p in parameters})


class File(BaseModel):
    """The whole of soundings.toml."""

    model_config = _STRICT
    organisation: Organisation = Organisation()
    warehouse: Warehouse = Warehouse(url="sqlite:///soundings.db")
    sources: dict[str, SourceLine] = Field(default_factory=dict)
    services: dict[str, ServiceTable] = Field(default_factory=dict)
    teams: dict[str, TeamTable] = Field(default_factory=dict)
    people: dict[str, PersonTable] = Field(default_factory=dict)
    policy: PolicyTable = PolicyTable()  # type: ignore[valid-type]
    trackers: dict[str, TrackerLine] = Field(default_factory=lambda: {"folder": TrackerLine.model_validate({"use": "folder", "path": "prompts"})})
    report: ReportTable = ReportTable()
    backstage: Names = ()
