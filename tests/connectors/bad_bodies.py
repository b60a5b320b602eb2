"""What a vendor may answer and must never be taken for records, and times a record may carry, each with its one outcome."""

import gzip

_LEADING = {"": "", "a byte order mark and ": "\ufeff", "spaces and ": " \n\t"}
_NOT_JSON = {
    "HTML": "<!doctype html><title>Sign in</title>", "HTML in capitals": "<HTML><BODY>503", "XML": '<?xml version="1.0"?><error/>', "nothing": "",
    "a word": "upstream", "true in Python": "True", "None": "None", "undefined": "undefined", "half an object": '{"items": [',
    "half a text": '{"a": "b',
    "half an escape": '{"a": "\\u12', "two values": "{} {}", "lines": '{"a":1}\n{"a":2}', "a comma too many": "[1,]", "no comma": "[1 2]",
    "single quotes": "{'a': 1}", "a bare name": "{a: 1}", "a comment": "[1] // one", "a control character": '["\x01"]', "a tab in a text": '["\t"]',
    "NaN": '{"a": NaN}', "Infinity": "[Infinity]", "minus Infinity": "[-Infinity]", "a float too large": "[1e999]",
    "minus a float too large": "[-1e999]",
    "21 digits": "[123456789012345678901]", "5,000 digits": "[" + "9" * 5_000 + "]", "a leading zero": "[01]", "hexadecimal": "[0x1f]",
    "a plus": "[+1]",
    "a bare point": "[.5]", "Arabic digits": "[٢٠]", "a key twice": '{"a": 1, "a": 2}', "a key twice inside": '[{"b": {"a": 1, "a": 1}}]',
    "200,000 arrays": "[" * 200_000, "200,000 closed arrays": "[" * 200_000 + "]" * 200_000, "200,000 objects": '{"a":' * 200_000, "null": "null",
}  # fmt: skip
_NOT_TEXT = {
    "Latin-1": '["é"]'.encode("latin-1"), "UTF-16": "[]".encode("utf-16"), "UTF-32": "[]".encode("utf-32"),
    "half a surrogate in UTF-8": b'["\xed\xa0\xbd"]',
    "overlong": b'["\xc0\x80"]', "a picture": b"\x89PNG\r\n\x1a\n", "gzip nobody spoke of": gzip.compress(b"[]", mtime=0), "NUL": b"\0" * 64,
    "half a letter": b'["\xc3',
}  # fmt: skip
# JSON without the list that was asked for: errors as vendors put them into a 200, and things that are nothing.
_ERRORS = {
    "PagerDuty's": {"error": {"message": "Internal", "code": 2000}}, "GitHub's": {"message": "Server Error", "documentation_url": "x"},
    "Slack's": {"ok": False, "error": "fatal_error"}, "Atlassian's": {"errorMessages": ["no"], "errors": {}},
    "GraphQL's": {"errors": [{"message": "no"}]},
    "GraphQL's without data": {"data": None}, "Google's": {"error": {"code": 500, "status": "INTERNAL"}}, "Azure's": {"code": "Busy", "message": "x"},
    "problem+json": {"type": "about:blank", "title": "Internal Server Error", "status": 500}, "OAuth's": {"error": "invalid_token"},
    "a gateway's": {"message": "Endpoint request timed out"}, "Spring's": {"timestamp": 1, "status": 500, "path": "/"},
    "LaunchDarkly's": {"code": "x"},
    "a status": {"status": "error"}, "success false": {"success": False}, "nothing in it": {}, "a text": "ok", "a number": 7, "false": False,
    "lists of null": {"items": None, "pages": None, "users": None, "data": {"r0": None}}, "an object for the list": {"items": {}, "pages": {},
    "users": {}},
    "a number for the list": {"items": 0, "pages": 0, "users": 0}, "a text for the list": {"items": "[]", "pages": "[]", "users": "[]"},
}  # fmt: skip

UNREADABLE = {
    **{f"{before}{name}": (mark + text).encode() for before, mark in _LEADING.items() for name, text in _NOT_JSON.items()},
    **_NOT_TEXT,
}
WRONG = _ERRORS

# A time, and the instant of it in the tables.
_NOON = "2026-06-01T12:00:00+00:00"
TIMES = {
    "2026-06-01T12:00:00Z": _NOON, "2026-06-01T12:00:00+00:00": _NOON, "2026-06-01T12:00:00-00:00": _NOON, "2026-06-01 12:00:00Z": _NOON,
    "2026-06-01T14:00:00+02:00": _NOON, "2026-06-01T17:30:00+05:30": _NOON, "2026-05-31T22:00:00-14:00": _NOON, "2026-06-02T02:00:00+14:00": _NOON,
    "20260601T120000Z": _NOON, "2026-W23-1T12:00:00Z": _NOON, "2026-06-01T12:00Z": _NOON, "2026-06-01T12Z": _NOON, "2026-06-01T12:00:00.000Z": _NOON,
    "2026-06-01T12:00:00.5Z": "2026-06-01T12:00:00.500000+00:00", "2026-06-01T12:00:00.123456789Z": "2026-06-01T12:00:00.123456+00:00",
    "2026-06-01T12:00:00,25Z": "2026-06-01T12:00:00.250000+00:00", "1970-01-01T00:00:00Z": "1970-01-01T00:00:00+00:00",
    "2100-12-31T23:59:59Z": "2100-12-31T23:59:59+00:00", "2024-02-29T00:00:00Z": "2024-02-29T00:00:00+00:00",
    # The hour that happens twice in New York: two instants.
    "2026-11-01T01:30:00-04:00": "2026-11-01T05:30:00+00:00", "2026-11-01T01:30:00-05:00": "2026-11-01T06:30:00+00:00",
}  # fmt: skip
REFUSED = [  # never an instant: in quarantine
        "2026-06-01T12:00:00", "2026-06-01", "12:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00+14:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-06-31T00:00:00Z", "2026-06-01T25:00:00Z",
        "2026-06-01T23:59:60Z", "2026-06-01T12:00:00+25:00", "2026-06-01T12:00:00 CEST", "2026-06-01T12:00:00ZZ", "01/06/2026 12:00", "1780315200",
        "Mon, 01 Jun 2026 12:00:00 GMT", "٢٠٢٦-٠٦-٠١T١٢:٠٠:٠٠Z", "２０２６-06-01T12:00:00Z", "now", "infinity", "NaT",
    "null", "2026-06-01T12:00:00\0Z",
        "2026-06-01T12:00:00\ud800", 1780315200, 1780315200.5, True, [], {}, 2**63, 0,
]  # fmt: skip
# What no API should send and people and their tools do write: an instant in a file.
READ_IN_A_FILE = {
    "2026-06-01T23:59:60Z": "2026-06-02T00:00:00+00:00",
    "1780315200": "2026-06-01T12:00:00+00:00",
    "Mon, 01 Jun 2026 12:00:00 GMT": "2026-06-01T12:00:00+00:00",
    1780315200: "2026-06-01T12:00:00+00:00",
    1780315200.5: "2026-06-01T12:00:00.500000+00:00",
}
