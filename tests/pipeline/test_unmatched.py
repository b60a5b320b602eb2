import re
import tomllib

import pytest

from pipeline import steps
from pipeline.connections import connection
from pipeline.health import examine, health
from pipeline.unmatched import looks_like_production
from tests.connectors.git_history import History
from tests.pipeline.conftest import NOW, rollback
from transforms.health import html

SHOP = '[teams.shop]\nrotations = ["shop primry", "shop late"]\n'


def shift(person, schedule="shop primary", **fields):
    times = {"starts_at": "2026-06-01T09:00:00Z", "ends_at": "2026-06-08T09:00:00Z"}
    return {"native_id": f"{schedule}/{person}", "person": person, "schedule": schedule, **times, **fields}


def told(place, **kinds):
    """What health says about names, with the line that mends it and whether a person is needed, after a pull of these records."""
    for kind, rows in kinds.items():
        place.record(kind, rows)
    with place.open() as store:
        for name in place.settings.sources:
            steps.pull(place.settings, store, name, connection, start=None, end=NOW)
        return [(one.what, one.remedy, one.needs_person) for one in health(place.settings, store).troubles if one.where != "source records"]


def test_where_every_name_meets_nothing_is_said(place):
    place.configure(SHOP.replace("primry", "primary"), '[people]\nana = { identities = ["U1"] }\n', services=["cart"])

    assert told(place, deploys=rollback("cart"), shifts=[shift("U1"), shift("ana", "shop late")]) == []


def test_before_anything_was_read_nothing_is_said_about_names(place):
    place.configure(SHOP)

    with place.open() as store:
        assert [one.where for one in health(place.settings, store).troubles] == ["source records"]


def test_a_rotation_no_schedule_has_needs_a_person_and_is_told_with_the_one_that_was_meant(place):
    place.configure(SHOP, "[people]\nana = {}\n", services=["cart"])
    [(what, remedy, is_needed)] = told(place, deploys=rollback("cart"), shifts=[shift("ana"), shift("ana", "shop late")])

    assert what == '[teams.shop] has a rotation "shop primry", and no schedule is called that; did you mean "shop primary"?'
    assert 'Under [teams.shop] write `rotations = ["shop late", "shop primary"]`' in remedy
    assert is_needed


def test_a_service_none_of_whose_environments_is_production_is_told_and_may_be_meant_so(place):
    place.configure(services=["cart"])
    [(what, remedy, is_needed)] = told(place, deploys=rollback("cart", environment="kunden"))

    assert what == 'no environment of cart counts as production, so no step-back is found there: there are "kunden"'
    assert remedy == 'If one of them is, write `production = ["kunden"]` under [services.cart], with its name.'
    assert not is_needed


def test_a_rotation_like_no_schedule_is_told_with_those_there_are(place):
    place.configure('[teams.shop]\nrotations = ["zebra"]\n', "[people]\nana = {}\n", services=["cart"])
    [(what, remedy, _)] = told(place, deploys=rollback("cart"), shifts=[shift("ana")])

    assert what.endswith('there are "shop primary".')
    assert "`rotations = []`" in remedy


@pytest.mark.parametrize(
    "name",
    ["prd", "PROD-EU", "production-1", "prod.us", "eu_prod", "ProdEU", "Live", "aws/prod/eu-west-1", "prod2", "Production – web", "prd01"],
)
def test_an_environment_looks_like_production(name):
    assert looks_like_production(name)


@pytest.mark.parametrize(
    "name",
    [
        "preprod",
        "pre-prod",
        "nonprod",
        "non-production",
        "prod-like-test",
        "staging",
        "products",
        "delivery",
        "alive",
        "prod_stage",
        "NonProd",
        "live-preview",
        "",
        "eu",
    ],
)
def test_what_is_only_something_like_production_does_not(name):
    assert not looks_like_production(name)


def test_an_environment_like_production_that_does_not_count_needs_a_person_until_somebody_wrote_which_ones_do(place):
    place.configure(services=["cart"])
    records = rollback("cart", environment="prod-eu")
    [(what, remedy, is_needed)] = told(place, deploys=records)

    assert what == 'the environment "prod-eu" looks like production and does not count as it: 3 signals of cart'
    assert '`production = ["production", "prod", "live", "prod-eu"]` under [services.cart].' in remedy
    assert is_needed

    place.configure('[services.cart]\nproduction = ["live"]\n', services=[])
    [(_, remedy, is_needed)] = told(place)
    assert (is_needed, 'production = ["live", "prod-eu"]' in remedy) == (False, True)

    place.configure('[services.cart]\nproduction = ["PROD-EU"]\n', services=[])
    assert told(place) == []


def test_one_line_holds_all_environments_of_a_service_that_look_like_production(place):
    place.configure(services=["cart"])
    records = [
        *rollback("cart", environment="prod-eu"),
        *({**row, "native_id": f"us-{row['native_id']}"} for row in rollback("cart", environment="prod-us")),
    ]
    remedies = [remedy for _, remedy, _ in told(place, deploys=records)]

    assert len(remedies) == 2
    assert all('`production = ["production", "prod", "live", "prod-eu", "prod-us"]`' in remedy for remedy in remedies)


def test_names_of_services_nobody_maps_are_told_with_their_number_and_the_closest_and_the_line(place):
    place.configure('[services.shop]\nrepositories = ["acme/shop"]\n', services=[])
    commit = {"native_id": "c", "sha": "1", "author": "bo", "committed_at": "2026-06-09T10:00:00Z"}
    pages = [{"native_id": f"p{n}", "scope": "Zebra 7", "title": "x", "triggered_at": "2026-06-09T10:00:00Z"} for n in range(2)]
    [(what, remedy, is_needed)] = told(
        place,
        deploys=rollback("shops"),
        pages=pages,
        commits=[{**commit, "repo": "acme/shop-api"}, {**commit, "native_id": "d", "repo": "acme/shop"}],
    )

    shown = '"shops" (3, close to "shop"), "Zebra 7" (2), "acme/shop-api" (1, close to "shop")'
    assert what == f"3 names of services are not in soundings.toml, with 6 signals: {shown}"
    assert '`deploys = ["shops"]` and `repositories = ["acme/shop", "acme/shop-api"]` under [services.shop]' in remedy
    assert '`pages = ["Zebra 7"]` under [services."Zebra 7"]' in remedy
    assert not is_needed


def written(remedy):
    """The lines between backticks under their tables, as somebody types them in."""
    tables = re.findall(r"((?:`[^`]+`(?: and )?)+) under (\[services\.[^\]]+\])", remedy)
    return "\n".join(line for keys, heading in tables for line in (heading, *re.findall(r"`([^`]+)`", keys)))


def test_names_near_one_service_are_one_list_with_what_is_there_and_what_is_written_so_can_be_read(place):
    (place.folder / "soundings.toml").write_text(
        '[sources.records]\nuse = "files"\npath = "records"\n[services.shop]\npages = ["SHOP1"]\ndeploys = ["shop-web"]\n[services.cart]\n'
    )
    page = {"title": "x", "triggered_at": "2026-06-09T10:00:00Z"}
    pages = [{"native_id": name, "scope": name, **page} for name in ("Shop-API", "shopp", "Ledger", "elsewhere/ledger")]
    [(what, remedy, _)] = [one for one in told(place, pages=pages, deploys=rollback("shops")) if "are not in soundings.toml" in one[0]]

    assert what.startswith("5 names of services are not in soundings.toml")
    assert tomllib.loads(written(remedy)) == {
        "services": {
            "shop": {"pages": ["SHOP1", "Shop-API", "shopp"], "deploys": ["shop-web", "shops"]},
            "Ledger": {"pages": ["Ledger", "elsewhere/ledger"]},
        }
    }
    kept = place.path.read_text().partition("[services")[0]
    place.path.write_text(f"{kept}{written(remedy)}\n[services.cart]\n")
    assert [one for one in told(place) if "are not in soundings.toml" in one[0]] == []


def test_two_rotations_of_a_team_that_are_called_otherwise_have_one_line(place):
    place.configure('[teams.shop]\nrotations = ["shop primry", "shop lat", "shop"]\n', "[people]\nana = {}\n", services=["cart"])
    found = told(place, deploys=rollback("cart"), shifts=[shift("ana"), shift("ana", "shop late"), shift("ana", "shop")])

    assert [remedy.partition("`")[2].partition("`")[0] for _, remedy, _ in found] == ['rotations = ["shop", "shop primary", "shop late"]'] * 2


def test_the_rest_of_a_repository_that_several_share_is_no_service_of_its_own(place):
    shared = '[services.{}]\nrepositories = ["acme/deploy"]\npaths = ["acme/deploy:{}/"]\n'
    place.configure(shared.format("a", "a"), shared.format("b", "b"), services=[])
    commit = {"sha": "1", "author": "bo", "committed_at": "2026-06-09T10:00:00Z", "repo": "acme/deploy"}
    rows = [{**commit, "native_id": path, "paths": [f"{path}/x"]} for path in ("a", "b", "c")]
    [(what, remedy, _)] = told(place, commits=rows)

    assert '"acme/deploy" (1, under no `paths`)' in what
    assert '`paths = ["acme/deploy:folder/"]`' in remedy


def test_a_service_of_which_nothing_ever_came_is_noted(place):
    [(what, _, is_needed)] = told(place, deploys=[*rollback("cart"), *rollback("pay")])

    assert (what, is_needed) == ("nothing ever came of 1 service of soundings.toml: ship", False)


def test_who_was_on_call_and_is_in_no_table_is_counted_by_health_and_named_by_the_doctor(place):
    place.configure('[people]\nana = { identities = ["U1"] }\n', services=["cart"])
    long_ago = {"starts_at": "2025-06-01T09:00:00Z", "ends_at": "2025-06-08T09:00:00Z"}
    records = [shift("U1"), shift("ana", "b"), shift("U2", "c"), shift("erased", "d"), shift("U3", "e", **long_ago)]
    [(what, remedy, is_needed)] = told(place, deploys=rollback("cart"), shifts=records)

    assert (what, is_needed) == ("1 person was on call and not in [people]", False)
    assert "`soundings doctor` says who" in remedy
    with place.open() as store:
        asked = examine(place.settings, store, connection)
        page = html(health(place.settings, store))
    [trouble] = asked["soundings.toml"]["troubles"]
    assert trouble["what"] == '1 person was on call and not in [people]: "U2"'
    assert 'identities = ["U2"]' in trouble["remedy"]
    assert "U2" not in page


def test_a_source_whose_configuration_patterns_never_meant_a_file_needs_a_person(place):
    history = History(place.folder / "code")
    history.change("config/a.yaml", "a: 1")
    line = '[sources.code]\nuse = "git"\npath = "code"\nrepo = "cart"\nconfig = ["confg/*"]\n'
    place.configure(records=line, services=["cart"])

    [(what, remedy, is_needed)] = told(place)
    assert (what, is_needed) == ('no commit changed a file that `config = ["confg/*"]` means', True)
    assert 'under [sources.code], such as `config = ["config/**"]`' in remedy
    with place.open() as store:
        asked = examine(place.settings, store, connection)["source code"]["troubles"]
    assert [one["what"] for one in asked] == [what], "one fact, once: that the pattern means no file now is why"

    place.configure(records=line.replace("confg", "config"), services=["cart"])
    with place.open() as store:
        steps.pull(place.settings, store, "code", connection, start=None, end=NOW)
        assert [one.what for one in health(place.settings, store).troubles if one.where != "soundings.toml"] == []


def test_the_remedy_for_an_environment_of_names_nobody_maps_says_first_whose_they_are(place):
    place.configure('[services.shop]\nrepositories = ["acme/shop"]\n', services=[])
    records = rollback("acme/shop-web", environment="prod-eu")
    remedy = next(remedy for what, remedy, _ in told(place, deploys=records) if "prod-eu" in what)
    production = '["production", "prod", "live", "prod-eu"]'
    assert remedy.startswith(f'If it is, write `production = {production}` and `deploys = ["acme/shop-web"]` under [services.shop].')

    place.configure('[services.shop]\nrepositories = ["acme/shop"]\ndeploys = ["acme/shop-web"]\nproduction = ["prod-eu"]\n', services=[])
    assert told(place) == []


def test_where_some_are_known_the_remedy_begins_with_a_known_one(place):
    place.configure('[services.cart]\nrepositories = ["acme/cart"]\n', services=[])
    records = [*rollback("unheard/of", environment="prod-eu"), *rollback("cart", environment="prod-eu", hours_ago=90)[:1]]
    remedy = next(remedy for what, remedy, _ in told(place, deploys=records) if "prod-eu" in what)
    assert "under [services.cart], and likewise for unheard/of." in remedy
