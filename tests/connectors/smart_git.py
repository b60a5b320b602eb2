"""Repositories of a folder behind git's own http server, as a vendor has them."""

import os
import subprocess
from pathlib import Path

from demo.vendors.server import App, Request, Response


def smart(folder: Path) -> App:
    """`http://…/NAME` is the repository NAME in the folder."""

    def app(request: Request) -> Response:
        path, _, query = request.target.partition("?")
        asked = {"REQUEST_METHOD": request.method, "PATH_INFO": path, "QUERY_STRING": query}
        asked |= {"CONTENT_TYPE": request.headers.get("content-type", ""), "GIT_PROTOCOL": request.headers.get("git-protocol", "")}
        env = {**os.environ, **asked, "GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1"}
        told = subprocess.run(["git", "http-backend"], env=env, input=request.body, capture_output=True, check=True).stdout  # noqa: S607 (ours)
        head, _, body = told.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        return Response(int(headers.pop("Status", "200 OK")[:3]), body=body, headers=headers)

    return app
