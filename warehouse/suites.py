"""Great Expectations suites, read off the tables: what a slice of rows has to hold, and what it was found not to hold."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table

from signals.record import Expect

if TYPE_CHECKING:
    from pandas import DataFrame

Finding = dict[str, Any]  # a row of `checks`

AHEAD = timedelta(days=35)  # shifts are known four weeks ahead
CLOCK_DIFFERENCE = timedelta(hours=1)
EXAMPLES = 3
WORDS, LONGEST = 5, 40  # words that are shown, and letters of each
_TWICE = "no record is there twice"


def looked_at(table: Table) -> list[str]:
    """The columns of a table its expectations speak of: no other need be read."""
    expected = [expect for column in table.columns if (expect := column.info.get("expect"))]
    named = {table.info["at"], *(expect.not_before for expect in expected)}
    return [column.name for column in table.columns if not column.nullable or column.info.get("expect") or column.name in named]


class Suite:
    """The expectations of a table, and what did not hold them in the rows looked at so far."""

    def __init__(self, table: Table, now: datetime) -> None:
        """Nothing looked at yet."""
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        import great_expectations as gx  # noqa: PLC0415 - eight seconds nobody else should pay
        from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._table = table.name
        self._suite = gx.ExpectationSuite(name=table.name, expectations=list(_expectations(gx.expectations, table, now)))
        self._whole = context.data_sources.add_pandas("landed").add_dataframe_asset(table.name).add_batch_definition_whole_dataframe("all")
        self._broken: dict[str, _Broken] = {}
        self._words = {_one_of_the_words(one.name): one.info["expect"] for one in table.columns if one.info.get("expect")}
        self._key = [column.name for column in table.primary_key]
        self._last: tuple[Any, ...] | None = None

    def look_at(self, frame: "DataFrame") -> None:
        """The next rows of the table with the columns that are `looked_at`, in the order of their key."""
        first, last = (tuple(frame[self._key].iloc[place]) for place in (0, -1))
        if first == self._last:  # two that are alike stand beside each other, on either side of a border between parts
            self._broken.setdefault(_TWICE, _Broken("critical")).add_row(str(frame["native_id"].iloc[0]), of=2)
        self._last = last
        batch = self._whole.get_batch(batch_parameters={"dataframe": frame})
        form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["native_id"]}
        for result in batch.validate(self._suite, result_format=form).results:
            if not result.success:
                config: Any = result.expectation_config
                self._broken.setdefault(config.notes, _Broken(config.severity.value, self._words.get(config.notes))).add(result)

    def findings(self) -> list[Finding]:
        """The expectations that did not hold, as rows of `checks`."""
        return [
            {"table": self._table, "expectation": words, "severity": broken.severity, "detail": broken.detail}
            for words, broken in self._broken.items()
        ]


@dataclass(slots=True)
class _Broken:
    """An expectation that did not hold: of how many rows, with a few of them. `words`: of a closed list, with those that were found instead."""

    severity: str
    words: Expect | None = None
    found: set[str] = field(default_factory=set)
    count: int = 0
    rows: list[str] = field(default_factory=list)
    error: str | None = None

    def add(self, result: Any) -> None:
        found = result.result
        errors = [problem["exception_message"] for problem in _problems(result.exception_info)]
        self.error = self.error or next(iter(errors), None)
        self.count += found.get("unexpected_count") or 0
        indices = found.get("unexpected_index_list") or ()
        self.found |= {str(word) for word in found.get("unexpected_list") or ()} if self.words else set()
        self.rows += dict.fromkeys(str(index["native_id"]) for index in indices[: 2 * (EXAMPLES + 1)])

    def add_row(self, name: str, *, of: int) -> None:
        """One more row, and as many together where it is the first that is named so."""
        self.count += 1 if name in self.rows[-1:] else of
        self.rows.append(name)

    @property
    def detail(self) -> str:
        """What was found instead, in plain words."""
        if self.error:
            return f"it could not be looked at: {self.error}"
        number = "1 row does" if self.count == 1 else f"{self.count} rows do"
        named = list(dict.fromkeys(self.rows))
        examples = f": {', '.join(named[:EXAMPLES])}{' and others' if len(named) > EXAMPLES else ''}" if named else ""
        return f"{number} not hold it{examples}{self._instead}"

    @property
    def _instead(self) -> str:
        """Of a closed list of words: which were found, which there are, and what follows."""
        if not self.words:
            return ""
        shown = ", ".join(repr(word[:LONGEST]) for word in sorted(self.found)[:WORDS]) + (" and others" if len(self.found) > WORDS else "")
        return f"; found {shown}, known are {', '.join(self.words.among)}; {self.words.otherwise}"


def _expectations(kinds: Any, table: Table, now: datetime) -> Iterator[Any]:
    """Each expectation, which says itself in plain words."""
    identity = [column.name for column in table.primary_key]
    yield kinds.ExpectCompoundColumnsToBeUnique(column_list=identity, severity="critical", notes=_TWICE)
    for column in table.columns:
        if not column.nullable:
            yield kinds.ExpectColumnValuesToNotBeNull(column=column.name, severity="critical", notes=f"{column.name} is never missing")
        if expect := column.info.get("expect"):
            yield from _column_expectations(kinds, column.name, expect)
    if at := table.info["at"]:
        is_planned = table.info["until"] != at
        latest = now + (AHEAD if is_planned else CLOCK_DIFFERENCE)
        words = f"{at} is at most {AHEAD.days} days ahead" if is_planned else f"{at} is not in the future"
        yield kinds.ExpectColumnValuesToBeBetween(column=at, max_value=latest, severity="warning", notes=words)


def _one_of_the_words(name: str) -> str:
    return f"{name} is one of the known words"


def _column_expectations(kinds: Any, name: str, expect: Expect) -> Iterator[Any]:
    same = {"column": name, "severity": "critical" if expect.is_critical else "warning"}
    if expect.among:
        words = "|".join(map(re.escape, (*expect.among, *expect.also)))
        pattern = rf"(?i)^\s*(?:{words})\s*$" if expect.also else f"^(?:{words})$"
        yield kinds.ExpectColumnValuesToMatchRegex(regex=pattern, **same, notes=_one_of_the_words(name))
    if expect.at_least is not None or expect.at_most is not None:
        words = f"{name} is {_range(expect)}"
        yield kinds.ExpectColumnValuesToBeBetween(min_value=expect.at_least, max_value=expect.at_most, **same, notes=words)
    if expect.most_characters:
        words = f"{name} has at most {expect.most_characters} characters"
        yield kinds.ExpectColumnValueLengthsToBeBetween(max_value=expect.most_characters, **same, notes=words)
    if expect.not_before:
        pair = {"column_A": name, "column_B": expect.not_before, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
        words = f"{name} is not before {expect.not_before}"
        yield kinds.ExpectColumnPairValuesAToBeGreaterThanB(**pair, severity=same["severity"], notes=words)


def _range(expect: Expect) -> str:
    bounds = (("at least", expect.at_least), ("at most", expect.at_most))
    return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)


def _problems(information: dict[str, Any]) -> list[dict[str, Any]]:
    """What Great Expectations could not work out: one entry, or one a metric."""
    entries = [information] if "raised_exception" in information else list(information.values())
    return [entry for entry in entries if entry["raised_exception"]]
