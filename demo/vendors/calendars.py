"""A made-up calendar server: iCalendar texts by name, each of which may be replaced while it runs."""

from base64 import b64encode
from collections.abc import Mapping

from demo.vendors.server import Request, Response


class Calendars:
    """Texts at their paths (`rota.ics`, `secret-key/rota.ics`), behind a login where one is set."""

    def __init__(self, texts: Mapping[str, str], *, login: tuple[str, str] | None = None) -> None:
        """Take the texts by path."""
        self.texts = dict(texts)
        self.login = login

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if self.login and request.headers.get("authorization") != "Basic " + b64encode(":".join(self.login).encode()).decode():
            return Response(401, body="Unauthorized")
        text = self.texts.get("/".join(request.segments))
        if text is None:
            return Response(404, body="Not Found")
        return Response(body=text, headers={"Content-Type": "text/calendar; charset=utf-8"})
