"""What waiting does not change: each is said once, by name, with what to do about it. What may pass is asked again."""

import os
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.errors import Busy, Refused
from connectors.git import pull
from connectors.git.complaints import complaint, failure
from connectors.http import Connection
from demo.vendors.server import Response, serve
from signals.pulled import Unfit
from signals.records import Commit
from tests.connectors.git_history import EVER, History
from tests.connectors.smart_git import smart


@pytest.fixture
def history(tmp_path):
    made = History(tmp_path / "origin" / "shop")
    made.change("a", "1", "first")
    return made


def titles(url, tmp_path, api=None, **options):
    return [commit.title for commit in pull(api, EVER, url=url, cache=str(tmp_path / "cache"), **options)]


def refusal(url, tmp_path, api=None, **options):
    with pytest.raises(Refused) as refused:
        titles(url, tmp_path, api, **options)
    return str(refused.value)


@pytest.mark.parametrize("server", ["a folder", "git over http", "plain files over http"])
def test_a_repository_with_sha256_names_is_mirrored(tmp_path, server):
    made = History(tmp_path / "www" / "shop.git", "--object-format=sha256", "--bare")
    who = "Ada <ada@shop.example> 1767700000 +0000"
    made.git("fast-import", "--quiet", given=f"commit refs/heads/main\ncommitter {who}\ndata 1\nx\n".encode())
    made.git("update-server-info")

    def files(request):
        return smart(tmp_path / "www")(request) if "service" not in request.target else plain(request)

    def plain(request):
        return smart(tmp_path / "www")(type(request)(request.method, request.path, request.headers))

    if server == "a folder":
        assert titles(f"file://{made.folder}", tmp_path) == ["x"]
        return
    with serve(smart(tmp_path / "www") if server == "git over http" else files) as running:
        assert titles(f"{running.url}/shop.git", tmp_path) == ["x"]


def test_a_repository_made_anew_with_other_names_is_mirrored_anew(history, tmp_path):
    url = f"file://{history.folder}"
    assert titles(url, tmp_path) == ["first"]

    history.folder.rename(tmp_path / "before")
    History(history.folder, "--object-format=sha256").commit("anew")
    assert titles(url, tmp_path) == ["anew"]


def test_an_empty_repository_behind_git_s_own_server_has_nothing_to_tell(tmp_path):
    History(tmp_path / "www" / "shop.git", "--bare")
    with serve(smart(tmp_path / "www")) as server:
        assert titles(f"{server.url}/shop.git", tmp_path) == []


def test_a_login_page_is_no_empty_repository(history, tmp_path):
    page = Response(body="<!doctype html><title>Sign in</title>", headers={"Content-Type": "text/html"})
    is_out = []
    with serve(lambda request: page if is_out or "login" in request.path else smart(tmp_path / "origin")(request)) as server:
        assert "is no git repository" in refusal(f"{server.url}/login/shop.git", tmp_path)
        assert titles(f"{server.url}/shop/.git", tmp_path) == ["first"]
        is_out.append(True)
        history.commit("second")
        with pytest.raises(Busy, match="finds no branch"):
            titles(f"{server.url}/shop/.git", tmp_path)


@pytest.mark.parametrize("is_http", [True, False])
def test_a_default_branch_that_does_not_exist_is_refused_with_those_that_do(history, tmp_path, is_http):
    history.git("symbolic-ref", "HEAD", "refs/heads/gone")
    with serve(smart(tmp_path / "origin")) as server:
        url = f"{server.url}/shop/.git" if is_http else f"file://{history.folder}"
        assert "others do (main): set `branch`" in refusal(url, tmp_path)
        assert titles(url, tmp_path, branch="main") == ["first"]
        assert "Set `branch` to one that" in refusal(url, tmp_path, branch="deleted")


def test_a_shallow_repository_at_an_address_is_never_taken_for_an_empty_one(history, tmp_path):
    history.commit("second")
    history.git("clone", "--quiet", "--depth=1", f"file://{history.folder}", str(tmp_path / "shallow"))

    assert "name the repository it was cloned from" in refusal(f"file://{tmp_path}/shallow", tmp_path)


@pytest.mark.usefixtures("history")
def test_a_host_nobody_knows_is_asked_about_and_one_that_was_reached_before_is_asked_again(tmp_path):
    assert "Is the host right" in refusal("https://nowhere.invalid/o/shop.git", tmp_path)
    with pytest.raises(Busy, match="Is the host right"):
        titles("http://127.0.0.1:1/o/shop.git", tmp_path)

    with serve(smart(tmp_path / "origin")) as server:
        url = f"{server.url}/shop/.git"
        assert titles(url, tmp_path) == ["first"]
    with pytest.raises(Busy, match=r"cannot reach .* now") as busy:
        titles(url, tmp_path)
    assert "Is the host right" not in str(busy.value)


@pytest.fixture
def authority(tmp_path):
    """A certificate nobody vouches for, for this machine."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    now = datetime.now(UTC)
    unsigned = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    unsigned = unsigned.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    unsigned = unsigned.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    signed = unsigned.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    (tmp_path / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return tmp_path / "cert.pem"


@pytest.mark.usefixtures("history")
def test_a_certificate_nobody_vouches_for_is_refused_until_the_connection_names_its_authority(tmp_path, authority):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority, tmp_path / "key.pem")
    tls.set_alpn_protocols(["http/1.1"])
    with serve(smart(tmp_path / "origin"), tls=tls) as server:
        url = f"{server.url}/shop/.git"
        assert "`ca_bundle` of the connection" in refusal(url, tmp_path)
        assert titles(url, tmp_path, Connection(ca_bundle=str(authority))) == ["first"]


def test_a_partial_clone_says_what_makes_it_whole_and_that_is_true(history, tmp_path):
    history.change("a.yaml", "a: 1", "second")
    history.git("config", "uploadpack.allowFilter", "true")
    for kept in ("blob:none", "tree:0"):
        clone = tmp_path / kept.replace(":", "-")
        history.git("clone", "--quiet", "--bare", f"--filter={kept}", f"file://{history.folder}", str(clone))
        with pytest.raises(Refused, match="partial clone: run `git fetch --refetch --no-filter` there"):
            list(pull(None, EVER, path=str(clone), config=["*.yaml"]))

        History.git(history, "-C", str(clone), "fetch", "--quiet", "--refetch", "--no-filter")
        assert len(list(pull(None, EVER, path=str(clone), config=["*.yaml"]))) == 3


def test_a_repository_of_a_newer_git_asks_for_that_git(history):
    history.git("config", "core.repositoryFormatVersion", "1")
    history.git("config", "extensions.fromTheFuture", "true")
    with pytest.raises(Refused, match="Install a newer git"):
        list(pull(None, EVER, path=str(history.folder)))


def test_a_copy_that_cannot_be_kept_is_refused(history, tmp_path):
    (tmp_path / "cache").write_text("a file, no folder")
    assert "set `cache`" in refusal(f"file://{history.folder}", tmp_path)


def test_what_a_killed_git_left_behind_does_not_hold_up_the_next(history, tmp_path):
    url = f"file://{history.folder}"
    assert titles(url, tmp_path) == ["first"]
    history.commit("second")
    (mirror,) = (tmp_path / "cache").iterdir()
    left = [mirror / "refs" / "heads" / "mirrored.lock", mirror / "objects" / "pack" / "tmp_pack_x"]
    for path in left:
        path.touch()
    with pytest.raises(Busy, match="File exists"):
        titles(url, tmp_path)  # another one may be at work

    for path in left:
        os.utime(path, (0, 0))
    assert titles(url, tmp_path) == ["second", "first"]
    assert not any(path.exists() for path in left)


def test_one_refused_repository_of_several_is_set_aside_alone(history, tmp_path):
    history.commit("second")
    history.git("clone", "--quiet", "--depth=1", f"file://{history.folder}", str(tmp_path / "origin" / "shallow"))

    unfit, *found = pull(None, EVER, path=str(tmp_path / "origin"))
    assert [commit.title for commit in found] == ["second", "first"]
    assert (unfit.native_id, unfit.is_scope) == ("shallow", True)
    assert ("git fetch --unshallow" in unfit.reason, "--since 1970-01-01" in unfit.reason) == (True, True)

    with pytest.raises(Refused, match="shallow"):  # nothing is left to read
        list(pull(None, EVER, path=str(tmp_path / "origin"), branch="gone"))


def test_a_folder_this_account_may_not_read_is_refused(tmp_path):
    (tmp_path / "secret").mkdir(mode=0)
    account = os.geteuid()
    try:
        if account == 0:  # root may read everything
            os.seteuid(65534)
        with pytest.raises(Refused, match="may not be read: let the account"):
            list(pull(None, EVER, path=str(tmp_path / "secret")))
    finally:
        os.seteuid(account)


SAID = {
    "fatal: unable to write loose object file: No space left on device\nfatal: unpack-objects failed": "Make room on the disk of FOLDER",
    "fatal: write error: Disk quota exceeded\nfatal: early EOF\nfatal: index-pack failed": "Make room on the disk of FOLDER",
    "fatal: cannot mkdir x.git: Read-only file system": "write to FOLDER",
    "fatal: detected dubious ownership in repository at '/r'\nfatal: Could not read from remote repository.": "the owner of that folder",
    f"{'@' * 60}\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n{'@' * 60}\nSomeone could be eavesdropping\n": "Compare its key",
    "No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.": "Compare its key",
    "Unable to negotiate with h port 22: no matching host key type found. Their offer: ssh-rsa\nfatal: the remote end hung up": "Compare its key",
    "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.": "an ssh key",
    "fatal: cannot run ssh: No such file or directory\nfatal: unable to fork": "Install an ssh client",
    "fatal: unable to access 'https://h/r/': SSL: certificate subject name (x) does not match target host name 'h'": "`ca_bundle`",
    "fatal: unable to access 'https://h/r/': SSL certificate problem: certificate has expired": "`ca_bundle`",
    "fatal: unable to access 'https://h/r/': gnutls_handshake() failed: An unexpected TLS packet was received.": "no TLS",
    "fatal: unable to access 'http://h/r/': The requested URL returned error: 301": "its new address",
    "fatal: unable to access 'http://h/r/': The requested URL returned error: 410": "Check the address",
    "fatal: could not read Username for 'https://h': terminal prompts disabled": "a valid credential",
    "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://h/r/'": "a valid credential",
    "fatal: unable to access 'http://h/r/': Could not resolve proxy: p": "the proxy",
    "fatal: unable to access 'https://h/r/': Received HTTP code 407 from proxy after CONNECT": "the proxy",
    "error: object file objects/6d/ba65 is empty\nfatal: loose object 6dba65 (stored in objects/6d/ba65) is corrupt": "remove FOLDER",
    "fatal: a word no git has said so far": "Check the address, `branch` and the connection",
}
PASSING = [
    "fatal: unable to access 'https://h/r/': The requested URL returned error: 503",
    "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: INTERNAL_ERROR (err 2)\nfatal: early EOF",
    "fatal: unable to access 'https://h/r/': GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
    "kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.",
    "ssh: connect to host h port 22: Connection timed out\nfatal: Could not read from remote repository.",
    "fatal: unable to access 'https://h/r/': Could not resolve host: h",
    "fatal: remote error: upload-pack: not our ref 6dba65\nfatal: the remote end hung up unexpectedly",
    "error: cannot lock ref 'refs/heads/mirrored': Unable to create '/m/refs/heads/mirrored.lock': File exists.",
]


@pytest.mark.parametrize("said", SAID)
def test_what_git_says_has_a_remedy(said):
    refused = failure("acme/shop", said, "FOLDER", was_reached=True)

    assert isinstance(refused, Refused)
    assert SAID[said] in str(refused)
    assert "acme/shop" in str(refused)


@pytest.mark.parametrize("said", PASSING)
def test_what_passes_is_asked_again(said):
    assert isinstance(failure("acme/shop", said, "FOLDER", was_reached=True), Busy)


def test_a_long_complaint_is_cut_and_warnings_are_no_part_of_it():
    assert complaint("warning: w\nhint: h\nfatal: a\n\nfatal: b\n") == "fatal: a fatal: b"
    assert len(complaint("x" * 5000)) == 300


@pytest.fixture
def neighbours(tmp_path):
    """Two repositories in one folder; `cart` is read after `shop`."""
    made = [History(tmp_path / "both" / name) for name in ("cart", "shop")]
    for history in made:
        history.change("a", "1", f"first of {history.folder.name}")
        history.change("a", "2", f"second of {history.folder.name}")
    return made


def test_a_repository_damaged_deep_in_its_history_is_set_aside_and_its_neighbour_is_read(neighbours, tmp_path):
    damaged = neighbours[0]
    first = damaged.git("rev-parse", "HEAD~").strip()
    first = first.decode() if isinstance(first, bytes) else first
    (damaged.folder / ".git" / "objects" / first[:2] / first[2:]).unlink()

    records = list(pull(None, EVER, path=str(tmp_path / "both")))
    [unfit] = [record for record in records if isinstance(record, Unfit)]
    assert unfit.native_id == "cart"
    assert "git fsck" in unfit.reason
    assert "--since 1970-01-01T00:00:00Z" in unfit.reason
    assert {"first of shop", "second of shop"} <= {record.title for record in records if isinstance(record, Commit)}


@pytest.mark.parametrize("others", [True, False])
@pytest.mark.usefixtures("neighbours")
def test_a_repository_that_takes_too_long_never_holds_up_its_neighbours(tmp_path, monkeypatch, others):
    slow = tmp_path / "slow" / "git"
    slow.parent.mkdir()
    stalled = "cart" if others else "*"
    slow.write_text(f'#!/bin/sh\ncase "$PWD:$*" in */{stalled}:*" log "*) exec sleep 30;; esac\nexec {shutil.which("git")} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")

    def read():
        return list(pull(None, EVER, path=str(tmp_path / "both"), limit_seconds=0.5))

    if not others:
        with pytest.raises(Busy, match="raise limit_seconds"):
            read()
        return
    records = read()
    [unfit] = [record for record in records if isinstance(record, Unfit)]
    assert unfit.native_id == "cart"
    assert "raise limit_seconds" in unfit.reason
    assert [record.title for record in records if isinstance(record, Commit)] == ["second of shop", "first of shop"]
