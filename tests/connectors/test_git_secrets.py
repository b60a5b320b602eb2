"""No part of a secret comes out of a file of settings, whatever the format, wherever it stands."""

import string
from importlib import import_module

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.connectors.secret_places import NAMED, UNNAMED, VALUES, shown, shown_apart

# No hexadecimal digits, so that no part of one stands in the id of a commit or in a fingerprint by chance.
SMALL, CAPITAL, DIGITS = "ghjkmnpqrstvwxyz", "GHJKMNPQRSTVWXYZ", string.digits
ODD = st.sampled_from("!$%&*+/;?^_~-|")  # a line with `=` or a dotted first word is a name and its value in these formats


def letters(alphabet, length):
    return st.text(alphabet, min_size=length, max_size=length)


PLAIN = st.builds("{}{}{}".format, letters(SMALL, 5), st.sampled_from(DIGITS), letters(SMALL + CAPITAL, 5))
PASSWORDS = st.one_of(PLAIN, st.builds("{} {} {}".format, PLAIN, PLAIN, PLAIN), st.builds("{}{}{}".format, PLAIN, ODD, PLAIN))
MIXED = st.builds("".join, st.lists(st.builds("{}{}{}".format, letters(SMALL, 1), letters(CAPITAL, 1), letters(DIGITS, 1)), min_size=13, max_size=13))
FORMS = [
    "ghp_{}",
    "glpat-{}",
    "xoxb-{}",
    "AKIA{}",
    "sk_live_{}",
    "eyJ{}",
    "hvs.{}",
    "{}",
    "postgres://app:{}@db.example/x",
    "https://hooks.slack.com/services/{}",
    "https://x.example/?sig={}",
    "Authorization: Bearer {}",
    "Basic {}",
    "backup --password {}",
    "PGPASSWORD={} psql",
    "curl -u ada:{} x",
    "Server=db;Pwd={};",
    "-----BEGIN RSA PRIVATE KEY----- {}",
    "$6${}",
    "https://{}@git.example/x",
    "https://{}@o1.ingest.sentry.example/1",
    "https://discord.com/api/webhooks/1/{}",
    "https://hooks.zapier.com/hooks/catch/1/{}",
    "https://hc-ping.com/{}",
    "https://chat.example/hooks/{}",
    "https://api.telegram.org/bot123456789:AA{}-aaaaaaa/send",
    "https://blobs.example/a?sv=1&sig={}",
    "https://x.example/a?X-Amz-Credential={}",
    "https://x.example/a?X-Goog-Signature={}",
    "EndpointSuffix=x;AccountKey={};",
    "java -Djavax.net.ssl.keyStorePassword={} x",
    "ansible_ssh_pass={}",
    "ENC[AES256_GCM,data:{}]",
    "GOCSPX-{}",
    "password is 7{}",
]
# Each example is a repository: few of them, and none made smaller.
BOUNDED = settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])


@BOUNDED
@given(st.lists(PASSWORDS, min_size=2, max_size=2, unique=True))
@pytest.mark.parametrize("allow", [(), ("*",)])
def test_a_password_below_a_telling_key_is_never_shown(tmp_path_factory, allow, secrets):
    assert shown(tmp_path_factory.mktemp("named"), NAMED, secrets, allow) == {}


def test_each_file_alone_gives_its_secret_away_nowhere(tmp_path):
    assert shown_apart(tmp_path, NAMED) == {}


@BOUNDED
@given(st.lists(PASSWORDS, min_size=2, max_size=2, unique=True))
def test_no_value_is_shown_unless_it_is_allowed(tmp_path_factory, secrets):
    assert shown(tmp_path_factory.mktemp("values"), VALUES, secrets) == {}


@settings(BOUNDED, max_examples=1)
@given(st.lists(MIXED, min_size=2, max_size=2, unique=True))
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_of_a_known_form_is_shown_nowhere_even_if_all_is_allowed(tmp_path_factory, form, secrets):
    assert shown(tmp_path_factory.mktemp("forms"), UNNAMED, secrets, ["*"], form) == {}


@settings(BOUNDED, max_examples=1)
@given(st.lists(letters(SMALL, 28), min_size=2, max_size=2, unique=True))
@pytest.mark.parametrize("form", [form for form in FORMS if form not in {"{}", "Basic {}"}])
def test_the_form_alone_gives_a_secret_away_that_looks_like_words(tmp_path_factory, form, secrets):
    assert shown(tmp_path_factory.mktemp("forms"), UNNAMED, secrets, ["*"], form) == {}


def everything(_):
    return True


def nothing(_):
    return False


def no_secrets(*_):
    return frozenset()


BROKEN = {
    "names that hold secrets": ("connectors.disclosure", "holds_secrets", nothing, NAMED, "below.yaml"),
    "keys that name a secret": ("connectors.disclosure", "names_secret", nothing, NAMED, "auth.json"),
    "items that hold a secret": ("connectors.git.config_differences", "is_secret_field", nothing, NAMED, "beside.yaml"),
    "files that hold secrets": ("connectors.git.config_changes", "holds_secrets", nothing, NAMED, "secrets/items.yaml"),
    "texts of secret places": ("connectors.git.config_states", "secrets_of", no_secrets, NAMED, "repeated.json"),
    "labels of sections": ("connectors.disclosure", "_told", str, NAMED, "label.ini"),
    "quotes over lines": ("connectors.git.config_lines", "_QUOTES", "", NAMED, "quoted.conf"),
    "names of a secret's form": ("connectors.disclosure", "is_plain_name", everything, UNNAMED, "plain.yml"),
    "values of a secret's form": ("connectors.disclosure", "is_secret", nothing, NAMED, "spoken.json"),
    "titles": ("connectors.git.config_changes", "masked", str, UNNAMED, "plain.env"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_without_one_of_the_rules_a_secret_would_be_found(monkeypatch, tmp_path, rule):
    module, name, instead, places, path = BROKEN[rule]
    monkeypatch.setattr(import_module(module), name, instead)
    form = "ghp_{}" if places is UNNAMED else "{}"

    found = shown(tmp_path, {path: places[path]}, ["wildflowers", "hedgehogs"], ["*"], form)

    assert found
