"""Texts are read once for all forms of secrets, and no form finds what that reading did not see."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import secret_forms

NEIGHBOURS = st.text("aZ0_-. =:'\"?\n\u00a0é\u30ab\udc80", max_size=4)


@pytest.mark.parametrize("form", secret_forms._FORMS, ids=lambda form: form.pattern[:30])
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_form_finds_is_seen_in_the_one_reading_for_all(form, data):
    text = data.draw(NEIGHBOURS) + data.draw(st.from_regex(form)) + data.draw(NEIGHBOURS)

    assert not form.search(text) or 1 in secret_forms.suspects(["before", text, "behind"])


def test_of_many_texts_those_with_a_secret_are_told():
    texts = [
        "wörter",
        "--password moorhen7",
        "",
        "-----BEGIN KEY-----",
        "カ api_key=ruff3 カ",
        "a passwordless way",
        "https://bob:siskin@example.org",
    ]

    assert secret_forms.suspects(texts) == {1, 3, 4, 6}
    assert secret_forms.suspects(["a token", "of thanks"]) == set()


@pytest.mark.parametrize("name", [secret_forms._HOLDER, secret_forms._FIELD], ids=["names that hold secrets", "fields that are one"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_file_with_a_telling_name_is_understood(name, data):
    written = data.draw(st.text("aZ0_-. é\u212a", max_size=4)) + data.draw(st.from_regex(name)) + data.draw(st.text("aZ0_-. ", max_size=4))

    assert not name.search(written) or secret_forms.speaks_of_secrets(f"[app]\n{written}: x\n")


@pytest.mark.parametrize("flag", ["--db-password", "--pass", "-H=authorization: basic", "-e mysql -p", "--x=redis-cli -a"])
def test_a_file_with_a_flag_that_asks_for_a_secret_is_understood(flag):
    assert secret_forms.is_secret(f"{flag} x")
    assert secret_forms.speaks_of_secrets(f'["{flag}", "x"]')


@pytest.mark.parametrize("text", ["image: gcr.io/kubekins", "by keystone", "passthrough: yes", "monkey: bars"])
def test_a_file_that_only_sounds_alike_need_not_be(text):
    assert not secret_forms.speaks_of_secrets(text)
