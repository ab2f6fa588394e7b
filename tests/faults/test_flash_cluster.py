"""A sale on a Redis Cluster: three masters, each item where its hash tag says; one master is
killed in the middle of it, and its replica goes on after the gate was loaded anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.application import create_app
from mall.config import Config
from mall.flashsale.gate import figures, gate_client
from mall.flashsale.reconciliation.reconciling import differences
from mall.kernel.db import db
from mall.kernel.redis import RedisError
from tests.conftest import empty
from tests.faults.mall_process import WAYS, serving
from tests.support.flash_load import Attempt, attempt_all, crowd, flash_worker
from tests.support.flash_orders import Sale, end_all_sales, open_sale, sold, tickets
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer
from tests.support.parallel import free_port
from tests.support.redis_cluster import Cluster
from tests.support.waiting import eventually

ITEMS, STOCK = 9, 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One for all tests; what a test kills, the next one finds alive again."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def cluster_environment(
    own_environment: dict[str, str], own_app: Flask, cluster: Cluster
) -> dict[str, str]:
    return {
        **own_environment,
        "MALL_FLASH_REDIS_URL": cluster.url,
        "MALL_FLASH_SHOPPER_PER_10S": "0",
        "MALL_FLASH_ADDRESS_PER_10S": "0",
    }


@pytest.fixture(scope="module")
def cluster_app(cluster_environment: dict[str, str]) -> Flask:
    app = create_app(Config.from_env(cluster_environment))
    empty(app)
    return app


@pytest.fixture
def sale_app(cluster_app: Flask, cluster: Cluster) -> Iterator[Flask]:
    """The app on an empty database and an empty cluster; at the end every invariant holds, and
    the workers, who live on, have nothing to do."""
    cluster.heal()
    empty(cluster_app)
    cluster.empty()
    with cluster_app.app_context():
        yield cluster_app
        db.session.remove()
        check_invariants()
        end_all_sales()
        db.session.remove()


@pytest.fixture(scope="module", params=WAYS)
def tier(
    request: pytest.FixtureRequest,
    cluster_app: Flask,
    cluster_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A web and a flash worker: where they answer."""
    logs = tmp_path_factory.mktemp("tier")
    with (
        flash_worker(cluster_environment, logs / "worker.log"),
        serving(cluster_environment, free_port(), logs / "web.log", request.param) as web,
    ):
        yield web.url


@pytest.fixture
def mall(tier: str, sale_app: Flask) -> str:
    """Where the mall answers, once it has found every master again."""
    sale, buyers = open_sale(1, items=ITEMS), crowd(1)
    for item_id in sale.item_ids:
        eventually(lambda item=item_id: "ticket" in press_once(tier, sale, item, buyers, "first"))  # type: ignore[misc]
    eventually(lambda: all(sold(item_id) == 1 for item_id in sale.item_ids) and at_rest())
    return tier


def press_once(url: str, sale: Sale, item_id: int, buyers: list[Buyer], key: str) -> Counter[str]:
    """Everybody attempts one item once: how often each answer came, tickets as one."""
    attempts: list[Attempt] = [(buyer, 1, f"{key}-{item_id}-{buyer.user_id}") for buyer in buyers]
    told = attempt_all(url, sale.session_id, item_id, attempts, connections=4)
    return Counter("ticket" if one.status == 202 else one.said for one in told)


def at_rest() -> bool:
    """Gate and PostgreSQL say the same; not while a node is away."""
    try:
        return not differences()
    except RedisError:
        return False


def ordered(sale: Sale) -> list[int]:
    return [sold(item_id) for item_id in sale.item_ids]


def test_a_sale_over_three_masters_one_of_which_dies(
    mall: str, sale_app: Flask, cluster: Cluster
) -> None:
    sale, buyers = open_sale(STOCK, items=ITEMS, limit=5), crowd(10)
    homes = {where.item_id: cluster.home_of(where.shard(0).gate) for where in sale.wheres}
    assert len({node.port for node in homes.values()}) == 3, "items of every master"
    for item_id in sale.item_ids:
        assert press_once(mall, sale, item_id, buyers, "before") == {"ticket": 10}
    eventually(lambda: ordered(sale) == [10] * ITEMS and at_rest())

    doomed = homes[sale.item_id]
    cluster.kill(doomed)
    there = [item_id for item_id in sale.item_ids if homes[item_id] is not doomed]
    for item_id in there:
        said = press_once(mall, sale, item_id, buyers, "meanwhile")
        assert said["ticket"] + said["gate_closed"] == 10, said
    eventually(lambda: press_once(mall, sale, sale.item_id, buyers[:1], "again")["ticket"] == 1)
    for item_id in sale.item_ids:
        eventually(lambda item=item_id: _sold_out(mall, sale, item, buyers))  # type: ignore[misc]
    eventually(lambda: ordered(sale) == [STOCK] * ITEMS)
    eventually(at_rest)
    for where in sale.wheres:
        [part] = figures(where)
        assert part is not None
        assert (part.left, part.queued, part.state) == (0, 0, "open")
        assert gate_client().xlen(where.shard(0).stream) == 0
    ends = {status for item in sale.item_ids for status, _ in tickets(item).values()}
    assert ends == {"ordered"}
    most = db.session.scalar(text("SELECT max(units) FROM flash_shoppers"))
    assert most is not None
    assert most <= 5


_rounds = iter(range(1_000_000))


def _sold_out(url: str, sale: Sale, item_id: int, buyers: list[Buyer]) -> bool:
    said = press_once(url, sale, item_id, buyers, f"rest-{next(_rounds)}")
    return said["sold_out"] > 0 and said["gate_closed"] == 0


def test_a_master_without_a_replica_stops_its_own_items_only(
    mall: str, sale_app: Flask, cluster: Cluster
) -> None:
    """Its items are closed until it is back, with what its file has; the others sell on."""
    sale, buyers = open_sale(STOCK, items=ITEMS, limit=5), crowd(10)
    homes = {where.item_id: cluster.home_of(where.shard(0).gate) for where in sale.wheres}
    alone = homes[sale.item_id]
    for replica in cluster.replicas_of(alone):
        cluster.kill(replica)
    closed = [item_id for item_id in sale.item_ids if homes[item_id] is alone]
    there = [item_id for item_id in sale.item_ids if homes[item_id] is not alone]
    for item_id in sale.item_ids:
        assert press_once(mall, sale, item_id, buyers, "before") == {"ticket": 10}
    cluster.kill(alone)
    for item_id in there:
        assert press_once(mall, sale, item_id, buyers[:5], "meanwhile") == {"ticket": 5}
    assert press_once(mall, sale, closed[0], buyers[:3], "meanwhile") == {"gate_closed": 3}
    eventually(lambda: all(sold(item_id) == 15 for item_id in there))
    cluster.start_again(alone)
    for item_id in sale.item_ids:
        eventually(lambda item=item_id: _sold_out(mall, sale, item, buyers))  # type: ignore[misc]
    eventually(lambda: ordered(sale) == [STOCK] * ITEMS)
    eventually(at_rest)


def test_the_same_scripts_with_a_limit_over_the_session_and_split_items(
    mall: str, sale_app: Flask, cluster: Cluster
) -> None:
    """Keys of one script share a tag: of the session, or of the part."""
    buyers = crowd(12)
    limited = open_sale(STOCK, items=3, limit=2, session_limit=2)
    split = open_sale(STOCK, splits=4, limit=2)
    said = [press_once(mall, limited, item, buyers[:3], "limited") for item in limited.item_ids]
    assert said == [{"ticket": 3}, {"ticket": 3}, {"limit_reached": 3}]
    assert press_once(mall, split, split.item_id, buyers, "split") == {"ticket": 12}
    eventually(lambda: ordered(limited) == [3, 3, 0] and ordered(split) == [12])
    eventually(at_rest)
