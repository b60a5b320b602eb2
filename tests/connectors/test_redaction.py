"""No form of a secret in any message, whatever the other side sends back."""

import html
import json
import traceback
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Busy, Refused
from connectors.http import Connection, Vendor, connect
from connectors.web.redaction import redact, secrets_of
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer, cut, drop, redirect
from tests.connectors.contract import Clock

SECRET = 'gh"p_7Qx<Zk+92/mV&t=eL\\w4'
LOGIN = "robot@acme.test"
WHOLE = f"{LOGIN}:{SECRET}".encode()

FORMS = {
    "verbatim": SECRET,
    "lower": SECRET.lower(),
    "swapped": SECRET.swapcase(),
    "base64": b64encode(SECRET.encode()).decode(),
    "base64 of the login too": b64encode(WHOLE).decode(),
    "base64 inside more": b64encode(b"ab" + SECRET.encode() + b"cd").decode(),
    "urlsafe base64": urlsafe_b64encode(SECRET.encode()).decode(),
    "percent": quote(SECRET, safe=""),
    "percent, small": quote(SECRET, safe="").lower(),
    "plus": quote_plus(SECRET),
    "json": json.dumps(SECRET)[1:-1],
    "html": html.escape(SECRET),
    "start": SECRET[:9],
    "end": SECRET[-9:],
    "middle": SECRET[5:16],
    "start of base64": b64encode(WHOLE).decode()[:14],
    "end of base64": b64encode(WHOLE).decode()[-14:],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_a_secret_is_hidden_and_the_rest_stays(form):
    shown = redact(f"before ({form}) after", secrets_of(LOGIN, SECRET, "https://x", [f"Bearer {SECRET}"]))
    assert shown.startswith("before (")
    assert shown.endswith(") after")
    assert not pieces_of(form) & pieces_of(shown)


def pieces_of(text, size=8):
    return {text[at : at + size].lower() for at in range(len(text) - size + 1)}


@given(secret=st.text(min_size=3, max_size=60), before=st.text(max_size=20), after=st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_a_secret_visible(secret, before, after):
    hidden = redact(f"{before}{secret}{after}", [secret])
    assert "***" in hidden
    if not (set(secret.lower()) & set("*")):
        assert secret not in hidden


def test_text_without_a_secret_is_left_alone():
    text = "acme: GET /repos/o/r answered 503: Service Unavailable"
    assert redact(text, [SECRET, None, "", "ab"]) == text


def test_a_short_secret_is_hidden_whole():
    assert redact("the code is 4711, not 4712", ["4711"]) == "the code is ***, not 4712"


def basic(connection):
    return {"Authorization": "Basic " + b64encode(f"{connection.login}:{connection.secret}".encode()).decode(), "X-Api-Key": connection.secret}


def mirror(request):
    """An answer that tells all it was told."""
    return Response(400, json={"message": f"{request.target} {dict(request.headers)}"})


@pytest.mark.parametrize(
    "fault",
    [
        None,
        answer(401, json={"message": f"no such token {SECRET[:12]}"}),
        answer(403, body=f"<html>{html.escape(SECRET)}"),
        answer(500, json={"error": {"message": b64encode(WHOLE).decode()}}),
        answer(429, retry_after="9999", json={"message": quote(SECRET)}),
        answer(200, body=f'{{"a": "{SECRET}'),
        redirect("https://evil.test/?k=" + quote(SECRET)),
        redirect("http://[" + quote(SECRET)),
        drop,
        cut(3),
    ],
)
@pytest.mark.parametrize("verb", ["get", "post", "pages", "graphql"])
def test_no_exception_shows_a_secret_in_itself_its_chain_or_its_parts(fault, verb, caplog):
    caplog.set_level("DEBUG")
    with serve(mirror) as server:
        clock = Clock()
        vendor = Vendor(name="acme", base_url=None, auth=basic)
        base = f"{server.url}/private-{b64encode(SECRET.encode()).hex()}"
        api = connect(vendor, Connection(base, LOGIN, SECRET), sleep=clock.sleep, clock=clock)
        server.faults += [fault] * 5 if fault else []
        calls = {
            "get": lambda: api.get("things", token=SECRET),
            "post": lambda: api.post("things", json={"token": SECRET}),
            "pages": lambda: list(api.pages("things", token=SECRET)),
            "graphql": lambda: api.graphql("graphql", query="{a}", variables={"token": SECRET}),
        }
        with pytest.raises((Refused, Busy)) as raised:
            calls[verb]()
    error = raised.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(vars(error)) + repr(api) + caplog.text
    forms = [*FORMS.values(), base.partition("private-")[2][:16], f"Basic {b64encode(WHOLE).decode()}"]
    assert not [form for form in forms if form in shown]
