"""Many orders shipped by one sheet, over HTTP and by the command."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from mall.kernel.db import db, transaction
from mall.orders.addresses import KeptAddress
from mall.orders.holding import HOLD_REASONS, HoldReason, hold, release
from mall.orders.models import Order, OrderLine
from mall.users.addressing import AddressSnapshot
from tests.support.cli import mall
from tests.support.features import installed
from tests.support.freight import make_point, order_to_collect
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.orders import check_orders, make_buyer
from tests.support.races import execute
from tests.support.shipping import TestOrder, make_paid_order, place_test_order
from tests.support.staff import make_staff

SHEET = "/admin/api/v1/shipments/sheet"
HEADER = ("订单号", "快递公司", "运单号")
NAMED = (*HEADER, "SKU编号", "数量")

Upload = Callable[..., TestResponse]


@pytest.fixture
def upload(app: Flask, http: Http) -> Upload:
    token = make_staff("order:ship")

    def send(content: bytes, name: str = "parcels.csv", **form: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        data = {"file": (io.BytesIO(content), name), **form}
        with app.app_context(), app.test_client() as client:
            return client.post(SHEET, data=data, headers=headers)

    return send


def csv(*rows: Sequence[object], header: Sequence[str] = HEADER) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in (header, *rows)).encode("gb18030")


def outcome(answer: TestResponse) -> list[tuple[int, str, str]]:
    assert answer.status_code == 200, answer.get_json()
    return [(r["line"], r["state"], r["reason"]) for r in answer.get_json()["results"]]


def states(answer: TestResponse) -> list[str]:
    return [state for _, state, _ in outcome(answer)]


def status_of(order: TestOrder) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(Order.status).where(Order.id == order.id)))


def skus_of(order: TestOrder) -> list[str]:
    by_line = dict(
        db.session.execute(
            select(OrderLine.id, OrderLine.sku_code).where(OrderLine.order_id == order.id)
        ).all()
    )
    return [by_line[line_id] for line_id in order.line_ids]


def parcels() -> list[tuple[str, str, int]]:
    """(order number, tracking number, units) of every parcel."""
    db.session.rollback()
    rows = db.session.execute(
        text("""
            SELECT o.order_no, s.tracking_no, sum(l.quantity)::int FROM shipments s
            JOIN orders o ON o.id = s.order_id JOIN shipment_lines l ON l.shipment_id = s.id
            GROUP BY s.id, o.order_no, s.tracking_no ORDER BY s.id
        """)
    )
    return [tuple(row) for row in rows]


def test_good_rows_go_in_and_bad_ones_are_named(upload: Upload) -> None:
    by_code, by_name = make_paid_order(2, 1), make_paid_order(1)
    unpaid = place_test_order(1)
    collected, _ = order_to_collect(make_buyer(), make_point())
    sheet = csv(
        (by_code.order_no, "zto", "A0001"),
        ("2" * 20, "ZTO", "A0002"),
        (unpaid.order_no, "ZTO", "A0003"),
        (collected, "ZTO", "A0004"),
        (by_name.order_no, "顺丰速运", "'SF0005"),
        (make_paid_order(1).order_no, "没有这家", "A0006"),
        (make_paid_order(1).order_no, "ZTO", "7.73E+13"),
        (make_paid_order(1).order_no, "ZTO", "A0008", "多了"),
    )
    dry = upload(sheet, dry_run="true")
    assert parcels() == []
    answer = upload(sheet)
    assert (
        outcome(answer)
        == outcome(dry)
        == [
            (2, "shipped", ""),
            (3, "refused", "订单不存在"),
            (4, "refused", "订单尚未付款"),
            (5, "refused", "该订单为到店自提，请凭提货码核销"),
            (6, "shipped", ""),
            (7, "refused", "没有该快递公司，请从快递公司列表中选择"),
            (8, "refused", outcome(answer)[6][2]),
            (9, "refused", "单元格比列多，这一行可能错位"),
        ]
    )
    assert "文本格式" in outcome(answer)[6][2]
    assert {key: answer.get_json()[key] for key in ("rows", "shipped", "already", "refused")} == {
        "rows": 8,
        "shipped": 2,
        "already": 0,
        "refused": 6,
    }
    assert parcels() == [(by_code.order_no, "A0001", 3), (by_name.order_no, "SF0005", 1)]
    check_orders()


def test_the_same_sheet_again_changes_nothing(upload: Upload) -> None:
    order, parted = make_paid_order(1), make_paid_order(2)
    (sku,) = skus_of(parted)
    rows = [
        (order.order_no, "ZTO", "A0001", "", ""),
        (order.order_no, "ZTO", "A0001", "", ""),
        (parted.order_no, "ZTO", "B0001", sku, 1),
        (parted.order_no, "ZTO", "B0002", sku, 1),
    ]
    sheet = csv(*rows, header=NAMED)
    assert states(upload(sheet)) == ["shipped"] * 4
    before = parcels()
    assert states(upload(sheet)) == ["already"] * 4
    assert parcels() == before
    assert db.session.scalar(text("SELECT count(*) FROM audit_entries")) == 3
    other = csv((order.order_no, "ZTO", "A0009", "", ""), header=NAMED)
    assert "其他运单号" in outcome(upload(other))[0][2]
    fewer = csv((parted.order_no, "ZTO", "B0001", sku, 2), header=NAMED)
    assert "商品或数量不同" in outcome(upload(fewer))[0][2]


def test_an_order_in_several_parcels_says_what_is_in_each(upload: Upload) -> None:
    order = make_paid_order(3, 1)
    pillow, sheet = skus_of(order)
    no = order.order_no
    for rows, reason in (
        ([(no, "ZTO", "A0001", "", ""), (no, "ZTO", "A0002", "", "")], "有多个运单号"),
        ([(no, "ZTO", "A0001", pillow, 1), (no, "ZTO", "A0001", "", "")], "每一行都须填写"),
        ([(no, "ZTO", "A0001", pillow, 1), (no, "ZTO", "A0001", pillow, 1)], "合并为一行"),
        ([(no, "ZTO", "A0001", pillow, 4), (no, "ZTO", "A0002", sheet, 1)], "可发数量不足"),
        ([(no, "ZTO", "A0001", "X", 1), (no, "ZTO", "A0002", sheet, 1)], "可发数量不足"),
        ([(no, "ZTO", "A0001", pillow, "")], "须一起填写"),
        ([(no, "ZTO", "A0001", pillow, "1.5")], "整数"),
        ([(no, "ZTO", "A0001", pillow, 1), (no, "??", "A0002", sheet, 1)], "没有该快递公司"),
    ):
        answer = upload(csv(*rows, header=NAMED))
        assert set(states(answer)) == {"refused"}, rows
        assert reason in outcome(answer)[0][2], rows
    assert parcels() == [], "all parcels of an order go in, or none"
    good = upload(
        csv(
            (no, "ZTO", "A0001", pillow, 2),
            (no, "SF", "SF0002", pillow, 1),
            (no, "SF", "SF0002", sheet, 1),
            header=NAMED,
        )
    )
    assert states(good) == ["shipped"] * 3
    assert parcels() == [(no, "A0001", 2), (no, "SF0002", 2)]
    assert status_of(order) == "shipped"
    check_invariants()


def test_a_bad_row_keeps_its_order_back_and_no_other(upload: Upload) -> None:
    order, other = make_paid_order(2), make_paid_order(1)
    (sku,) = skus_of(order)
    answer = upload(
        csv(
            (order.order_no, "ZTO", "A0001", sku, 1),
            (order.order_no, "ZTO", "x", sku, 1),
            (other.order_no, "ZTO", "A0003", "", ""),
            header=NAMED,
        )
    )
    assert states(answer) == ["refused", "refused", "shipped"]
    assert outcome(answer)[0][2] == "同一订单的第 3 行有误"
    assert parcels() == [(other.order_no, "A0003", 1)]


def test_one_number_for_several_orders_of_one_receiver(upload: Upload) -> None:
    first, second = make_paid_order(1), make_paid_order(1)
    together = csv((first.order_no, "ZTO", "A0001"), (second.order_no, "ZTO", "A0001"))
    stranger = make_paid_order(1)
    db.session.execute(
        text("UPDATE orders SET address_sealed = :sealed WHERE id = :id"),
        {"sealed": another_address(), "id": stranger.id},
    )
    db.session.commit()
    mixed = csv((first.order_no, "ZTO", "A0001"), (stranger.order_no, "ZTO", "A0001"))
    assert outcome(upload(mixed)) == [
        (2, "refused", "同一运单号用在了不同收件人的订单上"),
        (3, "refused", "同一运单号用在了不同收件人的订单上"),
    ]
    assert states(upload(together)) == ["shipped"] * 2


def another_address() -> bytes:
    return KeptAddress.of(
        AddressSnapshot("李四", "13900000000", "330106", "浙江省 杭州市 西湖区", "别处 2 号")
    ).sealed


def test_an_order_on_hold_waits(upload: Upload) -> None:
    order, reason = make_paid_order(1), HoldReason("team", "待成团")
    sheet = csv((order.order_no, "ZTO", "A0001"))
    with installed(lambda mall: mall.add(HOLD_REASONS, reason)):
        with transaction() as session:
            assert hold(session, order.id, reason)
        assert outcome(upload(sheet)) == [(2, "refused", "订单暂缓发货：待成团")]
        with transaction() as session:
            assert release(session, order.order_no, reason)
    assert states(upload(sheet)) == ["shipped"]


def test_an_order_that_somebody_holds_too_long_stops_no_other(upload: Upload) -> None:
    held, other = make_paid_order(1), make_paid_order(1)
    execute(
        "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE lock_not_available; END $$",
        "CREATE TRIGGER held BEFORE INSERT ON shipments FOR EACH ROW "
        "WHEN (NEW.tracking_no = 'A0001') EXECUTE FUNCTION held()",
    )
    try:
        answer = upload(csv((held.order_no, "ZTO", "A0001"), (other.order_no, "ZTO", "A0002")))
    finally:
        execute("DROP TRIGGER held ON shipments", "DROP FUNCTION held()")
    assert outcome(answer) == [(2, "refused", "订单正在被修改，请重新上传"), (3, "shipped", "")]


def test_excel_and_files_that_are_none(upload: Upload, http: Http) -> None:
    order = make_paid_order(1)
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(HEADER)
    page.append([order.order_no, "中通快递", 773400012345678])
    page.append([float(order.order_no), "中通快递", "A0001"])
    content = io.BytesIO()
    book.save(content)
    answer = upload(content.getvalue(), "发货.xlsx")
    assert states(answer) == ["shipped", "refused"]
    assert "文本格式" in outcome(answer)[1][2], "Excel has dropped digits of the number"
    assert parcels() == [(order.order_no, "773400012345678", 1)]

    assert error_code(upload(csv(header=HEADER[:2]))) == "sheet_unreadable"
    assert error_code(upload(b"x", "parcels.pdf")) == "sheet_unreadable"
    many = csv(*[(order.order_no, "ZTO", "A0001")] * 5001)
    assert error_code(upload(many)) == "sheet_unreadable"
    assert http.as_(make_staff("order:read")).post(SHEET).status_code == 403


def test_the_command(app: Flask, tmp_path: Path) -> None:
    order = make_paid_order(1)
    file = tmp_path / "parcels.csv"
    file.write_bytes(csv((order.order_no, "ZTO", "A0001"), ("2" * 20, "ZTO", "A0002")))
    dry = mall(app, "shipping", "import", file, "--dry-run")
    assert (dry.exit_code, parcels()) == (1, [])
    assert "1 shipped, 0 there already" in dry.output
    done = mall(app, "shipping", "import", file)
    assert done.exit_code == 1
    assert f"line 3, {'2' * 20}: 订单不存在" in done.output
    file.write_bytes(csv((order.order_no, "ZTO", "A0001")))
    again = mall(app, "shipping", "import", file)
    assert (again.exit_code, len(parcels())) == (0, 1)
    assert "0 shipped, 1 there already" in again.output
    file.write_bytes(b"a,b\n1,2\n")
    assert mall(app, "shipping", "import", file).exit_code == 2


def test_what_was_refunded_isnt_sent(upload: Upload, http: Http) -> None:
    order: Any = make_paid_order(2)
    db.session.execute(
        text("UPDATE order_lines SET refunded_quantity = 1 WHERE order_id = :id"), {"id": order.id}
    )
    db.session.commit()
    assert states(upload(csv((order.order_no, "ZTO", "A0001")))) == ["shipped"]
    assert parcels() == [(order.order_no, "A0001", 1)]
