"""What can go wrong outside, named by what the caller can do about it. Messages never carry a secret, a header or a query string."""


class Refused(Exception):
    """The other side said no and will say no again (401, 403, 404, a bad path): a person has to change something. Do not retry."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """Keep the HTTP status where there was one."""
        super().__init__(message)
        self.status = status


class Busy(Exception):
    """The other side cannot answer now (429, 5xx, network, deadline): the same request is worth making later."""

    def __init__(self, message: str, *, wait_seconds: float | None = None) -> None:
        """Keep how long the vendor asked us to stay away, where it said so."""
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Garbled(Busy):
    """An answer came and is not what the vendor documents (cut, HTML, an error inside a 200, a page that leads back to itself)."""


class TooMany(Refused):
    """The vendor does not list that far (an offset cap): ask for a smaller window (`connectors.paging.windowed`)."""
