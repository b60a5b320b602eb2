"""Which commit was a branch's newest at which time, as seen by earlier pulls: whatever was pushed since is found, however old it says it is.

GitHub lists commits by the date their committer's clock gave them, and nowhere by when they were pushed. But it tells the difference between two
commits (docs.github.com/rest/commits/commits#compare-two-commits), also where the branch was rewritten in between. What is kept are facts about the
repository, with the vendor's own time; they never say what has been read, so any window may be read again (docs/adr/0015).
"""

import json
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.github.news import News
from connectors.http import Api
from signals.windows import Window

_APART = timedelta(days=1)
_KEPT = 8  # a week of days with a push, and one before: the look-back and some days without a pull
_SETTLED = timedelta(hours=1)  # clocks differ, and a push takes its time to show everywhere


def known_heads(api: Api, of: News, window: Window) -> tuple[str | None, str | None]:
    """What was the newest before the window began, the latest known; or else the first known to have been the newest inside it.

    Everything on the branch that such a commit does not reach came later.
    """
    known = [(datetime.fromisoformat(at), head) for at, head in _seen(api, of.repository).items()]
    before = next((head for at, head in reversed(known) if at <= window.start - _SETTLED), None)
    return before, None if before else next((head for at, head in known if at < window.end), None)


def note_head(api: Api, of: News) -> None:
    """Keep what is the newest now, and since when it has been: since the last push, where GitHub tells it. One a day of pushes."""
    seen, since = _seen(api, of.repository), min(filter(None, (of.pushed_at, api.told_at)), default=None)
    last = max(seen, default=None)
    if of.head and since and (last is None or since - datetime.fromisoformat(last) >= _APART):
        newest = sorted([*seen.items(), (since.isoformat(), of.head)])[-_KEPT:]
        api.etags[_key(of.repository)] = json.dumps(dict(newest))


def _seen(api: Api, repository: str) -> dict[str, str]:
    """Instant -> newest commit, oldest first."""
    seen: dict[str, str] = json.loads(api.etags.get(_key(repository), "{}"))
    return seen


def _key(repository: str) -> str:
    return sha256(f"heads of {repository}".encode()).hexdigest()
