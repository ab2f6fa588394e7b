"""The report to WeChat, against the simulator: told, told again, refused, lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from mall.kernel.db import db, transaction
from mall.kernel.outbound import OutboundCall
from mall.kernel.outbound_jobs import run_outbound_call, sweep_outbound_calls
from mall.orders.refunding import reserve_refund, settle_refund
from mall.shipping import commands, shipping_report
from mall.shipping.models import REPORT_CALL, ShippingReport
from mall.shipping.rules import MAX_ATTEMPTS
from mall.wechat.gateway import gateway
from tests.support.features import without
from tests.support.http import Http, error_code
from tests.support.outbound import sweep_now
from tests.support.servers import LiveServer
from tests.support.shipping import (
    TestOrder,
    make_order_paid_in_wechat,
    make_paid_order,
    shipment_in_wechat,
)
from tests.support.staff import make_staff
from tests.support.wechat import control


@pytest.fixture(autouse=True)
def _fresh_wechat(app: Flask, simulator: LiveServer) -> Iterator[None]:
    control(simulator, "/reset")
    yield
    control(simulator, "/reset")


def row_of(order: TestOrder) -> Any:
    db.session.rollback()
    return db.session.execute(
        select(
            ShippingReport.status,
            ShippingReport.version,
            ShippingReport.reported_version,
            OutboundCall.attempts,
            ShippingReport.error_code,
        )
        .join(OutboundCall, OutboundCall.key == ShippingReport.order_id)
        .where(ShippingReport.order_id == order.id, OutboundCall.kind == REPORT_CALL)
    ).one()


def send(order: TestOrder) -> None:
    """A worker makes the call that waits."""
    run_outbound_call(REPORT_CALL, order.id)


def test_one_parcel_is_a_unified_shipment(simulator: LiveServer, work: Callable[[], None]) -> None:
    order = make_order_paid_in_wechat(simulator, 2)
    commands.ship(order.order_no, "SF", "SF1000001")
    assert shipment_in_wechat(simulator, order.openid) is None, "told only after the commit"
    work()
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    (upload,) = known["uploads"]
    assert (upload["delivery_mode"], upload["logistics_type"]) == (1, 1)
    (parcel,) = upload["shipping_list"]
    assert (parcel["tracking_no"], parcel["express_company"]) == ("SF1000001", "SF")
    assert parcel["contact"] == {"receiver_contact": "138****5678"}
    assert parcel["item_desc"] == "枕头2×2"
    assert known["finished"]
    assert row_of(order)[:3] == ("uploaded", 1, 1)


def test_several_parcels_are_a_split_shipment(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = make_order_paid_in_wechat(simulator, 2, 1)
    commands.ship(order.order_no, "ZTO", "A0001", {order.line_ids[0]: 2})
    work()
    commands.ship(order.order_no, "YTO", "B0001")
    work()
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    first, second = known["uploads"]
    assert (first["delivery_mode"], first["is_all_delivered"]) == (2, False)
    assert [parcel["tracking_no"] for parcel in first["shipping_list"]] == ["A0001"]
    assert (second["delivery_mode"], second["is_all_delivered"]) == (2, True)
    assert [parcel["tracking_no"] for parcel in second["shipping_list"]] == ["A0001", "B0001"]
    assert "contact" not in second["shipping_list"][0]
    assert first["upload_time"] < second["upload_time"]
    assert len(first["upload_time"]) == len("2022-12-15T13:29:35.120+08:00")


def test_two_parcels_before_the_job_runs_are_told_together(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = make_order_paid_in_wechat(simulator, 2)
    commands.ship(order.order_no, "ZTO", "A0001", {order.line_ids[0]: 1})
    commands.ship(order.order_no, "ZTO", "A0002")
    work()
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    assert [len(upload["shipping_list"]) for upload in known["uploads"]] == [2]
    assert row_of(order)[:3] == ("uploaded", 2, 2)


def test_the_refunded_rest_completes_the_shipment(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = make_order_paid_in_wechat(simulator, 2)
    (line,) = order.line_ids
    commands.ship(order.order_no, "ZTO", "A0001", {line: 1})
    work()
    with transaction() as session:
        reserve_refund(session, order.order_no, [(line, 1, 9900)], 0, "staff")
        settle_refund(session, order.order_no, [(line, 1, 9900)], 0, in_all=[(line, 1, 9900)])
    work()
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    assert [upload["is_all_delivered"] for upload in known["uploads"]] == [False, True]


def test_a_correction_reaches_wechat(simulator: LiveServer, work: Callable[[], None]) -> None:
    order = make_order_paid_in_wechat(simulator, 1)
    commands.ship(order.order_no, "ZTO", "A0001")
    work()
    commands.correct(order.order_no, 1, "YTO", "B0001")
    work()
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    assert known["corrections"] == 1
    assert known["uploads"][-1]["shipping_list"][0]["tracking_no"] == "B0001"
    assert row_of(order)[:3] == ("uploaded", 2, 2)


def test_a_payment_that_wechat_doesnt_see_yet_is_tried_again(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = make_order_paid_in_wechat(simulator, 1)
    control(simulator, "/settings", shipping_unknown_s=3600)
    commands.ship(order.order_no, "ZTO", "A0001")
    work()
    assert row_of(order)._asdict() == {
        "status": "pending",
        "version": 1,
        "reported_version": 0,
        "attempts": 1,
        "error_code": "10060001",
    }
    control(simulator, "/settings", shipping_unknown_s=0)
    sweep_now()
    work()
    assert row_of(order)[:3] == ("uploaded", 1, 1)
    assert row_of(order).error_code is None


def test_a_job_that_runs_twice_tells_once(simulator: LiveServer, work: Callable[[], None]) -> None:
    order = make_order_paid_in_wechat(simulator, 1)
    commands.ship(order.order_no, "ZTO", "A0001")
    work()
    # As if the worker had died between WeChat's answer and the commit.
    db.session.execute(update(ShippingReport).values(status="pending", reported_version=0))
    db.session.execute(
        update(OutboundCall)
        .where(OutboundCall.kind == REPORT_CALL)
        .values(state="sending", due_at=func.now(), claimed_until=func.now())
    )
    db.session.commit()
    send(order)
    assert row_of(order)[:3] == ("uploaded", 1, 1)
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    assert len(known["uploads"]) == 1


def test_somebody_elses_job_at_work_is_left_alone(app: Flask) -> None:
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    db.session.execute(
        text("UPDATE outbound_calls SET claimed_until = clock_timestamp() + interval '1 minute'")
    )
    db.session.commit()
    send(order)
    assert row_of(order).attempts == 0


def test_a_change_during_the_call_is_told_next(
    simulator: LiveServer, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order_paid_in_wechat(simulator, 2)
    (line,) = order.line_ids
    commands.ship(order.order_no, "ZTO", "A0001", {line: 1})
    mini = gateway().mini
    real = mini.report_shipping

    def slow(request: Any) -> Any:
        monkeypatch.setattr(mini, "report_shipping", real)
        commands.ship(order.order_no, "ZTO", "A0002", {line: 1})
        return real(request)

    monkeypatch.setattr(mini, "report_shipping", slow)
    send(order)
    assert row_of(order)[:3] == ("pending", 2, 1)
    work()
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    assert [len(upload["shipping_list"]) for upload in known["uploads"]] == [1, 2]
    assert row_of(order)[:3] == ("uploaded", 2, 2)


def test_a_refusal_for_good_waits_for_the_staff(
    simulator: LiveServer, http: Http, work: Callable[[], None]
) -> None:
    order = make_order_paid_in_wechat(simulator, 1)
    commands.ship(order.order_no, "ZTO", "A0001")
    db.session.execute(text("UPDATE payment_attempts SET openid = 'oSomebodyElse'"))
    db.session.commit()
    work()
    assert row_of(order).status == "failed"
    staff = http.as_(make_staff("order:read", "order:ship"))
    (listed,) = staff.get("/admin/api/v1/shipping-uploads", status="failed").json["items"]
    assert (listed["order_no"], listed["error_code"]) == (order.order_no, "10060031")
    db.session.execute(
        text("UPDATE payment_attempts SET openid = :openid"), {"openid": order.openid}
    )
    db.session.commit()
    path = f"/admin/api/v1/orders/{order.order_no}/shipping-upload/retry"
    assert staff.post(path).status_code == 204
    work()
    assert row_of(order).status == "uploaded"
    assert error_code(staff.post(path)) == "upload_not_failed"
    assert staff.get("/admin/api/v1/shipping-uploads", status="failed").json["items"] == []


def test_retries_come_to_an_end(simulator: LiveServer, work: Callable[[], None]) -> None:
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    db.session.execute(text("UPDATE outbound_calls SET attempts = :n"), {"n": MAX_ATTEMPTS - 1})
    db.session.commit()
    work()
    assert row_of(order)[:1] == ("failed",)
    assert row_of(order).error_code == "10060001"


def test_a_lost_job_is_found_by_the_sweep(simulator: LiveServer, work: Callable[[], None]) -> None:
    order = make_order_paid_in_wechat(simulator, 1)
    commands.ship(order.order_no, "ZTO", "A0001")
    db.session.execute(text("DELETE FROM procrastinate_jobs"))
    db.session.commit()
    sweep_outbound_calls()
    work()
    assert row_of(order).status == "pending", "not due yet"
    sweep_now()
    work()
    assert row_of(order).status == "uploaded"


@pytest.mark.parametrize("why", ["refunded", "no_payment"])
def test_nothing_to_tell_is_void(app: Flask, work: Callable[[], None], why: str) -> None:
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    if why == "refunded":
        with transaction() as session:
            lines = [(order.line_ids[0], 1, 9900)]
            reserve_refund(session, order.order_no, lines, 0, "staff")
            settle_refund(session, order.order_no, lines, 0, in_all=lines)
    else:
        db.session.execute(text("DELETE FROM payment_attempts"))
        db.session.commit()
    work()
    assert row_of(order).status == "void"


@pytest.mark.parametrize("kind", ["http_500", "lost_reply", "http_500_accepted"])
def test_a_fault_of_wechat_delays_and_never_doubles(
    simulator: LiveServer, work: Callable[[], None], kind: str
) -> None:
    order = make_order_paid_in_wechat(simulator, 1)
    commands.ship(order.order_no, "ZTO", "A0001")
    control(simulator, "/faults", target="api", path="/wxa/sec/order/upload", kind=kind)
    work()
    assert row_of(order)[:3] == ("pending", 1, 0)
    sweep_now()
    work()
    assert row_of(order).status == "uploaded"
    known = shipment_in_wechat(simulator, order.openid)
    assert known is not None
    assert len(known["uploads"]) == 1


def test_carriers_come_from_wechat(app: Flask, http: Http, simulator: LiveServer) -> None:
    staff = http.as_(make_staff("order:read", "order:ship"))
    before = {c["code"] for c in staff.get("/admin/api/v1/carriers").json["items"]}
    assert "SF" in before
    assert "UC" not in before
    answer = staff.post("/admin/api/v1/carriers/refresh")
    assert answer.json["count"] > 5
    after = {c["code"]: c["name"] for c in staff.get("/admin/api/v1/carriers").json["items"]}
    assert after["UC"] == "优速快递"
    assert staff.post("/admin/api/v1/carriers/refresh").json == answer.json


def test_a_source_of_order_keys_is_a_must(app: Flask) -> None:
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    with without(shipping_report.ORDER_KEYS), pytest.raises(RuntimeError, match="order keys"):
        send(order)
    assert row_of(order).attempts == 0
