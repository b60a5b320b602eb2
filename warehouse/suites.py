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
    """Each expectation with the columns it looks at."""
    identity = [column.name for column in table.primary_key]
    yield kinds.ExpectCompoundColumnsToBeUnique(column_list=identity, severity="critical"), identity
    for column in table.columns:
        if not column.nullable:
            yield kinds.ExpectColumnValuesToNotBeNull(column=column.name, severity="critical"), [column.name]
        if expect := column.info.get("expect"):
            yield from _column_expectations(kinds, column.name, expect)
    if at := table.info["at"]:
        latest = now + (AHEAD if table.info["until"] != at else CLOCK_DIFFERENCE)
        yield kinds.ExpectColumnValuesToBeBetween(column=at, max_value=latest, severity="warning"), [at]


def _column_expectations(kinds: Any, name: str, expect: Expect) -> Iterator[tuple[Any, list[str]]]:
    same = {"column": name, "severity": "critical" if expect.is_critical else "warning"}
    if expect.among:
        yield kinds.ExpectColumnValuesToBeInSet(value_set=list(expect.among), **same), [name]
    if expect.at_least is not None or expect.at_most is not None:
        yield kinds.ExpectColumnValuesToBeBetween(min_value=expect.at_least, max_value=expect.at_most, **same), [name]
    if expect.most_characters:
        yield kinds.ExpectColumnValueLengthsToBeBetween(max_value=expect.most_characters, **same), [name]
    if expect.not_before:
        pair = {"column_A": name, "column_B": expect.not_before, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
        yield kinds.ExpectColumnPairValuesAToBeGreaterThanB(**pair, severity=same["severity"]), [name, expect.not_before]


def _finding(table: str, result: Any) -> Finding:
    """A row of `checks`: what was expected, and what was found instead, with a few of the rows."""
    config, found = result.expectation_config, result.result
    named = [str(config.kwargs[name]) for name in ("column", "column_A", "column_B") if name in config.kwargs]
    errors = [problem["exception_message"] for problem in _problems(result.exception_info)]
    rows = [str(index["native_id"]) for index in found.get("unexpected_index_list") or ()]
    examples = f", among them {', '.join(rows[:EXAMPLES])}" if rows else ""
    return {
        "table": table,
        "expectation": f"{config.type}: {' and '.join(named) or 'source and native_id'}",
        "severity": config.severity.value,
        "detail": f"it could not be looked at: {errors[0]}" if errors else f"{found.get('unexpected_count')} rows do not hold it{examples}",
    }


def _problems(information: dict[str, Any]) -> list[dict[str, Any]]:
    """What Great Expectations could not work out: one entry, or one a metric."""
    entries = [information] if "raised_exception" in information else list(information.values())
    return [entry for entry in entries if entry["raised_exception"]]
