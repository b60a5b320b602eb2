"""What gives a secret away: what its key is called, what form it has, what stands before it.

The forms are those vendors publish for their tokens and those of gitleaks and detect-secrets, cut down to what costs little: every pattern is
linear in its text, and looked for where RE2, which reads a text once for all forms, saw a sign of it. What they miss is still hidden unless
its key is allow-listed.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

import re2

LONGEST_NAME = 100
MASK = "***"  # of a secret in a text of people

# A value is hidden where its key has one of these words anywhere.
_NAMES = tuple("pass pwd secret token credential private key auth signature salt dsn bearer cookie webhook community".split())  # noqa: SIM905 (one line)
_WORD = r"(?:passw(?:or)?d|passphrase|passcode|requirepass|pwd|secret|token|credential|(?:api|access|private|account|signing|encryption)[-_. ]?key)"
# Below such a name the names themselves may be secrets: `api_tokens: {hunter2: ci}`.
_HOLDER = re.compile(rf"{_WORD}|(?:^|[^a-z])pass(?:es)?(?:$|[^a-z])|(?:ssh|license|auth)[-_. ]?keys|^keys$|bearer", re.IGNORECASE)
# A field that is a secret, and not only about one (`password`, not `secretName`).
_FIELD = re.compile(rf"(?:{_WORD}|pass)s?$", re.IGNORECASE)
_SHORT = r"(?<![a-z])pass(?![a-z])"  # `smtp_pass`, never `bypass`
_QUOTED = r"""(?:"[^"\n]*"|'[^'\n]*')"""
_TEXT = rf"""(?:{_QUOTED}|[^\s"';&]+)"""
# `--password X`, `PGPASSWORD=X`: what stands before the secret may be shown.
_TOLD = (
    rf"(?<![\w-])--?[\w-]{{0,40}}{_WORD}[\w-]{{0,40}}[=\s]\s{{0,9}}|(?:{_WORD}|{_SHORT})[\w-]{{0,40}}="
    rf"|{_WORD}\s(?:to|is|was)\s(?=[^\s]{{6}})(?=[^\s]{{0,99}}\d)"
)
_PREFIX = (
    r"(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent)-|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|whsec_|shp(?:at|ss|ca|pa)_"
    r"|sq0[a-z]{3}-|dop_v1_|lin_api_|gl(?:sa|c)_|dckr_pat_|rubygems_|nrak-|pmak-|atatt|hv[sbr]\.|ya29\.|age-secret-key-|eyj|gocspx-|figd_|ccipat_"
    r"|bkua_|sq[pu]_|pscale_(?:tkn|pw)_|sbp_|dp\.[pcs]t\.|sntry[su]_|nvapi-)"
)


# An address with a login; a name alone may be a token, unless it is that of ssh.
_LOGIN = r"://(?:[^\s:/@]{0,200}:(?!\d{1,5}(?:[/?#\s]|$))[^\s@]{1,200}|(?<!ssh://)[^\s/@:?#]{1,400})@"
_FORMS = [
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?P<before>{_TOLD}){_TEXT}",
        rf"(?P<before>\b(?:identified\sby|pass(?:word|wd)):?\s){_QUOTED}",
        rf"(?P<before>(?<!\S)(?:-u|--user)[=\s](?=[^\s:]{{1,99}}:)){_TEXT}",
        rf"(?P<before>\b(?:mysql\w*|mariadb|sshpass|mongo\w*|redis-cli|ldap\w+)\s(?:[^\n]{{0,200}}?\s)?-[apw]\s?){_TEXT}",
        r"(?:[?&;]|(?<!\S))(?:access_token|token|sig|signature|api_?key|key|password|secret|x-(?:amz|goog)-[a-z-]{1,40})=[^&\s]+",
        r"\b(?:basic|bearer)\s{1,9}(?=[^\s]{0,200}[0-9=]|[^\s]{0,200}(?-i:[a-z][A-Z]))[\w.~+/-]{8,}=*|authorization[\"']?\s?[:=]\s?[\"']?\w+\s\S+",
        r"-----BEGIN.*",
        r"/hooks/\w{20,}|/private-[0-9a-f]{16,}|events\.pagerduty\.com/integration/\S+",
        r"(?:hooks\.(?:slack|zapier)\.com|discord(?:app)?\.com/api/webhooks|webhook\.office\.com|outlook\.office\.com/webhook|hc-ping\.com)/\S+",
        r"\$(?:1|2[abxy]?|5|6|7|y|apr1|argon2\w{0,3}|scrypt|pbkdf2[\w-]{0,20})\$\S{8,}|\$ANSIBLE_VAULT;\S+",
        r"\{(?:s?sha|s?md5|crypt)\w{0,5}\}\S{8,}|\bENC\[\S+|\bvault:v\d{1,4}:\S+",
        rf"\b{_PREFIX}[\w.+/=-]{{8,}}",
        r"\b(?:sk-[\w-]{20,}|sg\.[\w-]{16,}\.\S+|(?:npm|hf)_[a-z0-9]{30,}|dapi[0-9a-f]{32}|aiza[\w-]{35}|pypi-age[\w-]{16,})",
        r"\ba(?:kia|sia|bia|cca)[a-z0-9]{12,}|(?<!\d)\d{8,10}:aa[\w-]{30,}|\bkey-[0-9a-f]{32}\b",
        _LOGIN,
    )
]


# Of a pattern in RE2's language: the conditions beside what it finds, which RE2 has not; counts that are only there to keep it linear.
_BESIDE = re.compile(r"\(\?<?[=!](?:[^()]|\([^()]*\))*\)")
_MOST = re.compile(r"\{(\d+),\d{2,}\}")
_LETTERS_OF = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\[wsd]")


def _sign(pattern: str) -> str:
    """What every text has in which the pattern finds something: the pattern without its conditions, in the language of RE2."""
    loose = _MOST.sub(r"{\1,}", _BESIDE.sub("", pattern)).replace("?P<before>", "?:").replace(".*", "")
    return _LETTERS_OF.sub(_everywhere, loose)


def _everywhere(found: re.Match[str]) -> str:
    """The class of letters, and every letter beyond ASCII as the `?` it is read as: RE2 would need hundreds of megabytes for all scripts."""
    letters = found[0].removeprefix("[").removesuffix("]").replace(r"\s", r"\s\v\x1c-\x1f")
    return f"[{letters.replace('?', '')}]" if letters.startswith("^") else rf"(?:[{letters}]|\?)"


def _looked_for(sign: str) -> Any:
    options = re2.Options()
    options.case_sensitive, options.never_capture, options.log_errors = False, True, False
    return re2.compile(sign, options)


# In every name that holds secrets, in every field that is one, before every value that is asked for.
_TELLING = _looked_for(
    rf"{_WORD}|pass(?:es|s)?(?:[^a-z]|$)|(?:ssh|license|auth)[-_. ]?keys|keys(?:[^a-z]|$)|bearer|authorization|mysql|mariadb|mongo|redis-cli|ldap"
)
_SIGNS = [_looked_for(_sign(form.pattern)) for form in _FORMS]
_ANY_SIGN = _looked_for("|".join(_sign(form.pattern) for form in _FORMS))

# `password hunter2`, `"--token", "X"`, `secret: X`: only where the whole text may be hidden, for it is also plain English.
_SPOKEN = re.compile(rf"(?:{_WORD}|{_SHORT})[\w-]{{0,40}}[\"']?(?:[\s=:,>]\s{{0,9}}[\"']?\S|\])", re.IGNORECASE)
_SAID = re.compile(rf"(?:{_WORD}|{_SHORT})s?[\"']?(?:\s{{0,9}}[=:]\s{{0,9}}|\s{{1,9}})({_TEXT})", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_LETTERS = re.compile(r"[A-Za-z0-9]{9,}")
_PLAIN_RUN = re.compile(r"[A-Za-z0-9]{20,}")
_DIGEST = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)


def names_secret(key: str) -> bool:
    """Whether what stands under the key sounds like a secret."""
    small = key.lower()
    return any(word in small for word in _NAMES)


@lru_cache(maxsize=65536)
def holds_secrets(name: str) -> bool:
    """Whether even the names of what stands below may be secrets."""
    return bool(_HOLDER.search(name))


@lru_cache(maxsize=65536)
def is_secret_field(name: str) -> bool:
    """Whether the name is that of a secret, and not only of something about one."""
    return bool(_FIELD.search(name))


def suspects(texts: Sequence[str]) -> set[int]:
    """Which of the texts may hold a secret of a known form: all of them are read once, together."""
    found: set[int] = set()
    ends: list[int] = []
    for sign in _ANY_SIGN.finditer(_read("\n".join(texts))):
        ends = ends or list(accumulate(len(text) + 1 for text in texts))
        found.update(range(bisect_right(ends, sign.start()), bisect_right(ends, sign.end() - 1) + 1))
    return found


@lru_cache(maxsize=4096)
def masked(text: str) -> str:
    """A text of people with MASK for every secret of a known form in it."""
    for form in _forms_signed(text):
        text = form.sub(_mask, text)
    return text


def _mask(found: re.Match[str]) -> str:
    return f"{found.groupdict().get('before') or ''}{MASK}"


def has_form(text: str) -> bool:
    """Whether a secret of a known form is in the text."""
    return any(form.search(text) for form in _forms_signed(text))


def _forms_signed(text: str) -> list[re.Pattern[str]]:
    said = _read(text)
    return [form for form, sign in zip(_FORMS, _SIGNS, strict=True) if sign.search(said)] if _ANY_SIGN.search(said) else []


def _read(text: str) -> bytes:
    return text.encode("ascii", "replace")


def is_secret(text: str) -> bool:
    """Whether the text is or holds what looks like a secret: a known form, a word such as `password` before something, random letters."""
    return bool(has_form(text) or _SPOKEN.search(text)) or any(map(_is_random, _RUN.findall(text)))


def speaks_of_secrets(text: str) -> bool:
    """Whether any name or flag in the text is one for which `holds_secrets`, `is_secret_field` or `is_secret` speaks; seldom so where none is."""
    return bool(_TELLING.search(text))


def spoken(text: str) -> list[str]:
    """What stands behind a word such as `password`."""
    return [found.strip("\"'") for found in _SAID.findall(text)]


@lru_cache(maxsize=65536)
def is_plain_name(text: str) -> bool:
    """Whether it can be a name that people gave: one line, short, and no secret by its form."""
    is_drawn = any(_DIGEST.fullmatch(run) and "-" not in run for run in _RUN.findall(text)) or any(map(_is_drawn, _LETTERS.findall(text)))
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and not is_secret(text) and not is_drawn


def _is_random(run: str) -> bool:
    # Words change between small, capital and digit a few times; what a machine drew does so at every other letter. Ids of commits, images and
    # objects are no secrets.
    if _DIGEST.fullmatch(run):
        return False
    is_mixed = run.lower() != run and run.upper() != run
    return any(_changes(piece) >= 0.35 * len(piece) for piece in ([run] if is_mixed else _PLAIN_RUN.findall(run))) or (len(run) == 40 and is_mixed)


def _is_drawn(run: str) -> bool:
    """Whether a short run of small letters, capitals and digits changes between them oftener than names do."""
    return run.lower() != run and run.upper() != run and not run.isalpha() and _changes(run) > 0.5 * len(run)


def _changes(run: str) -> int:
    kinds = [2 if letter.isdigit() else letter.isupper() for letter in run if letter.isalnum()]
    return sum(one != other for one, other in pairwise(kinds))
