"""Which addresses may be written into a configuration, and which hosts nobody may connect to."""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from connectors.errors import Refused

# What clouds answer credentials on. With most of them that is link-local; these are not: Alibaba, Azure, Oracle, Equinix, Volcano Engine, UCloud;
# and AWS (instances, pods), Google, Oracle, Scaleway and Linode in IPv6.
_METADATA = frozenset({"100.100.100.200", "168.63.129.16", "192.0.0.192", "192.80.8.124", "100.96.0.96", "100.80.80.80"}) | {
    "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "fd00:a9fe:a9fe::1",
}  # fmt: skip
# By name, where a proxy may look it up: none of these is anybody's own host.
_METADATA_NAME = re.compile(
    r"(?:metadata|instance-data|rancher-metadata|data-server)(?:\.(?:[a-z0-9.-]+\.)?internal)?"
    r"|metadata\.(?:goog|tencentyun\.com|packet\.net|platformequinix\.com)|api\.metadata\.cloud\.ibm\.com",
    re.IGNORECASE,
)
# IPv6 forms that end in the IPv4 address they stand for: compatible, translated, NAT64 of everybody and of one's own network.
_WRAPPING = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # bits 64 to 95, behind any prefix
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
WEB = frozenset({"https", "http"})


def checked_address(url: str, schemes: Collection[str] = WEB) -> str:
    """The address itself. Raises Refused, without a part of it, for one that programs may read in two ways or that nobody may ask.

    Only over ssh it may name a user; `file` has no host.
    """
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\<>\"]", url):
        raise Refused("an address holds no blank, line break, backslash or letter beyond ASCII: write such a host as xn--…, the rest percent-encoded")
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise Refused("not an address: its host or port cannot be read; write it like https://host:8443/path") from None
    if parts.scheme not in schemes:
        raise Refused(f"an address begins with {' or '.join(f'{scheme}://' for scheme in sorted(schemes, reverse=True))} here")
    if parts.scheme == "file":
        return url
    if "#" in url:
        raise Refused("an address has no fragment: take out # and what follows it")
    if "@" in parts.netloc and (parts.scheme in WEB or parts.password is not None):
        raise Refused("an address carries no login: take it out, and fill the fields for it of the connection that `conn_id` names")
    if port == 0 or parts.netloc.endswith(":"):
        raise Refused("port 0 is none: write one from 1 to 65535, or leave it out")
    _check_host(parts.hostname or "")
    return url


def _check_host(host: str) -> None:
    name = host.removesuffix(".")
    try:
        ip_address(name)
    except ValueError:
        labels = name.split(".")
        if not name or len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
            raise Refused("an address needs a host of letters, digits and hyphens between dots, like https://git.example.com") from None
        if _NUMBER.fullmatch(labels[-1]):  # 2852039166, 0xA9FEA9FE and 0251.0376.1 are addresses to some programs
            raise Refused("write an IP address as four numbers from 0 to 255, like 10.0.0.7") from None
        if _METADATA_NAME.fullmatch(name):
            raise Refused("that is where a cloud answers credentials; nobody may ask there") from None
        return
    if "%" in host or is_forbidden(name, may_be_private=True):
        raise Refused("an address inside this machine or this cloud that nobody may ask")


def is_forbidden(address: str, *, may_be_private: bool) -> bool:
    """Whether nobody may connect there: metadata, link-local, multicast always; anything not public unless allowed."""
    ip = _meant(ip_address(address.partition("%")[0]))
    if str(ip) in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return True
    return not (ip.is_global or may_be_private)


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one, where that is only another way to write it or to reach it."""
    if isinstance(ip, IPv4Address):
        return ip
    if inner := ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]):
        return inner
    is_wrapped = any(ip in network for network in _WRAPPING) or int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if is_wrapped and int(ip) > 1 else ip
