"""`soundings new-source NAME`: one file, one test, one line."""

import keyword
from collections.abc import Iterator
from pathlib import Path

from pipeline.settings import Unusable

ROOT = Path(__file__).resolve().parent.parent

CONNECTOR = '''"""Deploys from {name}: say here which API, where its documentation is, and what it cannot tell."""

from collections.abc import Sequence
from typing import Any

from connectors.http import Api, Vendor
from connectors.paging import LINK
from connectors.parse import instant, maybe_instant, parsed
from connectors.registry import Yields, source
from signals.records import Deploy
from signals.windows import Window

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
    api.settle()  # none of them could be read: that is no pull


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

TEST = '''"""{name} keeps the contract of a source (tests/connectors/contract.py says which promises those are)."""

from datetime import UTC, datetime

from demo.vendors.server import Response, serve
from signals.windows import Window
from tests.connectors.contract import contract

WINDOW = Window(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
DEPLOYS = [
    {{"id": number, "environment": "production", "version": f"v{{number}}", "started_at": f"2026-11-02T{{number:02}}:00:00Z", "status": "success"}}
    for number in range(4)
]
PAGE = 2


def app(request):
    """The vendor, made up: two pages. Give it state, its own errors and limits like the real one."""
    if request.segments != ("projects", "shop", "deploys"):
        return Response(404, json={{"message": "Not Found"}})
    page = int(request.param("page", "1"))
    following = f'<http://{{request.headers["host"]}}{{request.path}}?page={{page + 1}}>; rel="next"'
    headers = {{"Link": following}} if page * PAGE < len(DEPLOYS) else {{}}
    return Response(json=DEPLOYS[(page - 1) * PAGE : page * PAGE], headers=headers)


def test_{name}_keeps_the_contract():
    with serve(app) as server:
        contract("{name}", server, {{"projects": ["shop"]}}, WINDOW)
'''


def scaffold(name: str) -> Iterator[str]:
    """Write both files and yield what to do next. Raises Unusable for a name that is taken or no Python name."""
    if not name.isascii() or not name.isidentifier() or not name.islower() or keyword.iskeyword(name):
        message = f"{name!r} cannot be a file name; use small letters, digits and _"
        raise Unusable(message)
    if (ROOT / "connectors" / name).exists():
        message = f"connectors/{name} is there already; choose another name"
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
