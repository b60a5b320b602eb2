"""Text from outside made harmless: it pings nobody, links nothing, runs nothing, hides nothing."""

import re
import unicodedata
from urllib.parse import urlsplit

TITLE_LENGTH = 120
QUOTE_LENGTH, QUOTE_LINES = 1500, 20

_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"  # print as nothing although they are letters or signs
_MENTION = re.compile(r"(?<!\w)@(?=[\w-])|#(?=\d)")
_SAFE_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/%=&?+,;:#-]*)?")


def visible(text: str) -> str:
    """The text with everything that cannot be seen shown: control, bidirectional, zero-width and tag characters as `<U+202E>`."""
    return "".join(
        letter if letter == "\n" or _is_seen(letter) else f"<U+{ord(letter):04X}>" for letter in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def one_line(text: object) -> str:
    """The text on one line of a page, without characters that hide or reorder the rest."""
    line = " ".join(str(text).split())
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") else letter for letter in line)


def _is_seen(letter: str) -> bool:
    """A combining mark is seen with its letter; variation selectors and the grapheme joiner hide."""
    if unicodedata.category(letter) == "Mn":
        return letter != "\u034f" and not "\ufe00" <= letter <= "\ufe0f" and letter < "\U000e0100"
    return letter.isprintable() and letter not in _BLANK_LETTERS


def quoted(text: str) -> list[str]:
    """The text as lines of evidence behind a bar, so that none begins a line: cut to 20, mentions and references broken."""
    shown = _MENTION.sub(r"\g<0> ", visible(text[: 4 * QUOTE_LENGTH]))
    lines = shown[:QUOTE_LENGTH].strip("\n").split("\n")[:QUOTE_LINES]
    is_cut = len(text) > 4 * QUOTE_LENGTH or len("\n".join(lines)) < len(shown.strip("\n"))
    return [f"| {line}".rstrip() for line in lines] + (["| (cut here)"] if is_cut else [])


def fenced(lines: list[str]) -> str:
    """The lines in a code fence longer than any run of fence signs within."""
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`+|~+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def links(urls: object, hosts: tuple[str, ...]) -> list[str]:
    """The plain https addresses on these hosts and their subdomains; all others stay text in the evidence."""
    given = map(str, urls) if isinstance(urls, list | tuple) else ()
    return [url for url in given if _SAFE_URL.fullmatch(url) and is_on((urlsplit(url).hostname or ""), hosts)]


def web_link(url: str | None) -> str | None:
    """The address if a browser may be sent there: http or https, a host, no user name, nothing invisible."""
    if not url or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and parts.username is None else None


def is_on(name: str, hosts: tuple[str, ...]) -> bool:
    """Whether the host is one of these or below one: `acme.pagerduty.com` is below `pagerduty.com`."""
    return any(host and (name == host or name.endswith(f".{host}")) for host in hosts)


def titled(text: str) -> str:
    """One line of at most 120 characters, cut at a word."""
    line = " ".join(visible(text).replace("`", "'").replace("@", "(at)").split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
