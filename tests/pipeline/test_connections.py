import json
import sys
import traceback

import pytest

from connectors.errors import Busy, Refused
from pipeline.connections import connection

TOKEN = "tok/en+zQ7wX"


@pytest.fixture
def held(monkeypatch):
    def read(value):
        monkeypatch.setenv("AIRFLOW_CONN_ACME_MAIN", value if isinstance(value, str) else json.dumps(value))
        found = connection("acme_main")
        return found.base_url, found.login, found.secret, found.plain_http

    return read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"conn_type": "http", "host": "api.acme.test", "password": TOKEN}, ("https://api.acme.test", None, TOKEN, False)),
        ({"conn_type": "http", "host": "https://acme.test/api/v3", "login": "me"}, ("https://acme.test/api/v3", "me", None, False)),
        ({"conn_type": "http", "password": TOKEN}, (None, None, TOKEN, False)),
        ({"host": "h", "schema": "http", "port": "8080", "extra": '{"plain_http": true}'}, ("http://h:8080", None, None, True)),
        ({"host": "127.0.0.1", "port": 8080}, ("http://127.0.0.1:8080", None, None, False)),
        ("http://me%40x:tok%2Fen%2BzQ7wX@api.acme.test:444/https", ("https://api.acme.test:444", "me@x", TOKEN, False)),
        ("http://https://me:pw@api.acme.test/?plain_http=true", ("https://api.acme.test", "me", "pw", True)),
        ("http://:pw@h/?__extra__=%7B%22plain_http%22%3A+true%7D", ("https://h", None, "pw", True)),
    ],
)
def test_a_connection_in_the_environment_reads_as_airflow_reads_it(held, value, expected):
    assert held(value) == expected


@pytest.mark.parametrize("value", [f'{{"password": "{TOKEN}"', TOKEN, f'{{"port": "{TOKEN}"}}', f'{{"extra": "{TOKEN}"}}', f"http://h:{TOKEN}/"])
def test_an_unreadable_connection_names_itself_and_never_its_value(held, value):
    with pytest.raises(Refused, match="AIRFLOW_CONN_ACME_MAIN") as raised:
        held(value)
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("value", [{"host": "h", "password": TOKEN}, f"http://me:{TOKEN}@h".replace("/en", "")])
def test_a_connection_never_prints_its_secret(held, value):
    held(value)
    assert "zQ7wX" not in repr(connection("acme_main"))


@pytest.fixture
def airflow(tmp_path, monkeypatch):
    """A stand-in for the `airflow` command: what it prints and how it ends."""

    def install(script):
        program = tmp_path / "python"
        program.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        monkeypatch.delenv("AIRFLOW_CONN_ELSEWHERE", raising=False)

    return install


def test_what_the_environment_lacks_is_asked_of_airflow(airflow):
    told = [{"host": "h", "schema": "", "port": None, "login": "", "password": TOKEN, "extra_dejson": {"plain_http": "True"}}]
    airflow(f"assert sys.argv[1:6] == ['-m', 'airflow', 'connections', 'get', 'elsewhere']\nprint('a warning first')\nprint({json.dumps(told)!r})")
    found = connection("elsewhere")
    assert (found.base_url, found.login, found.secret, found.plain_http) == ("https://h", None, TOKEN, True)


def test_a_connection_nobody_holds_says_how_to_add_it(airflow):
    airflow("sys.exit('Connection not found.')")
    with pytest.raises(Refused, match="set AIRFLOW_CONN_ELSEWHERE, or run: airflow connections add elsewhere"):
        connection("elsewhere")


def test_an_airflow_that_cannot_answer_is_not_a_missing_connection(airflow):
    airflow("sys.exit('no such table: connection')")
    with pytest.raises(Busy, match="exit status 1"):
        connection("elsewhere")
