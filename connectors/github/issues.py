"""Review prompts as GitHub issues. They are opened and read, never closed, assigned or edited: that is for people."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import Busy, Garbled, Refused
from connectors.github.vendor import GITHUB
from connectors.http import Api
from connectors.paging import LINK, at
from connectors.parse import instant
from connectors.reasons import UNREADABLE, reason
from connectors.registry import Ticket, tracker
from signals.automation import is_program

LABEL = "learning-review"

_LOCKED_OUT = 401
_GONE = frozenset({404, 410})
_DONE_TO_THEM = frozenset({"mentioned", "subscribed"})  # whoever is named there was only spoken of
# GitHub counts the labels an issue is opened with as a change, within moments.
_SETTLES = timedelta(minutes=1)


def ticket_of(issue: dict[str, Any], login: str, comments: Sequence[dict[str, Any]] = (), events: Sequence[dict[str, Any]] = ()) -> Ticket:
    """An issue with its comments, and what else was done to it. `is_touched`: a person spoke, was assigned or did something, or it changed later.

    Raises Garbled for what is none: half an issue must not be taken for one that people closed, or for somebody else's.
    """
    try:
        return _ticket_of(told := {"issue": issue, "comments": list(comments), "events": list(events)}, login)
    except UNREADABLE as error:
        message = f"github: an issue cannot be read: {reason(error, _ticket_of, told, (login,))}"
        raise Garbled(message) from None


def _ticket_of(told: dict[str, Any], login: str) -> Ticket:
    issue = told["issue"]
    spoken = [(_login(comment["user"]) or "", instant(comment["created_at"]), _text(comment["body"])) for comment in told["comments"]]
    opened_at, closed_by = instant(issue["created_at"]), _login(issue.get("closed_by"))
    done = [(event["event"], _login(event.get("assigner") or event["actor"]) or "", instant(event["created_at"])) for event in told["events"]]
    acts = [(author, at) for author, at, _ in spoken] + [(actor, at) for kind, actor, at in done if kind not in _DONE_TO_THEM]
    if issue["state"] == "closed" and closed_by and issue["closed_at"]:
        acts.append((closed_by, instant(issue["closed_at"])))
    people = [actor for actor, _ in acts if actor != login and not is_program(actor)]
    last = max([opened_at, *(at for actor, at in acts if actor not in people)])
    return Ticket(
        number=_number(issue["number"]),
        url=_text(issue["html_url"]),
        title=_text(issue["title"]),
        body=_text(issue["body"]),
        is_open={"open": True, "closed": False}[issue["state"]],
        is_ours=_login(issue["user"]) == login,
        opened_at=opened_at,
        is_touched=bool(people)
        or (len(issue["assignees"]) > 0 and "assigned" not in {kind for kind, _, _ in done})
        or instant(issue["updated_at"]) > last + _SETTLES,
        closed_by=closed_by,
        comments=spoken,
        account=login,
    )


def _text(found: Any) -> str:
    if found is not None and not isinstance(found, str):
        message = f"a text is expected, and no '{type(found).__name__}'"
        raise TypeError(message)
    return found or ""


def _number(found: Any) -> str:
    if type(found) is not int:
        message = f"a number is expected, and no '{type(found).__name__}'"
        raise TypeError(message)
    return str(found)


def _login(account: dict[str, Any] | None) -> str | None:
    """Its name; None for one that was deleted."""
    return None if account is None else _text(account["login"])


@tracker("github", vendor=GITHUB)
class GitHubIssues:
    """Issues of one repository. The token reads and writes its issues and metadata, and nothing more."""

    def __init__(self, api: Api, *, repository: str, labels: Sequence[str] = (LABEL,), login: str | None = None) -> None:
        """Take the repository ("owner/name"). `login`: our account, for an application, which cannot ask GitHub who it is ("name[bot]")."""
        owner, _, name = repository.partition("/")
        if not owner or not name or "/" in name:
            raise Refused(f'github: write the repository as "owner/name", not {repository!r}')
        self._api = api
        self._path = ("repos", owner, name)
        self._labels = list(labels)
        self._login = login
        self._labels_there: list[str] | None = None

    def open(self, code: str, title: str, body: str) -> Ticket:
        """Open one issue, title and body as given: they hold the `code`. One try; anything but a clear answer raises Busy."""
        del code
        login = self._own_login()
        return ticket_of(self._api.post(*self._path, "issues", json={"title": title, "body": body, "labels": self._kept_labels()}), login)

    def find(self, since: datetime) -> Iterator[Ticket]:
        """Our issues opened at or after `since`, open or closed, by listing. By author alone: people may take a label off. No comments."""
        login = self._own_login()
        asked = {"state": "all", "creator": login, "since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "per_page": 100}
        for issue in self._api.pages(*self._path, "issues", pager=LINK, params={**asked, "sort": "created", "direction": "asc"}):
            if isinstance(issue, dict) and "pull_request" in issue:
                continue
            ticket = ticket_of(issue, login)
            if ticket.is_ours and ticket.opened_at >= since.replace(microsecond=0):
                yield ticket

    def read(self, number: str) -> Ticket | None:
        """One issue with its comments; None when a person deleted it. Refused when the repository itself is out of reach."""
        try:
            issue = self._api.get(*self._path, "issues", number)
        except Refused as refused:
            if refused.status not in _GONE:
                raise
            issue = None
        if issue is None:
            # GitHub hides what we may not see behind the same 404: while the list can be read, it is this issue that is gone.
            self._api.get(*self._path, "issues", per_page=1)
            return None
        has_comments = at(issue, "comments") != 0
        comments = list(self._api.pages(*self._path, "issues", number, "comments", pager=LINK, per_page=100)) if has_comments else []
        ticket = ticket_of(issue, self._own_login(), comments)
        if not ticket.is_touched or any(author != ticket.account and not is_program(author) for author, _, _ in ticket.comments):
            return ticket
        events = self._api.pages(*self._path, "issues", number, "events", pager=LINK, per_page=100)
        return ticket_of(issue, self._own_login(), comments, list(events))

    def _own_login(self) -> str:
        if self._login is None:
            login = at(self._api.get("user"), "login")
            if not isinstance(login, str) or not login:
                raise Garbled("github: GET /user does not say who we are")
            self._login = login
        return self._login

    def _kept_labels(self) -> list[str]:
        """The labels that could be made or are there, asked once. One that cannot be had costs itself, not the ticket: `degraded` says so."""
        if self._labels_there is None:
            self._labels_there = [label for label in self._labels if self._is_there(label)]
        return self._labels_there

    def _is_there(self, label: str) -> bool:
        """Made now, or made before: whoever may not make a label may still find it."""
        try:
            self._api.post(*self._path, "labels", json={"name": label})
        except (Refused, Busy) as trouble:
            if isinstance(trouble, Refused) and trouble.status == _LOCKED_OUT:
                raise
            unmade = trouble
        else:
            return True
        try:
            self._api.get(*self._path, "labels", label)
        except Refused:
            self._api.degraded[f"the label {label!r}"] = f"{unmade}; tickets are opened without it"
            return False
        return True
