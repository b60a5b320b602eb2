"""Which addresses may be written down, and which hosts nobody connects to, whatever their name says."""

import socket

import pytest

from connectors.errors import Refused
from connectors.git.mirror import mirror
from connectors.http import Connection, Vendor, connect
from connectors.web.hosts import checked_address, is_forbidden

GIT = ("https", "ssh", "file", "http")
METADATA = [
    "https://169.254.169.254/latest",
    "http://169.254.169.254.",
    "https://2852039166/",
    "https://0xA9FEA9FE/",
    "https://0xa9.0xfe.0xa9.0xfe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1%25eth0]/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://METADATA.google.internal./",
    "https://metadata/",
    "https://metadata./",
    "https://Metadata.Azure.Internal/metadata/identity",
    "https://metadata.azure.internal.:8080/",
    "http://metadata.europe-west1.c.acme.internal/",
    "http://metadata.tencentyun.com/latest",
    "https://METADATA.TENCENTYUN.COM./",
    "https://metadata.goog/",
    "https://instance-data/latest",
    "https://instance-data.eu-west-1.ec2.internal/",
    "https://rancher-metadata/",
    "https://api.metadata.cloud.ibm.com/",
    "https://metadata.packet.net/",
    "https://169.254.170.2/v2/credentials",
    "https://169.254.0.23/",
    "https://169.254.42.42/",
    "https://192.0.0.192/",
    "https://0x64646464c8/",
    "https://1684300008/",
    "https://0144.0144.0144.0310/",
    "https://0x64.0x64.0x64.0xc8/",
    "https://100.100.25800/",
    "https://[::ffff:100.100.100.200]/",
    "https://[64:ff9b::6464:64c8]/",
    "https://[0:0:0:0:0:ffff:6464:64c8]/",
    "https://[FD00:EC2:0:0:0:0:0:254]/",
    "https://[fd00:ec2::23]/",
    "https://[fd20:ce::254]/",
    "https://[fd00:c1::a9fe:a9fe]/",
    "https://[fd00:42::42]/",
    "https://[fd00:a9fe:a9fe::1]/",
    "https://[fe80::a9fe:a9fe]/",
    "https://metadata%2eazure.internal/",
    "https://metadata。azure。internal/",
    "https://ｍetadata.azure.internal/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://0.0.0.0/",
    "https://0/",
]
AMBIGUOUS = [
    "https://git.example.com#@evil.example/",
    "https://git.example.com/x#top",
    "https://git.example.com#",
    "https://git.example.com\r\nHost: evil.example",
    "https://git.example.com/\tx",
    " https://git.example.com",
    "https://git.example.com ",
    "https://git.example.com\\@evil.example",
    "https:\\\\git.example.com",
    "https://me:pass@git.example.com",
    "https://token@git.example.com",
    "https://@git.example.com",
    "https://gıt.example.com",
    "https://git。example.com",
    "https://g%69t.example.com",
    "https://git.example.com:0",
    "https://git.example.com:99999",
    "https://git.example.com:port",
    "https://git.example.com:",
    "https://",
    "https:///x",
    "https://.",
    "https://a..b",
    "https://-a.example",
    "https://127.1",
    "https://2130706433",
    "https://10.0.0.256",
    "https://[::1",
    "https://[not-one]/",
    "//git.example.com",
    "git.example.com",
    "",
    "ftp://git.example.com",
    "gopher://git.example.com:70/_x",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "data:text/plain,x",
    "HTTPS;//git.example.com",
]
METADATA_INSIDE = [
    "2002:a9fe:a9fe::1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "2001:0:a9fe:1:0:0:5601:5601",
    "2001:db8::5efe:169.254.169.254",
    "fd12::200:5efe:a9fe:a9fe",
    "64:ff9b:1::6464:64c8",
    "2002:a83f:8110::1",
    "::ffff:168.63.129.16",
    "fd00:ec2:0::254",
    "fe80::a9fe:a9fe%eth0",
]
SOUND = [
    "https://git.example.com",
    "https://git.example.com.:8443/api/v3",
    "http://localhost:8080",
    "https://10.1.2.3/x",
    "https://[fd12::7]:8443/x",
    "https://my_service/x?token=abc%20d",
    "https://xn--bcher-kva.example/",
    "https://metadata.shop.example/",
    "https://metadata-internal/",
    "https://git.internal/",
    "https://100.100.100.20/",
    "HTTPS://Git.Example.Com",
]


@pytest.mark.parametrize("url", [*METADATA, *AMBIGUOUS])
def test_an_address_that_can_be_read_in_two_ways_or_leads_to_credentials_is_refused_without_being_shown(url):
    with pytest.raises(Refused) as raised:
        checked_address(url)
    assert "pass" not in str(raised.value)
    assert "token@" not in str(raised.value)
    with pytest.raises(Refused):
        connect(Vendor(name="acme", base_url=None, auth=lambda _: {}), Connection(url or "x", plain_http=True))


@pytest.mark.parametrize("url", SOUND)
def test_a_plain_address_is_taken_as_it_is(url):
    assert checked_address(url) == url


@pytest.mark.parametrize("url", ["ssh://git@git.example.com:2222/o/n.git", "file:///srv/git/shop.git"])
def test_git_may_be_asked_over_ssh_and_in_a_folder(url):
    assert checked_address(url, GIT) == url


@pytest.mark.parametrize(
    "url", ["ssh://git:pass@git.example.com/o/n", "git@169.254.169.254:o/n", "https://0xA9FEA9FE/o/n", "git@-oProxyCommand=x:o/n", "ext::sh -c x"]
)
def test_a_git_address_is_held_to_the_same(tmp_path, url):
    with pytest.raises(Refused):
        mirror(url, None, name=None, branch=None, cache=str(tmp_path), limit_seconds=10)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("address", METADATA_INSIDE)
def test_metadata_behind_another_form_of_address_is_closed_to_all(address):
    assert is_forbidden(address, may_be_private=True)


@pytest.fixture
def leads_to(monkeypatch):
    """Give a name an address, as an entry in somebody's DNS does."""
    asked = socket.getaddrinfo

    def put(name, address):
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **how: asked(address if host == name else host, *more, **how))

    return put


def test_a_name_that_leads_to_metadata_is_refused_before_any_connection(leads_to, monkeypatch, tmp_path):
    leads_to("builds.example", "169.254.169.254")
    tried = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: tried.append(address))
    with pytest.raises(Refused, match="nobody may ask"):
        connect(Vendor(name="acme", base_url=None, auth=lambda _: {}), Connection("https://builds.example")).get("x")
    with pytest.raises(Refused, match="nobody may ask"):
        mirror("https://builds.example/o/n.git", None, name=None, branch=None, cache=str(tmp_path), limit_seconds=10)
    assert not tried
