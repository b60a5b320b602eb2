"""`soundings new-source NAME`: one file, one test, one line."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.settings import Unusable

ROOT = Path(__file__).resolve().parent.parent

CONNECTOR = '''"""Deploys from {name}. (Say which API, where its documentation is, and what it cannot tell.)"""

from collections.abc import Sequence
from typing import Any

from connectors.http import Api, Vendor
from connectors.paging import LINK
from connectors.parse import instant, maybe_instant, parsed
from connectors.registry import Yields, source
from pipeline.signals import Deploy, Window

{constant} = Vendor(
    name="{name}",
    base_url="https://api.{name}.example",
    auth=lambda connection: {{"Authorization": f"Bearer {{connection.secret}}"}},
)


@source("{name}", kinds=("deploys",), vendor={constant})
def pull(api: Api, window: Window, *, projects: Sequence[str] = ()) -> Yields:
    """Deploys started in the window, of the named projects."""
    for project in projects:
        with api.scope(project):
            asked = {{"since": window.start.isoformat(), "until": window.end.isoformat()}}
            items = api.pages("projects", project, "deploys", pager=LINK, params=asked)
            yield from parsed("deploys", deploy_of, items, project)


def deploy_of(item: dict[str, Any], project: str) -> Deploy:
    """One item as a record; what it lacks or has wrong becomes a quarantined record, not an error here."""
    return Deploy(
        native_id=f"{{project}}/{{item['id']}}",
        scope=project,
        url=item.get("url"),
        raw=item,
        environment=item["environment"],
        version=item.get("version"),
        started_at=instant(item["started_at"]),
        finished_at=maybe_instant(item.get("finished_at")),
        status=item["status"],
    )
'''

TEST = '''"""{name} keeps the contract of a source (tests/connectors/contract.py)."""

from datetime import UTC, datetime

from demo.vendors.server import Request, Response

from pipeline.signals import Window

WINDOW = Window(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
DEPLOY = {{"id": 1, "environment": "production", "version": "v1", "started_at": "2026-11-02T09:00:00Z", "status": "success"}}


def app(request: Request) -> Response:
    """The vendor, made up: give it state, pages and refusals like the real one."""
    return Response(json=[DEPLOY])


def test_the_contract_of_a_source_holds(contract):
    contract("{name}", app, WINDOW, projects=["shop"])
'''


def scaffold(name: str) -> Iterator[str]:
    """Write both files and yield what to do next. Raises Unusable for a name that is taken or no Python name."""
    if not name.isidentifier() or not name.islower():
        message = f"{name!r} cannot be a file name; use small letters, digits and _"
        raise Unusable(message)
    paths = {ROOT / "connectors" / f"{name}.py": CONNECTOR, ROOT / "tests" / "connectors" / f"test_{name}.py": TEST}
    for path in paths:
        if path.exists():
            message = f"{path.relative_to(ROOT)} is there already; choose another name"
            raise Unusable(message)
    for path, text in paths.items():
        path.write_text(text.format(name=name, constant=name.upper()), encoding="utf-8")
        yield f"wrote {path.relative_to(ROOT)}"
    yield f'\nadd to soundings.toml:\n\n[sources.{name}]\nuse = "{name}"\nschedule = "@hourly"\nconn_id = "{name}"\nprojects = ["…"]\n'
    yield f"then: pytest tests/connectors/test_{name}.py"
