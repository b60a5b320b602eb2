"""The forms of single values in soundings.toml, each with the sentence for what has another."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, Field

from connectors.errors import Refused
from connectors.http import checked_address
from connectors.times import zones
from signals.clock import has_come
from transforms.words.lint import flaws
from warehouse.database import address

_FIELDS = 5  # a sixth would be seconds
_CHANCE = re.compile(r"(?<![a-z])r(?![a-z])", re.IGNORECASE)  # croniter's R: another time whenever it is asked
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def _zone(name: str) -> str:
    if name not in zones():
        message = f'{name!r} is no zone of the IANA database; write one such as "Europe/Paris"'
        raise ValueError(message)
    return name


def _kind(words: str) -> str:
    if found := flaws(words):
        message = f'{words!r} cannot be used in prompts: {"; ".join(found)}; leave it out for "learning review"'
        raise ValueError(message)
    return words


def _cron(text: str) -> str:
    is_one = croniter.is_valid(text) and (text.startswith("@") or len(text.split()) == _FIELDS) and not _CHANCE.search(text)
    if not is_one:
        message = f'{text!r} is no cron expression; write five fields such as "0 * * * *", or "@hourly"'
        raise ValueError(message)
    try:
        croniter(text, _SOME_DAY).get_next()
    except CroniterBadDateError:
        message = f"{text!r} is a day that never comes; correct the day or the month"
        raise ValueError(message) from None
    return text


def _database(url: str) -> str:
    address(url)
    return url


def held_by(check: Callable[[Any], object], value: Any) -> Any:
    """The value, which a check of a connector has nothing against."""
    try:
        check(value)
    except Refused as refused:
        raise ValueError(str(refused)) from None
    return value


def _place(code: str) -> str:
    from holidays import country_holidays  # noqa: PLC0415 - only where a team names a place

    country, _, part = code.partition("-")
    try:
        country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        message = f'{code!r} is no place whose holidays are known; write a country or a part of one, such as "DE" or "DE-BE"'
        raise ValueError(message) from None
    return code


def _past(at: datetime) -> datetime:
    if at.tzinfo is None:
        message = f"{at} has no zone; add one, such as 2026-08-01T00:00:00Z"
        raise ValueError(message)
    if not has_come(at):
        message = f"{at} has not come yet, so nothing would be read before; correct it, or leave it out"
        raise ValueError(message)
    return at


Database = Annotated[str, AfterValidator(_database)]
Zone = Annotated[str, AfterValidator(_zone)]
Names = Annotated[tuple[str, ...], Field(strict=False)]  # TOML has lists, Python's own strictness asks for tuples
Cron = Annotated[str, AfterValidator(_cron)]
Url = Annotated[str, AfterValidator(lambda url: held_by(checked_address, url))]
Past = Annotated[datetime, AfterValidator(_past)]
HolidayPlace = Annotated[str, AfterValidator(_place)]
KindOfMeeting = Annotated[str, AfterValidator(_kind)]
