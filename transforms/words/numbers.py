"""Numbers as people read them: thousands marked, one thing and several things, large ones short."""

LARGE = 100_000  # from here on a number is rounded where there is little room

_SIZES = ((10**9, "G"), (10**6, "M"), (10**3, "k"))


def count(number: float) -> str:
    """A number with thousands marked; a half stays a half."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """The number and its noun or clause: 1 minute, 2 minutes; `many` where it is more than an s behind `one`."""
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"


def and_more(number: int, noun: str) -> str:
    """What is said behind one thing that stands for several: ` and 2 more services`; nothing where it stands for itself."""
    return f" and {counted(number, f'more {noun}')}" if number > 0 else ""


def times(number: object) -> str:
    """How often, where it is a number."""
    return f"{number} times" if isinstance(number, int) else "several times"


def rounded(number: int) -> str:
    """A whole number below a hundred thousand, else one decimal and k, M or G; never rounded up."""
    size, letter = _size(number)
    return f"{number // (size // 10) / 10:,.1f}{letter}" if number >= LARGE else count(number)


def compact(number: int) -> str:
    """A round number of an axis, short."""
    size, letter = _size(number)
    return f"{number // size:,}{letter}" if letter else str(number)


def _size(number: int) -> tuple[int, str]:
    return next(((size, letter) for size, letter in _SIZES if number >= size), (1, ""))
