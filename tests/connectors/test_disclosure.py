"""What of a setting is shown: by its key, by its file, by its form."""

import pytest

from connectors.disclosure import Disclosure, Place
from connectors.secret_forms import is_plain_name, masked


@pytest.mark.parametrize(
    ("allow", "path", "key", "value", "is_shown"),
    [
        ((), "a.yaml", "replicas", "3", False),
        (("replicas",), "a.yaml", "replicas", "3", True),
        (("*",), "a.yaml", "limits.max_tokens", "3", False),
        (("limits.max_tokens",), "a.yaml", "limits.max_tokens", "3", True),
        (("a.yaml#limits.max_tokens",), "b.yaml", "limits.max_tokens", "3", False),
        (("limits.max_tokens",), "a.yaml", "limits.max_tokens", "ghp_abcdefgh12345", False),
        (("env[*].value",), "a.yaml", "env[LEVEL].value", "DEBUG", True),
        (("data",), "a.yaml", "data", r'"{\"level\": \"DEBUG\"}"', True),
        (("data",), "a.yaml", "data", r'"{\"password\":\"swordfish\"}"', False),
        (("data",), "a.yaml", "data", r'"{\"all\":\"{\\\"apiKey\\\":\\\"swordfish\\\"}\"}"', False),
        (("*",), "secrets/a.yaml", "level", "DEBUG", False),
        (("*",), "a.yaml", "text", "one\ntwo", False),
        (("*",), "a.yaml", "text", "one two", True),
        (("*",), "a.conf", "text", "one two", False),
        (("*",), "a.yaml", "image", "reg.example:5000/shop@sha256:" + "0f" * 32, True),
        (("*",), "a.yaml", "image", "x" * 501, False),
    ],
)
def test_a_value_is_shown_only_where_nothing_speaks_against_it(allow, path, key, value, is_shown):
    assert (Disclosure(allow).shown(path, key, value) == value) is is_shown


def test_an_empty_text_is_not_what_is_missing():
    assert [Disclosure(("*",)).shown("a.env", "level", value) for value in ("", None)] == ['""', None]


def test_names_below_a_telling_one_are_hidden_and_those_every_format_has_are_not():
    place = Place().key("containers").item("web").key("apiTokens")

    assert place.shown == "containers[web].apiTokens"
    assert place.key("name").shown == "containers[web].apiTokens.name"
    assert "hunter" not in place.key("hunter").shown
    assert place.key("hunter").clear == "containers[web].apiTokens.hunter"
    assert Disclosure(("containers[web].apiTokens.hunter",)).name("a.yaml", place.key("hunter")) == "containers[web].apiTokens.hunter"


@pytest.mark.parametrize(
    "title",
    [
        "Fix token: handle expiry",
        "Add basic authentication",
        'Revert "Rotate the password of db (#12)"',
        "This reverts commit 0123456789abcdef0123456789abcdef01234567.",
        "Bump http://reg.example:5000/shop@sha256:abc from 1.2 to 1.3",
        "pull-kubernetes-e2e-gce-1-20: more memory",
    ],
)
def test_what_people_say_about_secrets_is_none(title):
    assert masked(title) == title


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Use ghp_abcdefgh12345678 for now", "Use *** for now"),
        ("Run backup --password hunter2", "Run backup --password ***"),
        ("Set DB_PASSWORD='a b' here", "Set DB_PASSWORD=*** here"),
        ("Point to postgres://app:p4ss@db/x", "Point to postgres***db/x"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIx", "***"),
        ("Drop glpat-abcdefgh1234 and xoxb-1234-abcdefgh", "Drop *** and ***"),
    ],
)
def test_a_secret_in_a_title_is_masked_and_the_rest_stays(title, shown):
    assert masked(title) == shown


@pytest.mark.parametrize(
    "name",
    [
        "release-1.20-blocking",
        "HorizontalPodAutoscalerConfigV2",
        "pull-kubernetes-e2e-gce-1-20-alpha",
        "6f1c2d4e-1111-4222-8333-0123456789ab",
        "prometheus.io/scrape",
    ],
)
def test_names_that_people_gave_are_shown(name):
    assert is_plain_name(name)
