"""GitHub: commits, pull requests with their reviews, and deploys. One question asks many repositories what is new; only those are read.

The token reads contents, metadata, pull requests and deployments; actions too where `workflows` is used, and nothing more.
An Enterprise Server's connection has the host `https://HOST/api/v3`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from connectors.errors import Refused
from connectors.github.commits import commits_in
from connectors.github.deployments import deployments_in
from connectors.github.heads import note_head
from connectors.github.issues import GitHubIssues
from connectors.github.news import News, news
from connectors.github.pull_requests import pull_requests_in
from connectors.github.releases import releases_in
from connectors.github.runs import LOOK_BACK, workflow_runs_in
from connectors.github.vendor import GITHUB
from connectors.http import Api
from connectors.registry import Yields, source
from signals.pulled import Unfit
from signals.record import Record
from signals.windows import Window

__all__ = ["GITHUB", "GitHubIssues", "pull"]


@source("github", kinds=("commits", "pull_requests", "deploys"), vendor=GITHUB, look_back=LOOK_BACK)
def pull(
    api: Api,
    window: Window,
    *,
    repositories: Sequence[str],
    commits: bool = True,
    environments: Sequence[str] | None = None,
    workflows: Mapping[str, str] | None = None,
    releases_as: str | None = None,
    prereleases_as: str | None = None,
) -> Yields:
    """What happened in these repositories ("owner/name"). Scope of every record: the repository.

    Commits of the default branch (`commits = false` where the git source reads them, with their files), by committer date in the first pulls, then
    by when they reached the branch, however old; pull requests by their last change; deployments by creation, of these `environments` (all unless
    given); `releases_as = "production"` takes releases as deploys, `prereleases_as = "staging"` prereleases,
    `workflows = {"Deploy *" = "production"}` every attempt of the Actions workflows of these names. The rows are the same whenever they are read;
    what GitHub itself cannot tell afterwards is in docs/weather.md.
    """
    if not repositories:
        api.degraded["repositories"] = 'github: none is named, so nothing is read: write repositories = ["owner/name"]'
    for name in repositories:
        owner, _, short = name.partition("/")
        if not owner or not short or "/" in short:
            raise Refused(f'github: write repositories as "owner/name", not {name!r}')

    def records(of: News) -> Yields:
        with api.scope(of.repository, unless_away=partial(list, news(api, [of.repository]))):
            yield from _native(api, window, of, commits=commits, environments=environments)
            if releases_as or prereleases_as:
                yield from releases_in(api, window, of.repository, full=releases_as, pre=prereleases_as)
            if workflows:
                yield from workflow_runs_in(api, window, of.repository, workflows)

    yield from api.each(records, news(api, list(dict.fromkeys(repositories))))


def _native(api: Api, window: Window, of: News, *, commits: bool, environments: Sequence[str] | None) -> Iterator[Record | Unfit]:
    """What GitHub itself calls a commit, a pull request, a deployment; nothing is asked where nothing is new."""
    if commits and of.head is None and not of.is_empty:
        api.degraded[of.repository] = f"github: {of.repository} is not empty, but its default branch cannot be read: no commits"
    if commits and of.has_commits_since(window.start):
        yield from commits_in(api, window, of)
    if commits:
        note_head(api, of)
    if of.has_pull_requests_since(window.start):
        yield from pull_requests_in(api, window, of.repository)
    yield from deployments_in(api, window, of, environments)
