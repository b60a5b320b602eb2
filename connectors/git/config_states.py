"""The states of files of settings, as one `git cat-file` tells them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from subprocess import Popen

from connectors.git.config_secrets import may_hold_secrets, secrets_of
from connectors.git.config_tree import Documents
from connectors.git.config_values import reader_of, values_of
from connectors.git.process import CHUNK, pipe
from connectors.git.recent import Recent

LARGEST = 1 << 20  # bytes; a file beyond this is compared as a whole
LONGEST_WORD = 100
MOST_KEPT = 24 << 20  # characters of files
AT_ONCE = 100  # questions, few enough to fit into a pipe
LINK, SUBMODULE = "120000", "160000"
_ODD = frozenset({LINK, SUBMODULE})
_POINTER = "version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file, as `git log --raw` names it."""

    mode: str
    blob: str
    path: str

    @property
    def is_there(self) -> bool:
        """False for the side of an addition or deletion that is not."""
        return bool(self.blob.strip("0"))

    @property
    def whole(self) -> str | None:
        """What stands for the content, without looking at it."""
        return f"{self.mode if self.mode in _ODD else 'blob'} {self.blob}" if self.is_there else None


@dataclass(frozen=True)
class State:
    """What stands in a version of a file: `whole` is the same for the same content; `text` is None where there is none to be read."""

    path: str
    whole: str | None
    text: str | None = None

    @cached_property
    def documents(self) -> Documents | None:
        """What can be compared key by key; None where the file is one value as a whole."""
        return values_of(self.path, self.text) if self.text is not None else None

    @cached_property
    def secrets(self) -> frozenset[str]:
        """What stands in it where secrets stand."""
        if not self.text or not may_hold_secrets(self.path, self.text):
            return frozenset()
        return secrets_of(self.path, self.documents, self.text)


States = Mapping[Version, State | None]


class Reader:
    """Reads versions, each of those seen lately once."""

    def __init__(self, process: "Popen[bytes]") -> None:
        """Take a `git cat-file --batch` that nobody else talks to."""
        self._process = process
        self._kept: Recent[Version, State] = Recent(MOST_KEPT, lambda _, state: len(state.text or "") + 1000)

    def states(self, versions: Iterable[Version]) -> States:
        """The state of each version; None where the repository lacks its content."""
        found: dict[Version, State | None] = {}
        asked: dict[Version, None] = {}
        for version in versions:
            if (state := self._known(version)) is not None:
                found[version] = state
            else:
                asked[version] = None
        waiting = list(asked)
        for start in range(0, len(waiting), AT_ONCE):
            found.update(self._read(waiting[start : start + AT_ONCE]))
        return found

    def _known(self, version: Version) -> State | None:
        if not version.is_there:
            return State(version.path, None, "")
        if version.mode == SUBMODULE:
            return State(version.path, version.whole)
        return self._kept[version]

    def _read(self, versions: list[Version]) -> Iterator[tuple[Version, State | None]]:
        asking, answering = pipe(self._process.stdin), pipe(self._process.stdout)
        asking.write("".join(f"{version.blob}\n" for version in versions).encode())
        asking.flush()
        for version in versions:
            header = answering.readline().split()
            if len(header) < 3:
                yield version, None
                continue
            left = int(header[2])
            content = answering.read(left) if left <= LARGEST else None
            while content is None and left:
                left -= len(answering.read(min(left, CHUNK)))
            answering.read(1)
            yield version, self._kept.keep(version, _state(version, content))


def _state(version: Version, content: bytes | None) -> State:
    """Links, pointers to large files, what is too large or binary: one value as a whole."""
    text = None if content is None or version.mode == LINK else _text(content)
    if text is None or text.startswith(_POINTER):
        return State(version.path, version.whole)
    is_word = len(text) <= LONGEST_WORD and reader_of(version.path) is None
    return State(version.path, text.strip() if is_word else version.whole, text)


def _text(content: bytes) -> str | None:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = content.decode(encoding, "backslashreplace")
    return None if "\0" in text else text
