"""Great Expectations suites, read off the tables: what a slice of rows has to hold, and what it was found not to hold."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table

from warehouse.columns import Expect

if TYPE_CHECKING:
    from pandas import DataFrame

Finding = dict[str, Any]  # a row of `checks`

AHEAD = timedelta(days=35)  # shifts are known four weeks ahead
CLOCK_DIFFERENCE = timedelta(hours=1)
EXAMPLES = 3


def findings(table: Table, frame: "DataFrame", now: datetime) -> list[Finding]:
    """The expectations of the table that these rows do not hold, as rows of `checks`."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx  # noqa: PLC0415 - eight seconds nobody else should pay
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    expectations = list(_expectations(gx.expectations, table, now))
    used = {name for _, columns in expectations for name in columns} | {"native_id"}
    whole = context.data_sources.add_pandas("landed").add_dataframe_asset(table.name).add_batch_definition_whole_dataframe("all")
    batch = whole.get_batch(batch_parameters={"dataframe": frame[[name for name in frame.columns if name in used]]})
    suite = gx.ExpectationSuite(name=table.name, expectations=[expectation for expectation, _ in expectations])
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["native_id"]}
    return [_finding(table.name, result) for result in batch.validate(suite, result_format=form).results if not result.success]


def _expectations(kinds: Any, table: Table, now: datetime) -> Iterator[tuple[Any, list[str]]]:
    """Each expectation, which says itself in plain words, with the columns it looks at."""
    identity = [column.name for column in table.primary_key]
    yield kinds.ExpectCompoundColumnsToBeUnique(column_list=identity, severity="critical", notes="no record is there twice"), identity
    for column in table.columns:
        if not column.nullable:
            yield kinds.ExpectColumnValuesToNotBeNull(column=column.name, severity="critical", notes=f"{column.name} is never missing"), [column.name]
        if expect := column.info.get("expect"):
            yield from _column_expectations(kinds, column.name, expect)
    if at := table.info["at"]:
        is_planned = table.info["until"] != at
        latest = now + (AHEAD if is_planned else CLOCK_DIFFERENCE)
        words = f"{at} is at most {AHEAD.days} days ahead" if is_planned else f"{at} is not in the future"
        yield kinds.ExpectColumnValuesToBeBetween(column=at, max_value=latest, severity="warning", notes=words), [at]


def _column_expectations(kinds: Any, name: str, expect: Expect) -> Iterator[tuple[Any, list[str]]]:
    same = {"column": name, "severity": "critical" if expect.is_critical else "warning"}
    if expect.among:
        yield kinds.ExpectColumnValuesToBeInSet(value_set=list(expect.among), **same, notes=f"{name} is one of the known words"), [name]
    if expect.at_least is not None or expect.at_most is not None:
        yield (
            kinds.ExpectColumnValuesToBeBetween(min_value=expect.at_least, max_value=expect.at_most, **same, notes=f"{name} is {_range(expect)}"),
            [name],
        )
    if expect.most_characters:
        words = f"{name} has at most {expect.most_characters} characters"
        yield kinds.ExpectColumnValueLengthsToBeBetween(max_value=expect.most_characters, **same, notes=words), [name]
    if expect.not_before:
        pair = {"column_A": name, "column_B": expect.not_before, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
        words = f"{name} is not before {expect.not_before}"
        yield kinds.ExpectColumnPairValuesAToBeGreaterThanB(**pair, severity=same["severity"], notes=words), [name, expect.not_before]


def _range(expect: Expect) -> str:
    bounds = (("at least", expect.at_least), ("at most", expect.at_most))
    return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)


def _finding(table: str, result: Any) -> Finding:
    """A row of `checks`: what was expected, and what was found instead, with a few of the rows."""
    config, found = result.expectation_config, result.result
    errors = [problem["exception_message"] for problem in _problems(result.exception_info)]
    rows = [str(index["native_id"]) for index in found.get("unexpected_index_list") or ()]
    count = found.get("unexpected_count")
    number = "1 row does" if count == 1 else f"{count} rows do"
    examples = f": {', '.join(rows[:EXAMPLES])}{' and others' if len(rows) > EXAMPLES else ''}" if rows else ""
    return {
        "table": table,
        "expectation": config.notes,
        "severity": config.severity.value,
        "detail": f"it could not be looked at: {errors[0]}" if errors else f"{number} not hold it{examples}",
    }


def _problems(information: dict[str, Any]) -> list[dict[str, Any]]:
    """What Great Expectations could not work out: one entry, or one a metric."""
    entries = [information] if "raised_exception" in information else list(information.values())
    return [entry for entry in entries if entry["raised_exception"]]
