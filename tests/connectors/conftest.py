"""A made-up GitHub with one repository, for the files that do not make their own."""

import pytest

from connectors.github import GITHUB
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve


@pytest.fixture
def github():
    state = State()
    state.add_repository("acme/shop")
    return GitHub(state)


@pytest.fixture
def server(github):
    with serve(github) as running:
        yield running


@pytest.fixture
def api(github, server):
    return connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, requests_per_minute=100_000, sleep=lambda _: None)
