"""Who watches a running Airflow in the tests: a StatsD server, a visitor without a login, and one with it."""

from collections import defaultdict
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from threading import Thread

from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def statsd():
    """A real datagram socket, as Airflow's settings for it and what came so far: name -> [(kind, number)]."""
    told = defaultdict(list)
    with socket(AF_INET, SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def listen():
            while (datagram := server.recv(65_535)) != b"stop":
                for line in datagram.decode().splitlines():
                    name, _, rest = line.partition(":")
                    number, kind = rest.split("|")[:2]
                    told[name].append((kind, float(number)))

        listener = Thread(target=listen)
        listener.start()
        port = server.getsockname()[1]
        variables = {"STATSD_ON": "True", "STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(port)}
        try:
            yield {f"AIRFLOW__METRICS__{name}": value for name, value in variables.items()}, told
        finally:
            server.sendto(b"stop", server.getsockname())
            listener.join()


def answers(running, pages):
    """Status and text of each page for nobody, and for somebody whose browser holds the cookie of a login."""
    token = running.ask("/auth/token", method="POST", body={"username": "admin", "password": running.password})["access_token"]
    visitors = {"nobody": {}, "admin": {"Cookie": f"_token={token}"}}
    return {(page, who): _answer(running.port, page, headers) for page in pages for who, headers in visitors.items()}


def _answer(port, page, headers):
    asked = HTTPConnection("127.0.0.1", port, timeout=60)
    asked.request("GET", page, headers=headers)
    answer = asked.getresponse()
    return answer.status, answer.read().decode()


def framed(running, route):
    """The heading of the page that Airflow's own UI shows in a frame at this route, after a login by hand; None where there is no Chromium."""
    if not CHROMIUM.exists():
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(90_000)
        page.goto(running.url)
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", running.password)
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/auth/login" not in url)
        page.goto(f"{running.url}/plugin/{route}")
        heading = page.frame_locator("iframe").locator("h1").inner_text()
        browser.close()
        return heading
