"""Where requests and credentials go, and where they never do."""

import gzip
import socket
import ssl
import subprocess
import threading

import pytest

from connectors.errors import Refused
from connectors.http import Connection, Vendor, connect
from connectors.web.wire import is_forbidden
from demo.vendors.server import Response, serve
from demo.vendors.weather import redirect
from tests.connectors.contract import Clock

SECRET = "token-for-acme-alone"
ACME = Vendor(
    name="acme", base_url="https://api.acme.test", auth=lambda connection: {"X-Api-Key": connection.secret or "", "Authorization": "Bearer x"}
)


def echo(request):
    return Response(json={"target": request.target, "headers": dict(request.headers)})


def acme(url, **held):
    clock = Clock()
    return connect(ACME, Connection(url, None, SECRET, **held), sleep=clock.sleep, clock=clock)


@pytest.fixture
def server():
    with serve(echo) as running:
        yield running


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_origin_is_followed_with_the_credential(server, status):
    server.faults.append(redirect("/moved?x=1", status))
    answer = acme(server.url).get("old")
    assert answer["target"] == "/moved?x=1"
    assert answer["headers"]["x-api-key"] == SECRET


@pytest.mark.parametrize("where", ["{other}/x", "//{other_host}/x", "https://{host}/x", "http://localhost:{port}/x", "ftp://x/y", "http://[::1"])
def test_a_redirect_to_another_origin_gets_nothing(server, where):
    with serve(echo) as other:
        port = server.url.rpartition(":")[2]
        server.faults.append(redirect(where.format(other=other.url, other_host=other.url[7:], host=server.url[7:], port=port)))
        with pytest.raises(Refused):
            acme(server.url).get("x")
        assert not other.requests
    assert len(server.requests) == 1


def test_redirects_without_end_are_refused(server):
    server.faults += [redirect("/again")] * 99
    with pytest.raises(Refused, match="from one redirect to the next"):
        acme(server.url).get("x")
    assert len(server.requests) == 6


def test_neither_netrc_nor_a_proxy_of_the_environment_is_used(server, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password elsewhere\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    headers = acme(server.url).get("x")["headers"]
    assert headers["authorization"] == "Bearer x"
    assert "cookie" not in headers


def test_the_body_of_a_redirect_is_cut_like_any_other(server):
    exploding = Response(302, body=gzip.compress(b"0" * 100_000_000), headers={"Location": "/x", "Content-Encoding": "gzip"})
    server.faults.append(lambda exchange: exchange.reply(exploding))
    with pytest.raises(Refused, match="larger than"):
        acme(server.url).get("x")


def test_a_cookie_is_not_kept(server):
    api = acme(server.url)
    server.faults.append(lambda exchange: exchange.reply(Response(json={}, headers={"Set-Cookie": "session=1; Path=/"})))
    api.get("x")
    assert "cookie" not in api.get("x")["headers"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (("repos", "a/b"), "/repos/a%2Fb"),
        (("a?b=c#d",), "/a%3Fb%3Dc%23d"),
        (("%2e%2e", "x"), "/%252e%252e/x"),
        (("a b", "ü"), "/a%20b/%C3%BC"),
        (("a\r\nHost: evil",), "/a%0D%0AHost%3A%20evil"),
        (("...", "~x"), "/.../~x"),
    ],
)
def test_a_part_of_a_path_stays_one_part(server, path, target):
    assert acme(server.url + "/base/").get(*path)["target"] == f"/base{target}"


@pytest.mark.parametrize("path", [("..",), ("repos", "..", "admin"), (".",), ("",), ("a", "")])
def test_a_path_cannot_climb(server, path):
    with pytest.raises(Refused, match="a path cannot contain"):
        acme(server.url).get(*path)
    assert not server.requests


def test_a_private_calendar_address_keeps_its_query(server):
    assert acme(f"{server.url}/feed.ics?token=abc").get()["target"] == "/feed.ics?token=abc"
    assert acme(f"{server.url}/feed.ics?token=abc").get(x=1)["target"] == "/feed.ics?token=abc&x=1"


@pytest.mark.parametrize("url", ["http://api.acme.test", "http://10.0.0.7", "http://localhost.acme.test"])
def test_plain_http_beyond_this_machine_needs_a_word(url):
    with pytest.raises(Refused, match="plain_http"):
        acme(url)
    acme(url, plain_http=True)


@pytest.mark.parametrize(
    "url", ["api.acme.test", "ftp://x", "file:///etc/passwd", "https://", "https://me:pw@h", "https://h:99999", "https://[x", ""]
)
def test_what_is_no_address_is_refused_without_being_shown(url):
    with pytest.raises(Refused) as raised:
        connect(Vendor(name="acme", base_url=None, auth=lambda _: {}), Connection(url))
    assert "pw" not in str(raised.value).replace("https://host[:port]", "")


@pytest.mark.parametrize("secret", ["a\r\nX: y", "a\n", "tok\u00e9n", "a\x00b"])
def test_a_credential_no_header_can_carry_is_refused_without_being_shown(server, secret):
    with pytest.raises(Refused, match="set it again") as raised:
        connect(ACME, Connection(server.url, None, secret))
    assert secret not in str(raised.value)


METADATA = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "::ffff:169.254.169.254",
    "224.0.0.1",
    "::",
]
INSIDE = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "::1", "fd12::1", "::ffff:127.0.0.1", "100.64.0.1"]


@pytest.mark.parametrize("address", METADATA)
def test_an_address_that_answers_with_credentials_is_closed_to_all(address):
    assert is_forbidden(address, may_be_private=True)


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_open_only_where_somebody_wrote_the_host_down(address):
    assert is_forbidden(address, may_be_private=False)
    assert not is_forbidden(address, may_be_private=True)


def test_a_public_address_is_open():
    assert not is_forbidden("140.82.121.6", may_be_private=False)


def test_a_vendors_public_name_that_resolves_to_this_machine_is_not_spoken_to(server):
    port = server.url.rpartition(":")[2]
    public = Vendor(name="acme", base_url=f"http://localhost:{port}", auth=lambda _: {"X-Api-Key": SECRET})
    with pytest.raises(Refused, match="inside this network"):
        connect(public, Connection(None, None, SECRET)).get("x")
    assert not server.requests
    assert connect(public, Connection(f"http://localhost:{port}", None, SECRET)).get("x")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


def test_https_needs_a_certificate_that_is_known(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with serve(echo, tls=tls) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert acme(url, ca_bundle=str(certificate / "cert.pem")).get("x")["headers"]["x-api-key"] == SECRET
        with pytest.raises(Refused, match="certificate"):
            acme(url).get("x")
        assert len(server.requests) == 1


def test_no_more_than_sixteen_connections_are_open_at_once():
    together = threading.Semaphore(0)
    open_now = set()

    def app(_):
        open_now.add(threading.get_ident())
        together.acquire(timeout=0.2)
        return Response(json={})

    with serve(app) as server:
        api = connect(ACME, Connection(server.url, None, SECRET))
        list(api.over(api.get, [str(number) for number in range(40)], workers=40))
    assert len(open_now) == 16


def test_a_kept_connection_the_server_has_closed_costs_no_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def once_each():
            for _ in range(2):
                connection, _ = listener.accept()
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                connection.close()

        threading.Thread(target=once_each, daemon=True).start()
        api = acme(f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert api.get("x") == {}
        assert api.post("x", json={}) == {}
        assert api.requests == 2
