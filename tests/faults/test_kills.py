"""kill -9 of the web and of a worker: the next press, callback or job ends it right."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
import requests
from sqlalchemy import text

from mall.kernel.db import db
from mall.kernel.failpoints import KILLED
from mall.kernel.jobs import rescue_stalled_jobs
from tests.faults.mall_process import Web
from tests.faults.pressing import orders, wanted
from tests.support.cli import mall_process
from tests.support.inventory import Units, units
from tests.support.payments import PAY, Shop, wait_for
from tests.support.servers import LiveServer


@pytest.mark.parametrize(
    ("point", "written"),
    [
        ("orders.after_order_insert", 0),
        ("orders.before_order_commit", 0),
        ("orders.after_order_commit", 1),
    ],
)
def test_while_an_order_is_placed(
    shop: Shop, web: Callable[..., Web], point: str, written: int
) -> None:
    """The shopper sees a cut connection and presses again, with the same key."""
    body, key, token = wanted(shop), uuid.uuid4().hex, str(shop.shopper.token)
    with web(failpoint=point) as dying, pytest.raises(requests.ConnectionError):
        dying.post("/api/v1/orders", body, token, key)
    assert len(orders(shop)) == written
    assert units(shop.sku_id) == Units(20 - 2 * written, reserved=2 * written)

    again = shop.shopper.post("/api/v1/orders", body, key=key)
    assert again.status_code == 201, again.get_json()
    assert again.headers.get("Idempotent-Replay") == ("true" if written else None)
    assert orders(shop) == [again.get_json()["order_no"]]
    assert units(shop.sku_id) == Units(18, reserved=2)


@pytest.mark.parametrize(
    ("point", "status"),
    [("payments.before_payment_commit", "unpaid"), ("payments.after_payment_commit", "paid")],
)
def test_while_a_callback_is_taken(
    shop: Shop, web: Callable[..., Web], own_environment: dict[str, str], point: str, status: str
) -> None:
    """WeChat gets no answer and comes again; by then the mall is back."""
    order_no = shop.order(2)
    with web(failpoint=point):
        shop.approve(shop.start(order_no))
        wait_for(lambda: shop.callbacks(PAY)[0]["attempts"] and _is_back(shop))
    [callback] = shop.callbacks(PAY)
    assert callback["attempts"][0]["status_code"] is None, "it was answered"
    assert _stored_status(order_no) == status

    with web():
        _comes_again(shop, callback["id"])
        shop.settle_down()
    [callback] = shop.callbacks(PAY)
    assert callback["attempts"][-1]["status_code"] == 204
    assert shop.status(order_no) == "paid"
    assert units(shop.sku_id) == Units(18, sold=2)


def _is_back(shop: Shop) -> bool:
    """WeChat has given its attempt up, so it can be told to come again."""
    return bool(shop.callbacks(PAY)[0]["status"] != "in_flight")


def _comes_again(shop: Shop, callback_id: str) -> None:
    """WeChat sends it now; if a try of its own is just under way, after that one."""
    address = f"{shop.simulator.url}/_control/callbacks/{callback_id}/redeliver"
    wait_for(lambda: requests.post(address, json={}, timeout=10).status_code != 409)


def _stored_status(order_no: str) -> str:
    db.session.rollback()
    found = db.session.scalar(
        text("SELECT status FROM orders WHERE order_no = :no"), {"no": order_no}
    )
    return str(found)


def test_a_worker_whose_job_was_under_way(
    shop: Shop, live: LiveServer, own_environment: dict[str, str]
) -> None:
    """A killed worker's job goes back to the queue; WeChat is asked for one refund only."""
    order_no = shop.bought(2)
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    armed = {**own_environment, "MALL_FAILPOINT": "payments.after_refund_sent"}
    killed = mall_process(armed, "worker", "--once")
    assert killed.returncode == KILLED, killed.stderr
    assert "kernel.run_outbound_call" in _jobs("doing")

    db.session.execute(
        text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    )
    db.session.commit()
    rescue_stalled_jobs()
    shop.work()
    shop.settle_down()
    assert "kernel.run_outbound_call" not in _jobs("doing")
    for _ in range(2):
        shop.let_time_pass(5)
        shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert len(shop.heard("/refunds")["refunds"]) == 1
    assert shop.detail(order_no)["refunded_fen"] == 1234


def _jobs(status: str) -> list[str]:
    db.session.rollback()
    query = "SELECT task_name FROM procrastinate_jobs WHERE status::text = :status"
    return list(db.session.scalars(text(query), {"status": status}))
