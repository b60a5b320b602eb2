"""Records in quarantine: by cause, with a line of configuration where one helps, and whether they are most of what a source sent."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from pipeline.settings import Settings
from pipeline.toml_lines import quoted
from signals.clock import now
from warehouse.shares import files_read, set_aside, settled
from warehouse.store import Store

if TYPE_CHECKING:
    from pandas import DataFrame

    from transforms.causes import Reason
    from transforms.health import SetAside

_MOST = 5
_SEVERAL = 2


def on_record(store: Store, source: str | None = None) -> "tuple[DataFrame, DataFrame]":
    """The rows of quarantine that are set aside still, and those that were taken since or not met again; of one source or of all."""
    with store.reading() as connection:
        over = settled(connection)
    rows = store.read("quarantine", where={"source": source} if source else {})
    is_over = rows["id"].isin(over)
    return rows[~is_over], rows[is_over]


def causes(settings: Settings, store: Store, source: str | None = None) -> "tuple[list[Reason], list[Reason]]":
    """Every cause there is, the frequent first, and those of records that were taken since or not met again."""
    from transforms.causes import reasons  # noqa: PLC0415 - pandas takes seconds to import

    still, over = on_record(store, source)
    return list(reasons(still, remedies(settings, store))), list(reasons(over))


def shares(store: Store, source: str) -> "list[SetAside]":
    """What of the source's last records was set aside and still is, by table."""
    from transforms.health import SetAside  # noqa: PLC0415 - pandas takes seconds to import

    with store.reading() as connection:
        return [SetAside(**share) for share in set_aside(connection, source, now())]


def to_look_at(store: Store, sources: Iterable[str]) -> dict[str, str]:
    """The sources most of whose records were set aside, with what to do."""
    found = {source: [str(share) for share in shares(store, source) if share.is_most] for source in sources}
    return {source: f"{'; '.join(told)}. Why: soundings quarantine --source {source}" for source, told in found.items() if told}


def remedies(settings: Settings, store: Store) -> Callable[[str, str, str, Sequence[str]], str]:
    """What gives the line that leaves out files no commit ever had in readable form; nothing where a reason says itself what to run."""

    @cache
    def read(source: str) -> set[str]:
        with store.reading() as connection:
            return files_read(connection, source)

    def remedy(source: str, kind: str, reason: str, native_ids: Sequence[str]) -> str:
        line = settings.sources.get(source)
        patterns = line.options.get("config") if line else None
        if kind != "config_changes" or not patterns or "`" in reason:
            return ""
        left_out = [pattern for pattern in excluding(_paths(native_ids), read(source)) if pattern not in patterns]
        shown = ", ".join(map(quoted, left_out[:_MOST]))
        more = f" # and {len(left_out) - _MOST} more" if len(left_out) > _MOST else ""
        return f'config = ["…", {shown}]{more}' if left_out else ""

    return remedy


def _paths(native_ids: Iterable[str]) -> set[str]:
    """The files of identities such as `repo@sha:path`."""
    return {path for path in (name.partition("@")[2].partition(":")[2] for name in native_ids) if path}


def excluding(paths: Collection[str], read: Collection[str]) -> list[str]:
    """Few patterns that leave these files out, and none of those that could be `read`.

    A name of folders where files lie in several of that name, else a folder where several lie in it, else the file.
    """
    left = sorted(set(paths) - set(read))
    hitting = {pattern for path in read for folder in _around(path) for pattern in _patterns(folder)}
    anywhere = Counter(_patterns(folder)[0] for folder in {_folder(path) for path in left} if folder)
    inside = Counter(_patterns(folder)[1] for folder in map(_folder, left) if folder)
    useful = {pattern for pattern, count in (anywhere | inside).items() if count >= _SEVERAL} - hitting
    chosen = (next((pattern for pattern in _patterns(_folder(path)) if pattern in useful), f"!{path}") for path in left)
    return [pattern.replace("%23", "#").replace("%25", "%") for pattern in dict.fromkeys(chosen)]


def _patterns(folder: str) -> tuple[str, str]:
    return f"!**/{folder.rpartition('/')[2]}/**", f"!{folder}/**"


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _around(path: str) -> Iterator[str]:
    """The folder the file is in, and those around that."""
    while path := _folder(path):
        yield path
