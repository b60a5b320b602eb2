"""What can go wrong outside, named by what the caller can do about it. Messages never carry a secret, a header or a query string."""

_REMEDIES = {
    401: "The credential is not accepted, it may have expired: set the connection anew, then run `soundings doctor`.",
    402: "The account's plan has no such part: take it out of soundings.toml, or ask for it at the vendor.",
    403: "The credential may not see this: give it the scopes named in docs/operations.md, or take this out of soundings.toml.",
    404: "It is not there, or the credential may not see it: check the name in soundings.toml, then the scopes.",
    410: "It is gone for good, or switched off at the vendor: take it out of soundings.toml, or have it switched on again.",
    451: "The vendor blocked it for legal reasons: take it out of soundings.toml; only its owner can have that changed.",
}


class Refused(Exception):
    """The other side said no and will say no again (401, 403, 404, a bad path): a person has to change something. Do not retry."""

    kind = "refused"

    def __init__(self, message: str, *, status: int | None = None, remedy: str | None = None) -> None:
        """Keep the HTTP status where there was one, and what to do where more is known than the status tells."""
        super().__init__(message)
        self.status, self.advice = status, remedy

    @property
    def remedy(self) -> str:
        """What a person can do."""
        usual = "Change what is named here, then run `soundings doctor`; the next run takes up what is left."
        return self.advice or _REMEDIES.get(self.status or 0, usual)

    def saying(self, message: str) -> "Refused":
        """The same in other words."""
        return type(self)(message, status=self.status, remedy=self.advice)


class Busy(Exception):
    """The other side cannot answer now (429, 5xx, network, deadline): the same request is worth making later."""

    kind = "busy"
    remedy = "Nothing to do yet: it is asked again by itself. Where it lasts for hours, look at the vendor's status page and the network."

    def __init__(self, message: str, *, wait_seconds: float | None = None) -> None:
        """Keep how long the vendor asked us to stay away, where it said so."""
        super().__init__(message)
        self.wait_seconds = wait_seconds

    def saying(self, message: str) -> "Busy":
        """The same in other words."""
        return type(self)(message, wait_seconds=self.wait_seconds)


class Garbled(Busy):
    """An answer came and is not what the vendor documents (cut, HTML, an error inside a 200, a page that leads back to itself)."""

    kind = "garbled"


class Rejected(Refused):
    """What was sent is not taken as it is (400, 413, 422): only this one, others may be."""


class TooHeavy(Garbled):
    """So much at once is more than the vendor can work out in its time (500, 502, 504, a time-out): ask for less (`connectors.paging.Pieces`)."""

    kind = "busy"
    remedy = f"Where it stays so while the rest can be read, take it out of soundings.toml and tell the vendor. {Busy.remedy}"


class Unreached(Busy):
    """No answer ever came from this host, not even a refusal."""

    remedy = (
        "Is the host of the connection right, and may this machine reach it? Where it worked before, wait: it is asked again by itself. "
        "Where it lasts for hours, look at the vendor's status page and the network."
    )


class TooLarge(Refused):
    """The answer is larger than any that is taken; what was asked for may have been done all the same."""


class TooMany(Refused):
    """The vendor does not list that far (an offset cap): ask for a smaller window (`connectors.paging.windowed`)."""
