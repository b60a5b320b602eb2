"""Deployments that were still going on when they were last read: later pulls ask for them again, until they end, however late that is.

What is kept are facts about the repository, like its newest commits (`connectors.github.heads`): no window is read less because of them.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.http import Api
from connectors.paging import at
from signals.records import Deploy

_LONGEST = timedelta(days=35)  # GitHub ends what waits or runs longer; a tool that never reports an end is not asked for for ever
ENDED = frozenset({"success", "failed", "cancelled", "superseded"})  # a word nobody knew may mean that it goes on
_MOST = 50  # the newest; so many are one question


class Unfinished:
    """Those of one repository, by their ids at GitHub."""

    def __init__(self, api: Api, repository: str) -> None:
        """Take what earlier pulls kept."""
        self._api, self._key = api, sha256(f"unfinished in {repository}".encode()).hexdigest()
        self._known: dict[str, str] = json.loads(api.etags.get(self._key, "{}"))

    def before(self, start: datetime) -> Sequence[str]:
        """Those that began before this instant. One of them that is not noted again is gone."""
        asked = [node_id for node_id, began in self._known.items() if datetime.fromisoformat(began) < start]
        self._known = {node_id: began for node_id, began in self._known.items() if node_id not in asked}
        return asked

    def note(self, deploy: Deploy) -> None:
        """How one of them is now."""
        node_id, now = at(deploy.raw, "id"), self._api.told_at
        if not isinstance(node_id, str):
            return
        self._known.pop(node_id, None)
        if deploy.status not in ENDED and (now is None or now - deploy.started_at < _LONGEST):
            self._known[node_id] = deploy.started_at.isoformat()

    def keep(self) -> None:
        """Keep them with the rows of this pull."""
        newest = sorted(self._known.items(), key=lambda pair: pair[1])[-_MOST:]
        if newest or self._key in self._api.etags:
            self._api.etags[self._key] = json.dumps(dict(newest))
