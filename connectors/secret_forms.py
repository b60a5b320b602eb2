"""What gives a secret away: what its key is called, what form it has, what stands before it.

The forms are those vendors publish for their tokens and those of gitleaks and detect-secrets, cut down to what costs little: every pattern is
linear in its text. What they miss is still hidden unless its key is allow-listed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

LONGEST_NAME = 100
MASK = "***"  # of a secret in a text of people

# A value is hidden where its key has one of these words anywhere.
_NAME = re.compile(r"pass|pwd|secret|token|credential|private|key|auth|signature|salt|dsn|bearer|cookie|webhook|community", re.IGNORECASE)
_WORD = r"(?:passw(?:or)?d|passphrase|passcode|requirepass|pwd|secret|token|credential|(?:api|access|private|account|signing|encryption)[-_. ]?key)"
# Below such a name the names themselves may be secrets: `api_tokens: {hunter2: ci}`.
_HOLDER = re.compile(rf"{_WORD}|(?:^|[^a-z])pass(?:es)?(?:$|[^a-z])|(?:ssh|license|auth)[-_. ]?keys|^keys$|bearer", re.IGNORECASE)
# A field that is a secret, and not only about one (`password`, not `secretName`).
_FIELD = re.compile(rf"(?:{_WORD}|pass)s?$", re.IGNORECASE)
_SHORT = r"(?<![a-z])pass(?![a-z])"  # `smtp_pass`, never `bypass`
_TEXT = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"';&]+)"""
# `--password X`, `PGPASSWORD=X`: what stands before the secret may be shown.
_TOLD = (
    rf"(?<![\w-])--?[\w-]{{0,40}}{_WORD}[\w-]{{0,40}}[=\s]\s{{0,9}}|(?:{_WORD}|{_SHORT})[\w-]{{0,40}}="
    rf"|{_WORD}\s(?:to|is|was)\s(?=[^\s]{{6}})(?=[^\s]{{0,99}}\d)|\b(?:identified\sby|pass(?:word|wd)):?\s(?=[\"'])"
)
_PREFIX = (
    r"(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent)-|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|whsec_|shp(?:at|ss|ca|pa)_"
    r"|sq0[a-z]{3}-|dop_v1_|lin_api_|gl(?:sa|c)_|dckr_pat_|rubygems_|nrak-|pmak-|atatt|hv[sbr]\.|ya29\.|age-secret-key-|eyj|gocspx-|figd_|ccipat_"
    r"|bkua_|sq[pu]_|pscale_(?:tkn|pw)_|sbp_|dp\.[pcs]t\.|sntry[su]_|nvapi-)"
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of secrets. A text that holds it has one of its `marks` (in small letters), and one of `beside` where there are any."""

    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    beside: tuple[str, ...] = ()

    def may_be_in(self, small: str) -> bool:
        """Whether it is worth looking in a text in small letters."""
        return any(mark in small for mark in self.marks) and (not self.beside or any(mark in small for mark in self.beside))


def _form(marks: str, pattern: str, beside: tuple[str, ...] = ()) -> Form:
    return Form(tuple(marks.split()), re.compile(pattern, re.IGNORECASE | re.DOTALL), beside)


# An address with a login; a name alone may be a token, unless it is that of ssh.
_LOGIN = r"://(?:[^\s:/@]{0,200}:(?!\d{1,5}(?:[/?#\s]|$))[^\s@]{1,200}|(?<!ssh://)[^\s/@:?#]{1,400})@"
_HAS_LOGIN = re.compile(_LOGIN, re.DOTALL)
_FORMS = (
    _form(
        "pass pwd secret token credential key identified",
        rf"(?P<before>{_TOLD}){_TEXT}",
        ("=", "--", " -", "\n-", "to ", "is ", "was ", '"', "'", "by "),
    ),
    _form("-u --user", rf"(?P<before>(?<!\S)(?:-u|--user)[=\s](?=[^\s:]{{1,99}}:)){_TEXT}", (" -u", "\n-u", "--user")),
    _form(
        "mysql mariadb sshpass mongo redis-cli ldap",
        rf"(?P<before>\b(?:mysql\w*|mariadb|sshpass|mongo\w*|redis-cli|ldap\w+)\s(?:[^\n]{{0,200}}?\s)?-[apw]\s?){_TEXT}",
        ("-a", "-p", "-w"),
    ),
    _form(
        "token= sig= signature= key= password= secret= x-amz- x-goog-",
        r"(?:[?&;]|(?<!\S))(?:access_token|token|sig|signature|api_?key|key|password|secret|x-(?:amz|goog)-[a-z-]{1,40})=[^&\s]+",
    ),
    _form(
        "basic bearer authorization",
        r"\b(?:basic|bearer)\s{1,9}(?=[^\s]{0,200}(?:[0-9=]|(?-i:[a-z][A-Z])))[\w.~+/-]{8,}=*|authorization[\"']?\s?[:=]\s?[\"']?\w+\s\S+",
    ),
    _form("-----begin", r"-----BEGIN.*"),
    _form("/hooks/ /private- events.pagerduty", r"/hooks/\w{20,}|/private-[0-9a-f]{16,}|events\.pagerduty\.com/integration/\S+"),
    _form(
        "hooks. webhook hc-ping",
        r"(?:hooks\.(?:slack|zapier)\.com|discord(?:app)?\.com/api/webhooks|webhook\.office\.com|outlook\.office\.com/webhook|hc-ping\.com)/\S+",
    ),
    _form("$", r"\$(?:1|2[abxy]?|5|6|7|y|apr1|argon2\w{0,3}|scrypt|pbkdf2[\w-]{0,20})\$\S{8,}|\$ANSIBLE_VAULT;\S+"),
    _form("{s {md5 {crypt enc[ vault:v", r"\{(?:s?sha|s?md5|crypt)\w{0,5}\}\S{8,}|\bENC\[\S+|\bvault:v\d{1,4}:\S+"),
    _form(
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glptt- glft- glimt- glsoat- glagent- xox xapp- k_live_ k_test_ whsec_ shpat_"
        " shpss_ shpca_ shppa_ sq0 dop_v1 lin_api glsa_ glc_ dckr_ rubygems_ nrak- pmak- atatt hvs. hvb. hvr. ya29. age-secret-key- eyj gocspx- figd_"
        " ccipat_ bkua_ sqp_ squ_ pscale_ sbp_ dp. sntry nvapi-",
        rf"\b{_PREFIX}[\w.+/=-]{{8,}}",
    ),
    _form(
        "sk- sg. npm_ hf_ dapi aiza pypi-age",
        r"\b(?:sk-[\w-]{20,}|sg\.[\w-]{16,}\.\S+|(?:npm|hf)_[a-z0-9]{30,}|dapi[0-9a-f]{32}|aiza[\w-]{35}|pypi-age[\w-]{16,})",
    ),
    _form("akia asia abia acca :aa key-", r"\ba(?:kia|sia|bia|cca)[a-z0-9]{12,}|(?<!\d)\d{8,10}:aa[\w-]{30,}|\bkey-[0-9a-f]{32}\b"),
    _form("://", _LOGIN, ("@",)),
)
# `password hunter2`, `"--token", "X"`, `secret: X`: only where the whole text may be hidden, for it is also plain English.
_SPOKEN = re.compile(rf"(?:{_WORD}|{_SHORT})[\w-]{{0,40}}[\"']?(?:[\s=:,>]\s{{0,9}}[\"']?\S|\])", re.IGNORECASE)
_SAID = re.compile(rf"(?:{_WORD}|{_SHORT})s?[\"']?(?:\s{{0,9}}[=:]\s{{0,9}}|\s{{1,9}})({_TEXT})", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_LETTERS = re.compile(r"[A-Za-z0-9]{9,}")
_PLAIN_RUN = re.compile(r"[A-Za-z0-9]{20,}")
_DIGEST = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)


def names_secret(key: str) -> bool:
    """Whether what stands under the key sounds like a secret."""
    return bool(_NAME.search(key))


@lru_cache(maxsize=65536)
def holds_secrets(name: str) -> bool:
    """Whether even the names of what stands below may be secrets."""
    return bool(_HOLDER.search(name))


@lru_cache(maxsize=65536)
def is_secret_field(name: str) -> bool:
    """Whether the name is that of a secret, and not only of something about one."""
    return bool(_FIELD.search(name))


@lru_cache(maxsize=4096)
def masked(text: str) -> str:
    """A text of people with MASK for every secret of a known form in it."""
    small = f" {text.lower()}"
    for form in _FORMS:
        if form.may_be_in(small):
            text = form.pattern.sub(_mask, text)
    return text


def _mask(found: re.Match[str]) -> str:
    return f"{found.groupdict().get('before') or ''}{MASK}"


def marks_in(text: str) -> list[str]:
    """Marks of known forms that are in the text; nothing where it holds none of the forms, for little."""
    small = f" {text.lower()}"
    marks = [mark for form in _FORMS if form.may_be_in(small) for mark in form.marks if mark in small]
    return marks if _HAS_LOGIN.search(small) else [mark for mark in marks if mark != "://"]


def has_form(text: str) -> bool:
    """Whether a secret of a known form is in the text."""
    small = f" {text.lower()}"
    return any(form.may_be_in(small) and form.pattern.search(text) for form in _FORMS)


def is_secret(text: str) -> bool:
    """Whether the text is or holds what looks like a secret: a known form, a word such as `password` before something, random letters."""
    return bool(has_form(text) or _SPOKEN.search(text)) or any(map(_is_random, _RUN.findall(text)))


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
