"""Which accounts are programs: by the whole name of the account, never by a person's surname or where they work.

A vendor's own word (GitHub's `Bot`) comes before any of this. The names are those CNCF's DevStats leaves out of its counts and those the
programs themselves commit under by default; names made for one house are known by how such accounts are called (`release-bot`, `svc-deploy`).
"""

import re
from functools import lru_cache

# As an account, or as the name beside an address; small letters.
ACCOUNTS = frozenset(
    name.strip()
    for name in """
    actions-user | all contributors | allcontributors | appveyor | argo cd | argo-cd | argocd | argocd image updater | atlantis | autobuild
    automation | azure devops | azure pipelines | backstage-service | bitbucket pipelines | bitbucket-pipelines | bors | bot | build
    build server | buildbot | buildkite | ci | circle ci | circleci | cloud build | codecov | codecov-io | codefresh | concourse | copilot
    copilot-swe-agent | copybara | copybara-github | copybara-service | coreosbot | coveralls | crowdin | cursor agent | dependabot
    dependabot-preview | depfu | deploy | deployer | devin ai | drone ci | flux | fluxcd | fluxcdbot | forgejo actions | fossabot
    gitea actions | github | github action | github actions | github copilot | github merge queue | github-action | github-actions | gitlab
    gitlab ci | gitlab-runner | google cloud build | google-cloud-build | google-labs-jules | google-oss-prow | googlebot | goreleaserbot
    greenkeeper | homu | hosted weblate | image updater | imgbot | imgbotapp | jenkins | jenkins ci | keel | kodiakhq | mend renovate | mergebot
    mergify | netlify | pontoon | pre-commit | pre-commit.ci | prombot | prow | pyup.io | release | release please | release-please | renovate
    renovate bot | renovatebot | restyled.io | rktbot | robot | rustbot | semantic release | semantic-release | snyk | sonarcloud | spinnaker
    spinnakerbot | stale | teamcity | terraform | terraform cloud | transifex | translatewiki.net | travis ci | vercel | weave flux | web-flow
    weblate | whitesource renovate | zephyrbot | zuul
    gerrit code review | microsoft.visualstudio.services.tfs | openstack proposal bot | tensorflower gardener | tensorflower-gardener
    codacy-badger | the codacy badger
    """.replace("\n", "|").split("|")
) - {""}  # fmt: skip
ADDRESSES = frozenset(
    {
        "action@github.com",
        "actions@github.com",
        "bot@renovateapp.com",
        "builds@travis-ci.org",
        "commits-noreply@bitbucket.org",
        "cursoragent@cursor.com",
        "hosted@weblate.org",
        "noreply@anthropic.com",
        "noreply@argoproj.io",
        "support@dependabot.com",
    }
)
# How accounts of programs are called: one word, with what it is set apart; an app as `gh` tells it; Azure Pipelines in a project.
# `jan.bot` may be Jan Bot, and `talbot` is somebody.
_CALLED = re.compile(
    r".*\[(?:ro)?bot\].*|\S+[-_](?:bots?|robot|ci|automation|autoroll|updater|machine)|(?:bot|robot|svc|ci)[-_]\S+|\S*service[-_]?account\S*"
    r"|(?:project|group)_\d+_bot\S*|\S+\.gserviceaccount\.com|apps?/\S+|.+ build service \(.+\)"
)
_WORDS = frozenset({"bot", "bots", "robot", "ci"})
_NUMBERED = re.compile(r"^\d+\+")  # GitHub writes 49699333+dependabot[bot]@users.noreply.github.com


@lru_cache(maxsize=4096)
def is_program(name: str, address: str = "") -> bool:
    """Whether an account, or who is called this at this mail address, is a program."""
    name, address = " ".join(name.casefold().split()), address.strip().casefold()
    account, _, host = address.partition("@")
    account = _NUMBERED.sub("", account)
    names = {name, account} if host == "users.noreply.github.com" else {name}
    if names & ACCOUNTS or address in ADDRESSES or any(map(_CALLED.fullmatch, (name, account, address))):
        return True
    # "Shop Bot" at bot@, "Jenkins shop CI", "Deploys" at robot@: the one word says what the other is. Jan Bot is at jan.bot@, Chris Ito at ci@.
    match name.split():
        case [first, *_, last]:
            return last in _WORDS and (account in _WORDS or first in ACCOUNTS)
    return account in _WORDS - {"ci"}
