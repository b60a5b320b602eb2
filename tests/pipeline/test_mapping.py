from datetime import UTC, datetime

import pytest

from pipeline.configuration import ServiceTable
from pipeline.mapping import service_of
from signals.records import Commit, ConfigChange, Deploy, Page

AT = datetime(2026, 6, 1, tzinfo=UTC)
SERVICES = {
    "cart": ServiceTable(repositories=("acme/Shop",), paths=("cart/", "*.cart.yaml")),
    "pay": ServiceTable(repositories=("acme/shop",), paths=("acme/shop:pay", "acme/infra:pay"), deploys=("pay-prod",), pages=("P1",)),
    "shop": ServiceTable(repositories=("acme/shop",)),
    "infra": ServiceTable(repositories=("acme/infra",)),
}
LOOK_UP = service_of(SERVICES)


def commit(scope, *paths):
    return Commit(native_id="c", scope=scope, repo="r", sha="1", author="ada", committed_at=AT, paths=paths)


def change(scope, target):
    return ConfigChange(native_id="c", scope=scope, system="git", target=target, applied_at=AT)


@pytest.mark.parametrize(
    ("record", "service"),
    [
        (commit("ACME/shop", "cart/a.py"), "cart"),
        (commit("acme/shop", "pay/a.py", "pay/b.py", "cart/c.py"), "pay"),
        (commit("acme/shop", "deep/x.cart.yaml"), "cart"),
        (commit("acme/shop", "README"), "shop"),
        (commit("acme/shop"), "shop"),
        (commit("acme/shop", "payments/a.py"), "shop"),
        (commit("acme/infra", "pay/a.tf"), "pay"),
        (commit("acme/infra", "cart/a.tf"), "infra"),
        (commit("acme/infra", "other/a.tf"), "infra"),
        (commit("acme/other", "cart/a.py"), "acme/other"),
        (change("acme/shop", "pay/values.yaml#replicas"), "pay"),
        (Deploy(native_id="d", scope="PAY-prod", environment="production", version="1", started_at=AT), "pay"),
        (Deploy(native_id="d", scope="Cart", environment="production", version="1", started_at=AT), "cart"),
        (Page(native_id="p", scope="p1", title="x", triggered_at=AT), "pay"),
        (Page(native_id="p", scope="pay-prod", title="x", triggered_at=AT), "pay"),
        (Page(native_id="p", scope="P2", title="x", triggered_at=AT), "P2"),
        (Page(native_id="p", title="x", triggered_at=AT), None),
    ],
)
def test_a_record_belongs_to_the_service_its_name_and_paths_mean(record, service):
    assert LOOK_UP(record) == service
