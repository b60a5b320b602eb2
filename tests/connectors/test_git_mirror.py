"""Repositories at an address, over real files and a real loopback server."""

from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from connectors.errors import Busy, Refused
from connectors.git import pull
from connectors.http import Connection
from tests.connectors.git_history import EVER, History


@pytest.fixture
def history(tmp_path):
    made = History(tmp_path / "origin/shop")
    made.change("a", "1", "first")
    return made


@pytest.fixture
def server():
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, self.headers.get("Authorization")))
            status = int(self.path.split("/")[1])
            self.send_response(status)
            if status == 301:
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/200/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", seen
        running.shutdown()


def titles(url, tmp_path, api=None, **options):
    return [commit.title for commit in pull(api, EVER, url=url, cache=str(tmp_path / "cache"), **options)]


def test_an_address_is_mirrored_and_follows_a_force_push(history, tmp_path):
    url = f"file://{history.folder}"
    assert titles(url, tmp_path) == ["first"]
    history.change("a", "2", "second")
    assert titles(url, tmp_path) == ["second", "first"]
    history.git("reset", "--quiet", "--hard", "HEAD~1")
    history.git("checkout", "--quiet", "-b", "other")
    history.change("a", "3", "instead")

    assert titles(url, tmp_path) == ["instead", "first"]
    assert titles(url, tmp_path, branch="main") == ["first"]
    assert {commit.repo for commit in pull(None, EVER, url=url, cache=str(tmp_path / "cache"))} == {"shop"}


def test_an_address_where_nothing_was_pushed_yields_nothing(tmp_path):
    History(tmp_path / "empty.git", "--bare")

    assert titles(f"file://{tmp_path}/empty.git", tmp_path) == []


def test_the_secret_goes_in_a_header_to_its_own_origin_and_stays_out_of_the_error(server, tmp_path):
    base, seen = server
    secret = "sekrit-0123456789"
    with pytest.raises(Refused) as caught:
        titles(f"{base}/403/o/shop.git", tmp_path, Connection(login="me", secret=secret))
    assert seen[-1][1] == f"Basic {b64encode(f'me:{secret}'.encode()).decode()}"
    assert secret not in str(caught.value)
    assert "o/shop" in str(caught.value)

    with pytest.raises(Refused, match="another address"):
        titles(f"{base}/403/o/shop.git", tmp_path, Connection(base_url="https://git.example.com", secret=secret))
    with pytest.raises(Refused, match="https"):
        titles("http://git.example.com/o/shop.git", tmp_path, Connection(secret=secret))


def test_a_redirect_is_not_followed_and_an_absent_host_is_asked_again_later(server, tmp_path):
    base, seen = server
    with pytest.raises(Refused):
        titles(f"{base}/301/o/shop.git", tmp_path, Connection(secret="s" * 20))
    assert len(seen) == 1
    with pytest.raises(Busy, match="503"):
        titles(f"{base}/503/o/shop.git", tmp_path)
    with pytest.raises(Busy, match="o/shop"):
        titles("http://127.0.0.1:1/o/shop.git", tmp_path)


@pytest.mark.parametrize(
    "url", ["ext::sh -c touch% ran", "--upload-pack=touch ran", "https://me:pw@git.example.com/o/r", "https://git.example.com/o/r?token=x", "/a/path"]
)
def test_an_address_that_runs_something_or_carries_a_credential_is_refused_unseen(url, tmp_path):
    with pytest.raises(Refused) as caught:
        titles(url, tmp_path)

    assert "pw" not in str(caught.value)
    assert "token=x" not in str(caught.value)


def test_a_repository_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="Check the address"):
        titles(f"file://{tmp_path}/nowhere", tmp_path)
    with pytest.raises(Refused, match="`path` or `url`"):
        list(pull(None, EVER))


def test_a_mirror_is_for_its_user_alone(history, tmp_path):
    titles(f"file://{history.folder}", tmp_path)

    assert [oct(mirror.stat().st_mode & 0o777) for mirror in (tmp_path / "cache").iterdir()] == ["0o700"]
