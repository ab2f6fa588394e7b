"""A sale through kills, lost and old Redis, and PostgreSQL restarted: nobody gets one too
many, no ticket is left hanging, the gate is right again within a minute, and it sells on."""

from __future__ import annotations

import itertools
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from mall.application import create_app
from mall.config import Config
from mall.flashsale.gate import figures, gate_client
from mall.flashsale.metrics import FAULTS
from mall.flashsale.orders.worker import Worker
from mall.flashsale.reconciliation.reconciling import differences
from mall.kernel.db import db
from mall.kernel.failpoints import KILLED
from mall.kernel.redis import RedisError
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from tests.conftest import EMPTY_ALL
from tests.faults.mall_process import WAYS, Served, Web, serving
from tests.support.flash_load import Purchaser, crowd, flash_worker
from tests.support.flash_orders import Sale, attempt, held, open_sale, sold, tickets, work_through
from tests.support.flash_purchases import DEVICE, make_token
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer
from tests.support.parallel import free_port
from tests.support.waiting import eventually

WITHIN_S = 60
Process = Callable[..., AbstractContextManager[Popen[bytes]]]
Thread = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def gate_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The gate's Redis, which keeps what it has on disk."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("gate") / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def sale_environment(
    own_environment: dict[str, str], own_app: Flask, gate_server: EmbeddedRedis
) -> dict[str, str]:
    """`own_app` has made the schema."""
    return {
        **own_environment,
        "MALL_FLASH_REDIS_URL": gate_server.start(),
        "MALL_FLASH_SHOPPER_PER_10S": "0",
    }


@pytest.fixture(scope="module")
def sale_app(sale_environment: dict[str, str]) -> Flask:
    return create_app(Config.from_env(sale_environment))


@pytest.fixture
def buyers(sale_app: Flask, gate_server: EmbeddedRedis) -> Iterator[list[Buyer]]:
    """Thirty shoppers of an empty shop; at the end gate and PostgreSQL agree, and every
    invariant holds."""
    gate_server.start()
    with sale_app.app_context():
        db.session.execute(text(EMPTY_ALL))
        db.session.commit()
        gate_client().flushall()
        yield crowd(30)
        db.session.remove()
        eventually(lambda: not differences(), 5)
        check_invariants()
        db.session.remove()


@pytest.fixture
def working(sale_environment: dict[str, str], tmp_path: Path) -> Process:
    """`working(failpoint="…")`: a flash worker, in a block, killed at that point."""

    def start(**more: str) -> AbstractContextManager[Popen[bytes]]:
        variables = {f"MALL_{name.upper()}": value for name, value in more.items()}
        return flash_worker({**sale_environment, **variables}, tmp_path / "worker.log")

    return start


@pytest.fixture
def worker(sale_app: Flask) -> Thread:
    """`worker()`: one that lives, in a thread of its own, until the block ends."""

    @contextmanager
    def start() -> Iterator[None]:
        working = Worker()

        def run() -> None:
            with sale_app.app_context():
                working.run()
                db.session.remove()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            working.stopping = True
            thread.join(30)

    return start


@pytest.fixture(params=WAYS)
def web(
    request: pytest.FixtureRequest, sale_environment: dict[str, str], tmp_path: Path, port: int
) -> Iterator[str]:
    """Where a web answers that takes any number of attempts from one address."""
    own = {**sale_environment, "MALL_FLASH_ADDRESS_PER_10S": "0"}
    with serving(own, port, tmp_path / "web.log", request.param) as running:
        yield running.url


def all_end(sale: Sale, asked: list[str], *, within_s: float = WITHIN_S) -> None:
    """Every ticket has ended in PostgreSQL, and the gate says the same."""
    eventually(lambda: set(asked) <= set(tickets(sale.item_id)), within_s)
    eventually(lambda: not differences(), within_s)
    assert gate_client().xlen(sale.where.shard(0).stream) == 0


def opens_again(sale: Sale, buyer: Buyer) -> str:
    """The ticket of an attempt, as soon as the gate lets it in."""
    said: list[str] = []

    def is_in() -> bool:
        try:
            said.append(attempt(sale.where, buyer))
        except RedisError:
            return False
        return "-" in said[-1]

    eventually(is_in, WITHIN_S)
    return said[-1]


def faults_of_workers() -> float:
    """How often a worker of this process has met an outage."""
    return sum(one.value for one in next(iter(FAULTS.collect())).samples)


def orders_in_all() -> int:
    db.session.rollback()
    return int(db.session.scalar(text("SELECT count(*) FROM orders")) or 0)


# -- kill -9 -----------------------------------------------------------------------------


@pytest.mark.parametrize("served", WAYS)
def test_the_web_dies_after_it_let_an_attempt_in(
    buyers: list[Buyer],
    sale_environment: dict[str, str],
    worker: Thread,
    tmp_path: Path,
    served: Served,
) -> None:
    """The shopper has no answer, and attempts again with the same key: it is the same ticket."""
    sale, buyer = open_sale(10), buyers[0]
    config = Config.from_env(sale_environment)

    def ask(web: Web) -> requests.Response:
        with web as running:
            return requests.post(
                f"{running.url}/api/v1/flash-items/{sale.item_id}/purchases",
                json={"units": 2, "address_id": str(buyer.address_id)},
                headers={
                    "Flash-Pass": make_token(config, buyer.user_id, sale.session_id),
                    "Flash-Device": DEVICE,
                    "Idempotency-Key": "the-one-attempt",
                },
                timeout=30,
            )

    armed = {**sale_environment, "MALL_FAILPOINT": "flash.after_admission"}
    log = tmp_path / "web.log"
    with pytest.raises(requests.ConnectionError):
        ask(serving(armed, free_port(), log, served))
    again = ask(serving(sale_environment, free_port(), log, served))
    assert again.status_code == 202, again.text
    ticket = again.json()["ticket"]
    assert ticket.endswith("-1-1"), "the first that this gate has given"
    with worker():
        all_end(sale, [ticket])
    assert (sold(sale.item_id), held(sale.item_id, buyer.user_id)) == (2, 2)
    assert orders_in_all() == 1


@pytest.mark.parametrize(
    ("point", "orders"),
    [
        ("flash.before_batch_commit", 0),
        ("flash.after_batch_commit", 20),
        ("flash.after_settle", 20),
    ],
)
def test_a_worker_dies(
    buyers: list[Buyer], working: Process, worker: Thread, point: str, orders: int
) -> None:
    """Another takes over what it left behind; what was committed is known."""
    sale = open_sale(100)
    asked = [attempt(sale.where, buyer, 2) for buyer in buyers[:20]]
    with working(failpoint=point) as dying:
        assert dying.wait(WITHIN_S) == KILLED
    assert orders_in_all() == orders
    with worker():
        all_end(sale, asked)
        assert {status for status, _ in tickets(sale.item_id).values()} == {"ordered"}
        all_end(sale, [opens_again(sale, buyers[20])])
    assert sold(sale.item_id) == 41
    assert orders_in_all() == 21


def test_sigterm_ends_a_batch_first(buyers: list[Buyer], working: Process) -> None:
    sale = open_sale(1000, limit=50)
    asked = [attempt(sale.where, buyer) for buyer in buyers for _ in range(20)]
    with working() as stopped:
        eventually(lambda: bool(tickets(sale.item_id)))
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(20) == 0
    ended = len(tickets(sale.item_id))
    assert gate_client().xlen(sale.where.shard(0).stream) == len(asked) - ended
    work_through()
    all_end(sale, asked)


# -- Redis -------------------------------------------------------------------------------


def test_redis_is_emptied(buyers: list[Buyer], worker: Thread) -> None:
    """Attempts that waited are lost, and their shoppers try again; orders stand, limits too."""
    sale = open_sale(20)
    before = [attempt(sale.where, buyer, 2) for buyer in buyers[:5]]
    work_through()
    for buyer in buyers[5:8]:
        attempt(sale.where, buyer, 2)
    gate_client().flushall()
    assert attempt(sale.where, buyers[9]) == "gate_closed"
    with worker():
        first = opens_again(sale, buyers[5])
        assert attempt(sale.where, buyers[0]) == "limit_reached"
        after = [attempt(sale.where, buyer) for buyer in buyers[9:25]]
        asked = [*before, first, *(said for said in after if "-" in said)]
        all_end(sale, asked)
    assert after.count("sold_out") == 16 - 9
    assert sold(sale.item_id) == 20


def test_redis_is_restarted(
    buyers: list[Buyer], worker: Thread, gate_server: EmbeddedRedis
) -> None:
    """It has everything, as its file says, and is not trusted before it was compared."""
    sale = open_sale(20)
    asked = [attempt(sale.where, buyer, 2) for buyer in buyers[:5]]
    work_through()
    waiting = [attempt(sale.where, buyer, 2) for buyer in buyers[5:8]]
    gate_server.stop()
    gate_server.start()
    assert attempt(sale.where, buyers[9]) == "gate_closed"
    with worker():
        asked += [*waiting, opens_again(sale, buyers[9])]
        all_end(sale, asked)
    assert {status for status, _ in tickets(sale.item_id).values()} == {"ordered"}
    assert sold(sale.item_id) == 17


def test_redis_comes_back_with_an_old_copy(
    buyers: list[Buyer], worker: Thread, gate_server: EmbeddedRedis, tmp_path: Path
) -> None:
    """The copy is of before the rush: what it says was left has long been sold."""
    sale, copy = open_sale(20), tmp_path / "copy"
    early = attempt(sale.where, buyers[0], 2)
    gate_server.stop()
    shutil.copytree(gate_server.data_dir, copy, ignore=shutil.ignore_patterns("*.sock"))
    gate_server.start()
    with worker():
        asked = [early, opens_again(sale, buyers[1])]
        asked += [attempt(sale.where, buyer, 2) for buyer in buyers[2:9]]
        all_end(sale, asked)
    assert sold(sale.item_id) == 17

    gate_server.stop()
    for name in ("appendonly.aof", "appendonlydir"):
        there, kept = gate_server.data_dir / name, copy / name
        if kept.is_dir():
            shutil.rmtree(there)
            shutil.copytree(kept, there)
        elif kept.exists():
            shutil.copy2(kept, there)
    gate_server.start()
    [part] = figures(sale.where)
    assert part is not None
    assert (part.left, part.queued) == (18, 2), "the copy is old"
    assert attempt(sale.where, buyers[9]) == "gate_closed"
    with worker():
        asked.append(opens_again(sale, buyers[9]))
        late = [attempt(sale.where, buyer) for buyer in buyers[10:15]]
        all_end(sale, [*asked, *(said for said in late if "-" in said)])
    assert sold(sale.item_id) == 20
    assert late.count("sold_out") == 3
    assert attempt(sale.where, buyers[0]) == "limit_reached"


def test_redis_has_gone_while_a_batch_is_settled(
    buyers: list[Buyer], worker: Thread, gate_server: EmbeddedRedis
) -> None:
    sale = open_sale(100, limit=50)
    asked = [attempt(sale.where, buyer) for buyer in buyers for _ in range(10)]
    with worker():
        eventually(lambda: bool(tickets(sale.item_id)))
        seen = faults_of_workers()
        gate_server.stop()
        eventually(lambda: faults_of_workers() > seen)
        gate_server.start()
        all_end(sale, [said for said in asked if "-" in said])
    assert sold(sale.item_id) == 100


def test_redis_is_out_of_memory(
    buyers: list[Buyer], sale_app: Flask, web: str, worker: Thread
) -> None:
    """Nobody gets in, nothing is half written, and what was let in becomes an order."""
    sale, client = open_sale(20), gate_client()
    keys = sale_app.extensions["mall.flash_admission"].token_keys
    purchaser = Purchaser(web, sale.session_id, keys)
    first = purchaser.attempt(sale.item_id, buyers[0], 2, "before-it-was")
    assert first.status == 202
    client.config_set("maxmemory", "1")
    try:
        full = purchaser.attempt(sale.item_id, buyers[1], 2, "while-it-is")
        assert (full.status, full.said) == (503, "gate_closed")
        [part] = figures(sale.where)
        assert part is not None
        assert (part.left, part.queued) == (18, 2)
        with worker():
            eventually(lambda: first.said in tickets(sale.item_id))
    finally:
        client.config_set("maxmemory", "0")
    with worker():
        eventually(
            lambda: purchaser.attempt(sale.item_id, buyers[1], 2, "after-that").status == 202
        )
        eventually(lambda: len(tickets(sale.item_id)) == 2)
        eventually(lambda: not differences())
    purchaser.close()
    assert sold(sale.item_id) == 4


# -- PostgreSQL --------------------------------------------------------------------------


def test_postgresql_is_restarted(
    buyers: list[Buyer], worker: Thread, postgres: EmbeddedPostgres
) -> None:
    """The gate goes on letting people in; their orders are made when it is back."""
    sale = open_sale(40)
    with worker():
        before = [attempt(sale.where, buyer, 2) for buyer in buyers[:5]]
        all_end(sale, before)
        db.session.remove()
        seen = faults_of_workers()
        postgres.stop()
        meanwhile = [attempt(sale.where, buyer, 2) for buyer in buyers[5:12]]
        assert all("-" in said for said in meanwhile)
        eventually(lambda: faults_of_workers() > seen)
        postgres.start()
        db.engine.dispose()
        all_end(sale, [*before, *meanwhile])
    assert {status for status, _ in tickets(sale.item_id).values()} == {"ordered"}
    assert sold(sale.item_id) == 24


# -- everything at once ------------------------------------------------------------------


def test_a_rush_over_http_while_redis_is_emptied_and_a_worker_killed(
    buyers: list[Buyer], sale_app: Flask, web: str, working: Process, worker: Thread
) -> None:
    """Each answer is one that a phone knows, and the books are right at the end."""
    sale, many, over = open_sale(150), crowd(300), threading.Event()
    told: list[tuple[int, str]] = []
    keys = sale_app.extensions["mall.flash_admission"].token_keys

    def rush(number: int) -> None:
        purchaser = Purchaser(web, sale.session_id, keys)
        for round_ in itertools.count():
            for buyer in many[number::6]:
                if over.is_set():
                    return purchaser.close()
                one = purchaser.attempt(sale.item_id, buyer, 1, f"attempt-{round_}-{buyer.user_id}")
                told.append((one.status, one.said))
                time.sleep(0.05)

    threads = [threading.Thread(target=rush, args=(number,)) for number in range(6)]
    with working() as doomed:
        for thread in threads:
            thread.start()
        eventually(lambda: bool(tickets(sale.item_id)))
        doomed.kill()
        gate_client().flushall()
    with worker():
        eventually(lambda: sold(sale.item_id) == 150)
        over.set()
        for thread in threads:
            thread.join(WITHIN_S)
        eventually(lambda: not differences())
    known = {"sold_out", "limit_reached", "gate_closed"}
    assert {said for status, said in told if status != 202} <= known
    given = {said for status, said in told if status == 202}
    ended = tickets(sale.item_id)
    assert {ended[ticket][0] for ticket in given & set(ended)} == {"ordered"}
    epochs = {ticket.split("-")[2] for ticket in given - set(ended)}
    assert epochs <= {"1"}, "only attempts that waited when Redis was emptied are lost"
    assert sold(sale.item_id) == orders_in_all() == 150
