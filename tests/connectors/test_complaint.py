"""What vendors say in their error answers is shown, in one short line, whatever form it has."""

import json

import pytest

from connectors.errors import Refused
from connectors.http import Connection, Vendor, connect
from connectors.web.complaint import said
from demo.vendors.server import Response, serve

SAID = {
    "a message": ({"message": "Not Found", "documentation_url": "https://docs.example.org"}, "Not Found"),
    "a message and errors": (
        {"message": "Validation Failed", "errors": [{"resource": "Issue", "field": "title", "code": "missing_field"}]},
        "Validation Failed; resource: Issue, field: title, code: missing_field",
    ),
    "a list of texts": ({"errors": ["Name is too long", "Team is unknown"]}, "Name is too long; Team is unknown"),
    "a list of objects": ({"errors": [{"status": "403", "title": "Forbidden", "detail": "no such scope"}]}, "Forbidden; no such scope"),
    "Atlassian's": ({"errorMessages": ["You may not"], "errors": {}}, "You may not"),
    "Atlassian's by field": ({"errorMessages": [], "errors": {"summary": "is required"}}, "summary: is required"),
    "PagerDuty's": ({"error": {"message": "Invalid Input", "code": 2001, "errors": ["Since is too old"]}}, "Invalid Input; Since is too old"),
    "OAuth's": ({"error": "invalid_grant", "error_description": "The token has expired"}, "invalid_grant; The token has expired"),
    "problem+json": (
        {"type": "about:blank", "title": "Too deep", "detail": "Listing this deep is off", "status": 400},
        "Too deep; Listing this deep is off",
    ),
    "a gateway's fault": ({"fault": {"faultstring": "Access Denied", "detail": {"errorcode": "oauth.v2"}}}, "errorcode: oauth.v2; Access Denied"),
    "Slack's": ({"ok": False, "error": "missing_scope", "needed": "channels:read"}, "missing_scope"),
    "a message with a secret of somebody": ({"message": "ghp_goldcrestandwhitethroat1 is no assignee"}, "*** is no assignee"),
    "a message in many lines": ({"message": "First\nsecond\tthird\x00"}, "First second third"),
    "nothing to say": ({"status": 500, "path": "/"}, ""),
    "a list": (["no"], ""),
    "plain text": ("upstream connect error or disconnect\nmore", "upstream connect error or disconnect"),
    "a page of HTML": ("<!doctype html><html><title>502 Bad&nbsp;Gateway</title><p>nginx", "502 Bad Gateway"),
    "a page of HTML without a title": ("<html><body><h1>Access <b>denied</b></h1>", "Access denied"),
    "half an object": ('{"message": "No', ""),
    "something that is no text": (b"\x89PNG\r\n\x1a\n", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", SAID)
def test_the_vendors_own_words_are_found(name):
    body, words = SAID[name]
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

    assert said(data) == words


@pytest.mark.parametrize(
    "body",
    [{"message": "x" * 5_000}, {"errors": ["no"] * 10_000}, {"error": {"error": {"error": {"error": {"error": "deep"}}}}}, "x" * 5_000],
    ids=["long", "many", "deep", "text"],
)
def test_they_are_cut_short(body):
    words = said((body if isinstance(body, str) else json.dumps(body)).encode())

    assert len(words) <= 200
    assert "\n" not in words


@pytest.mark.parametrize("form", [lambda said: {"errors": [said]}, lambda said: {"error_description": said}, lambda said: f"denied for {said}"])
def test_they_never_show_the_secret(form):
    secret = "made-up-secret-of-acme-7"
    vendor = Vendor(name="acme", base_url=None, auth=lambda connection: {"Authorization": f"Bearer {connection.secret}"})
    words = form(f"Bearer {secret}")
    answered = Response(403, json=words) if isinstance(words, dict) else Response(403, body=words)
    with serve(lambda _: answered) as server, pytest.raises(Refused) as caught:
        connect(vendor, Connection(server.url, None, secret)).get("x")

    assert "***" in str(caught.value)
    assert "made-up-secret" not in str(caught.value)
