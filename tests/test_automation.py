"""Who is a program: whole names of accounts, never surnames and never where somebody works."""

import pytest

from connectors.git.authors import author_of
from connectors.github.commits import is_bot
from signals.automation import is_program

PROGRAMS = [
    ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
    ("Renovate", "29139614+renovate[bot]@users.noreply.github.com"),
    ("Renovate Bot", "bot@renovateapp.com"),
    ("Deploys", "ci-bot@shop.example"),
    ("Deploys", "robot@shop.example"),
    ("Shop Bot", "bot@shop.example"),
    ("Shop CI", "ci@shop.example"),
    ("Jenkins shop CI", "builds@shop.example"),
    ("Jenkins", "jenkins@ci.shop.example"),
    ("GitHub Action", "action@github.com"),
    ("Copilot", "198982749+Copilot@users.noreply.github.com"),
    ("Flux", "fluxcd@users.noreply.github.com"),
    ("ArgoCD Image Updater", "updates@shop.example"),
    ("Copybara-Service", "worker@shop.example"),
    ("Weblate", "hosted@weblate.org"),
    ("Terraform", "terraform@infra.iam.gserviceaccount.com"),
    ("project_12_bot_0af3", "project_12_bot_0af3@noreply.gitlab.example"),
    ("Release", "svc-deploy@shop.example"),
    ("semantic-release-bot", ""),
    ("k8s-ci-robot", ""),
    ("google-oss-prow", ""),
    ("svc-deploy", ""),
    ("WEB-FLOW", ""),
    ("Zuul", "zuul@review.shop.example"),
    ("Shop Build Service (acme)", ""),
    ("app/renovate", ""),
]
PEOPLE = [
    ("Build Service Team", "build@shop.example"),
    ("Mary Jenkins", "mjenkins@shop.example"),
    ("Mary Jenkins", "jenkins@shop.example"),
    ("mary-jenkins", ""),
    ("Anna", "anna@snyk.io"),
    ("Mo", "mo@weblate.org"),
    ("Rhys", "rhys@renovate-homes.example"),
    ("Bob Renovate", "bob@bot.example"),
    ("Ann Abbott", "abbott@shop.example"),
    ("Jim Talbot", "talbot@shop.example"),
    ("Jan Bot", "jan.bot@shop.example"),
    ("Jan Bot", "jbot@bot.example"),
    ("Chris Ito", "ci@shop.example"),
    ("Chris", "ci@shop.example"),
    ("Travis", "travis@shop.example"),
    ("Claude Dupont", "claude@shop.example"),
    ("Roberta Flux", "flux@shop.example"),
    ("Ada", "noreply@github.com"),
    ("Ada", "1234+ada@users.noreply.github.com"),
    ("talbot", ""),
    ("anna-abbott", ""),
    ("", ""),
]


@pytest.mark.parametrize(("name", "address"), PROGRAMS)
def test_a_program_is_known_by_the_whole_name_of_its_account(name, address):
    assert is_program(name, address)


@pytest.mark.parametrize(("name", "address"), PEOPLE)
def test_a_person_is_no_program_whatever_the_surname_and_the_employer(name, address):
    assert not is_program(name, address)


def test_every_reader_asks_the_same_question():
    assert [author_of(f"{name}\n{address}")[1] for name, address in (PROGRAMS[3], PEOPLE[0])] == [True, False]
    assert is_bot({"login": "k8s-ci-robot", "type": "User"})
    assert is_bot({"login": "quiet", "__typename": "Bot"})
    assert not is_bot({"login": "mary-jenkins", "type": "User"})
    assert not is_bot(None)


@pytest.mark.parametrize("written", ["Gus H<g <Gus H<gus@shop.example>>", "Gus <<Gus@shop.example", "Gus H< gus@shop.example >"])
def test_an_address_with_a_bracket_too_many_is_still_that_address(written):
    name, _, mail = written.partition("<")
    assert author_of(f"{name}\n{mail}") == ("gus@shop.example", False)
