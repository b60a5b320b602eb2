"""Who wrote a commit: a person's address, or a program."""

from functools import lru_cache

from signals.automation import is_program


@lru_cache(maxsize=4096)
def author_of(author: str) -> tuple[str | None, bool]:
    r"""The identity behind `name\nmail` (the address in lower case, else the name) and whether it is a program."""
    name, _, mail = author.partition("\n")
    address = mail.rpartition("<")[2].strip(" <>\t").lower()  # some addresses stand in two pairs of brackets, or behind the name once more
    return address or name.strip() or None, is_program(name, address)
