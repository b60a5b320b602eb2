"""Names that do not meet: what soundings.toml names and nothing is called, and what things are called that soundings.toml does not name."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline import readings
from pipeline.settings import Settings
from pipeline.toml_lines import quoted
from signals.clock import now
from signals.records import RECORDS
from transforms.estate import Service
from warehouse.names_used import NamesUsed, names_used
from warehouse.store import Store

if TYPE_CHECKING:
    from transforms.health import Trouble

WHERE = "soundings.toml"
_LATELY = timedelta(days=84)
_MOST = 5
_PRODUCTION = re.compile(r"\d*(?:production|prod|prd|live)\d*")
_NOT_QUITE = frozenset({"pre", "non", "not", "no", "test", "testing", "staging", "stage", "stg", "dev", "qa", "uat", "sandbox", "demo", "preview"})

Told = tuple[str, str, bool]  # what, what to write, whether something goes wrong without it


def unmatched(settings: Settings, store: Store, *, names_people: bool = False) -> "list[Trouble]":
    """Each once, with the line that mends it. People are named where they are asked for: the health page shows none."""
    from transforms.health import Trouble  # noqa: PLC0415 - pandas takes seconds to import

    with store.reading() as connection:
        used = names_used(connection, now() - _LATELY)
    found = [
        *((WHERE, told) for told in (*rotations(settings, used), *environments(settings, used), *unproductive(settings, used))),
        *((WHERE, told) for told in (*unmapped(settings, used), *silent(settings, used), *unknown_people(settings, used, names_people=names_people))),
        *((f"source {name}", told) for name, told in unconfigured(settings, used) if readings.covered(settings, store, name)),
    ]
    return [Trouble(where=where, what=what, since=None, remedy=remedy, needs_person=is_needed) for where, (what, remedy, is_needed) in found]


def rotations(settings: Settings, used: NamesUsed) -> Iterator[Told]:
    """Rotations of teams that no schedule is called."""
    for team, table in settings.file.teams.items() if used.schedules else ():
        closest = {name: _closest(name, {schedule: schedule for schedule in used.schedules}) for name in table.rotations}
        wrong = [name for name in table.rotations if name not in used.schedules]
        right = [*(name for name in table.rotations if name not in wrong), *(meant for name in wrong if (meant := closest[name]))]
        for name in wrong:
            meant = closest[name]
            there = f"did you mean {quoted(meant)}?" if meant else f"there are {_listed(map(quoted, sorted(used.schedules)))}."
            yield (
                f"[teams.{team}] has a rotation {quoted(name)}, and no schedule is called that; {there}",
                f"Under [teams.{team}] write `rotations = {_list(dict.fromkeys(right))}`; until then nobody's time on it counts for the team.",
                True,
            )


def environments(settings: Settings, used: NamesUsed) -> Iterator[Told]:
    """Environments that are called like production and do not count as it. Where somebody wrote down which ones do, that may be meant."""
    names = sorted({environment for _, environment in used.environments if looks_like_production(environment)})
    for name in names:
        rows = {service: count for (service, one), count in used.environments.items() if one == name and service}
        others = sorted(
            (service for service in rows if not settings.estate.is_production(service, name)),
            key=lambda one: (one not in settings.file.services, -rows[one], one),
        )
        if others:
            production = settings.estate.services.get(others[0], Service()).production
            rest = f", and likewise for {_listed(others[1:])}" if others[1:] else ""
            written = [one for one in others if one in settings.file.services and "production" in settings.file.services[one].model_fields_set]
            signals = _number(sum(rows[one] for one in others), "signal")
            what = f"the environment {quoted(name)} looks like production and does not count as it: {signals} of {_listed(others)}"
            is_known = others[0] in settings.file.services
            place = f"under [services.{_key(others[0])}]" if is_known else f"and {_line_for(settings, used, others[0])}"
            # One line holds all of a service's.
            alike = [one for one in names if (others[0], one) in used.environments and not settings.estate.is_production(others[0], one)]
            line = f"If it is, write `production = {_list([*production, *alike])}` {place}{rest}."
            yield what, f"{line} If it is not, write `production` without it.", len(written) < len(others)


def unproductive(settings: Settings, used: NamesUsed) -> Iterator[Told]:
    """Services none of whose environments counts as production, nor is called like it."""
    names = sorted({service for service, _ in used.environments if service in settings.file.services})
    there = {service: sorted(environment for one, environment in used.environments if one == service) for service in names}
    without = [
        service
        for service, found in there.items()
        if not any(settings.estate.is_production(service, one) or looks_like_production(one) for one in found)
    ]
    if without:
        found = _listed(map(quoted, sorted({one for service in without for one in there[service]})))
        what = f"no environment of {_listed(without)} counts as production, so no step-back is found there: there are {found}"
        line = f"`production = {_list(there[without[0]][:1])}` under [services.{_key(without[0])}]"
        yield what, f"If one of them is, write {line}, with its name.", False


def looks_like_production(environment: str) -> bool:
    """Whether one of its words is one for production, and none says that it is only something like it."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", environment).casefold())
    return any(map(_PRODUCTION.fullmatch, words)) and _NOT_QUITE.isdisjoint(words)


def unmapped(settings: Settings, used: NamesUsed) -> Iterator[Told]:
    """Names of services that no service of soundings.toml has, the frequent first, with the one that was probably meant."""
    names = _unmapped(settings, used)
    if names:
        told = [_told(settings, name, used.services[name]) for name in names[:_MOST]]
        lines = _lines(settings, used, names[:_MOST])
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        signals = _number(sum(used.services[name].total() for name in names), "signal")
        what = f"{_number(len(names), 'name')} of services {'is' if len(names) == 1 else 'are'} not in soundings.toml, with {signals}"
        yield f"{what}: {', '.join(told)}{more}", f"Say which services these are: {'; '.join(lines)}.", False


def _unmapped(settings: Settings, used: NamesUsed) -> list[str]:
    return sorted((name for name in used.services if name not in settings.file.services), key=lambda name: (-used.services[name].total(), name))


def _told(settings: Settings, name: str, tables: Counter[str]) -> str:
    """The name with how often it came and what it is close to."""
    if _is_shared(settings, name):
        return f"{quoted(name)} ({tables.total()}, under no `paths`)"
    meant = _meant(settings, name)
    return f"{quoted(name)} ({tables.total()}{f', close to {quoted(meant)}' if meant else ''})"


def _line_for(settings: Settings, used: NamesUsed, name: str) -> str:
    """The line that gives the name to a service, with the others that are told of."""
    lines = _lines(settings, used, dict.fromkeys([*_unmapped(settings, used)[:_MOST], name]))
    return next(line for line in lines if quoted(name) in line or quoted(f"{name}:folder/") in line)


def _lines(settings: Settings, used: NamesUsed, names: Iterable[str]) -> list[str]:
    """What to write for these names, each table once and each of its keys once, with what it holds already."""
    services, lines = settings.file.services, list[str]()
    wanted: dict[str, dict[str, list[str]]] = {}  # service, in small letters -> key -> names
    spelt: dict[str, str] = {}
    for name in names:
        if _is_shared(settings, name):
            lines.append(f"`paths = [{quoted(f'{name}:folder/')}]`, beside those there are, under the service that has the folder")
            continue
        meant, key = _meant(settings, name), str(RECORDS[used.services[name].most_common(1)[0][0]].about.named_in)
        service = meant or _last(name)
        spelt.setdefault(service.casefold(), service)
        held = getattr(services[meant], key) if meant else ()
        wanted.setdefault(service.casefold(), {}).setdefault(key, [*held]).append(name)
    for service, keys in wanted.items():
        written = " and ".join(f"`{key} = {_list(values)}`" for key, values in keys.items())
        lines.append(f"{written} under [services.{_key(spelt[service])}]")
    return lines


def _is_shared(settings: Settings, name: str) -> bool:
    """Whether it is a repository of which services have folders."""
    return any(name.casefold() == one.casefold() for table in settings.file.services.values() for one in table.repositories)


def _meant(settings: Settings, name: str) -> str | None:
    """The service it is close to."""
    services = settings.file.services
    return _closest(
        _last(name), {one: service for service, table in services.items() for one in (service, *map(_last, table.repositories), *table.deploys)}
    )


def silent(settings: Settings, used: NamesUsed) -> Iterator[Told]:
    """Services of which no signal ever came, once any came at all."""
    names = [name for name in settings.file.services if name not in used.services]
    if names and used.services:
        remedy = "Compare their `repositories`, `deploys` and `pages` with what the vendors call them, or take them out."
        yield f"nothing ever came of {_number(len(names), 'service')} of soundings.toml: {_listed(names)}", remedy, False


def unknown_people(settings: Settings, used: NamesUsed, *, names_people: bool) -> Iterator[Told]:
    """Who was on call lately and is nobody of `[people]`."""
    people = settings.file.people
    names = sorted(name for name in used.on_call if name not in people and name not in settings.estate.identities)
    if names:
        shown = f": {_listed(map(quoted, names))}" if names_people else ""
        example = quoted(names[0]) if names_people else '"what the vendor calls them"'
        where = "" if names_people else " `soundings doctor` says who."
        what = f"{'1 person was' if len(names) == 1 else f'{len(names)} people were'} on call and not in [people]{shown}"
        line = f'`NAME = {{ zone = "Europe/Paris", identities = [{example}] }}` under [people]'
        why = "Their zone is the vendor's or their team's, and their names at two vendors are two people"
        yield what, f"{why}: write {line}.{where}", False


def unconfigured(settings: Settings, used: NamesUsed) -> Iterator[tuple[str, Told]]:
    """Sources whose `config` patterns never met a file in all that was read of them."""
    for name, line in settings.sources.items():
        kinds = used.kinds.get(name, frozenset())
        if line.options.get("config") and "commits" in kinds and "config_changes" not in kinds:
            what = f"no commit changed a file that `config = {_list(line.options['config'])}` means"
            yield name, (what, f'Write patterns from the top of the repository under [sources.{name}], such as `config = ["config/**"]`.', True)


def _closest(name: str, known: Mapping[str, str]) -> str | None:
    """What stands behind the key that is most like the name."""
    found = get_close_matches(name.casefold(), {key.casefold(): None for key in known}, n=1)
    return next((meant for key, meant in known.items() if found and key.casefold() == found[0]), None)


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2] or name


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    first, rest = (every := list(names))[:_MOST], len(every) - _MOST
    return ", ".join(first) + (f" and {rest} more" if rest > 0 else "")


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, names))}]"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else quoted(name)
