"""What a record is: a class whose fields say what they mean, and what is known of its kind everywhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform

PART, OWN = "part", "own"  # a vendor's identity of somebody who took part, or of the one whose record it is

R = TypeVar("R", bound="Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What holds for every value of a field; `check` reads its suites off these. A warning unless critical."""

    among: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # words that mean one of `among`; with them, letters may be small or capital
    otherwise: str = ""  # what follows for a row with another word, as a clause
    at_least: float | None = None
    at_most: float | None = None
    most_characters: int | None = None
    not_before: str | None = None  # another field of the record
    known_in: str | None = None  # a table of the same source whose native_id it is
    is_critical: bool = False

    def knows(self, word: str) -> bool:
        """Whether it is one of the words."""
        return word in self.among or (bool(self.also) and word.strip().casefold() in {*self.among, *self.also})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is known of a kind of record.

    `table`: where it goes; `name`: of one. `grain`: what one row is. `at`: the field that says when it happened, `until`: when
    it ended (None: it has no single instant). `stakes`: 1 to 5 in the view `signals`, None where it is not counted there.
    `named_in`: the list of a service of soundings.toml that holds its scope, None where it may belong to none.
    `is_numerous`: nobody reads all of its rows at once. `called`: what other tools call one. `example`: a native_id as a
    person would write it.
    """

    table: str
    name: str
    grain: str
    at: str | None = None
    until: str | None = None
    stakes: int | None = None
    named_in: Literal["repositories", "deploys", "pages"] | None = None
    is_numerous: bool = False
    called: tuple[str, ...] = ()
    example: str | None = None


ID_CHARACTERS = 500  # a longer identity does not fit the index of PostgreSQL
IDENTITY = Expect(most_characters=ID_CHARACTERS, is_critical=True)


def told(doc: str, *, expect: Expect | None = None, person: str | None = None, example: str | None = None, **default: Any) -> Any:
    """A field: what it means, what holds of its values, whose identity it is (PART, OWN), how one is written; and its default."""
    return field(metadata={"doc": doc, "expect": expect, "person": person, "example": example}, **default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record has. A field without a value is None: the vendor did not say. Times are aware instants, a tuple is a list.

    `left_out`: fields of the vendor that could not be taken though the record could, each with where and why. No column: it
    is told of a whole pull.
    """

    about: ClassVar[Kind]

    native_id: str = told("The vendor's identity, unique within the source.", expect=IDENTITY)
    scope: str | None = told("The vendor's own name for the service.", default=None)
    url: str | None = told("Where a person can look at it.", default=None)
    changed_at_source: datetime | None = told("When the vendor says it last changed.", default=None)  # noqa: RUF009 - a field
    raw: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    left_out: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    @property
    def files(self) -> tuple[str, ...]:
        """The files it touched; none for what is no change of files."""
        return ()


_kinds: dict[str, type[Record]] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(told, field))
def record(table: str, name: str, **known: Any) -> Callable[[type[R]], type[R]]:
    """A class whose fields are `told`, as the records of a table; `known` is what Kind says beside. Its docstring's first sentence is the grain."""

    def made(kind: type[R]) -> type[R]:
        whole = dataclass(frozen=True, slots=True, kw_only=True)(kind)
        first = (kind.__doc__ or "").split(". ")[0].removesuffix(".")
        whole.about = Kind(**{"until": known.get("at"), "table": table, "name": name, "grain": first[:1].lower() + first[1:], **known})
        _kinds[table] = whole
        return whole

    return made


def kinds() -> dict[str, type[Record]]:
    """Every class made so far by its table, in the order they were made in."""
    return dict(_kinds)


def people_of(kind: type[Record]) -> dict[str, str]:
    """The fields that hold a person's identity, each with PART or OWN."""
    return {one.name: whose for one in fields(kind) if (whose := one.metadata.get("person"))}
