"""The console by clicks and keys, at both widths, for four roles."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from mall.kernel.db import transaction
from mall.shipping.queries import shipments_of_order
from mall.staff.admins import create_admin
from mall.staff.queries import AuditFilter, audit_entries
from tests.console.browsing import NARROW, WIDE, visit
from tests.support.invariants import check_invariants
from tests.support.orders import buy, make_buyer, make_goods, order_of, pay, write_payment
from tests.support.staff import make_staff

ROLES = {
    "owner": ("*",),
    "clerk": ("order:read", "order:write", "order:ship"),
    "reader": ("order:read",),
    "auditor": ("audit:read", "system:read"),
}


@pytest.fixture
def order_no(app: Flask) -> str:
    """A paid order of two lines."""
    found = buy(make_buyer(), {make_goods(price_fen=1234): 2, make_goods(price_fen=500): 1})
    pay(found)
    write_payment(found)
    return found


def pages(order_no: str) -> dict[str, str | None]:
    """Every page, and the permission that opens it."""
    return {
        "/console": None,
        "/console/orders": "order:read",
        "/console/orders?status=closed": "order:read",
        f"/console/orders/{order_no}": "order:read",
        "/console/settings": "settings:read",
        "/console/trail": "audit:read",
        "/console/login": None,
    }


@pytest.mark.parametrize("role", ROLES)
def test_each_page_for_each_role(chromium: Browser, url: str, order_no: str, role: str) -> None:
    held = set(ROLES[role])
    with visit(chromium, url, make_staff(*held)) as window:
        for path, permission in pages(order_no).items():
            heading = window.open(path).get_by_role("heading", level=1).inner_text()
            is_open = permission is None or bool(held & {permission, "*"})
            assert (heading != "出错了") is is_open, path


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_each_page(
    chromium: Browser, url: str, order_no: str, size: tuple[int, int]
) -> None:
    with visit(chromium, url, make_staff("*"), size) as window:
        for path in (*pages(order_no), "/console/nothing"):
            window.open(path)
            window.check()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_an_order_is_sent_in_two_parcels(
    chromium: Browser, url: str, order_no: str, size: tuple[int, int]
) -> None:
    password = create_admin("owner")
    assert password is not None
    with visit(chromium, url, size=size) as window:
        page = window.open("/console/orders")
        page.get_by_label("用户名").fill("owner")
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()
        page.get_by_role("link", name="待发货").click()
        page.get_by_role("link", name=order_no).click()

        page.get_by_role("button", name="查看完整信息").click()
        expect(page.get_by_text("13812345678")).to_be_visible()
        page.get_by_label("员工备注").fill("{{7*7}} <script>alert(1)</script>")
        page.get_by_role("button", name="保存备注").click()
        expect(page.get_by_role("status")).to_have_text("备注已保存")
        expect(page.get_by_label("员工备注")).to_have_value("{{7*7}} <script>alert(1)</script>")

        page.get_by_role("button", name="发货", exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        window.check()
        dialog.get_by_label("快递公司").select_option("SF")
        dialog.get_by_label("运单号").fill("!!!!")
        dialog.get_by_label("待发 2").fill("1")
        dialog.get_by_role("button", name="确认发货").click()
        expect(dialog.get_by_role("alert")).to_contain_text("运单号")
        expect(dialog.get_by_label("待发 2")).to_have_value("1")  # what was typed stays
        window.check()
        dialog.get_by_label("运单号").fill("SF0001")
        dialog.get_by_role("button", name="确认发货").click()
        expect(page.get_by_role("status")).to_have_text("已发货，运单号 SF0001")
        expect(dialog).to_be_hidden()

        page.get_by_role("button", name="发货", exact=True).click()
        dialog.get_by_label("快递公司").select_option("SF")
        dialog.get_by_label("运单号").fill("SF0002")
        dialog.get_by_role("button", name="确认发货").click()
        expect(page.get_by_role("status")).to_have_text("已发货，运单号 SF0002")
        expect(page.get_by_role("button", name="发货", exact=True)).to_have_count(0)
        page.get_by_role("button", name="退出").click()
        expect(page.get_by_label("密码")).to_be_visible()

    with transaction() as session:
        parcels = shipments_of_order(session, order_no)
        done = [one.action for one in audit_entries(session, AuditFilter(), None, 100).items]
    assert [(one.tracking_no, sum(line.quantity for line in one.lines)) for one in parcels] == [
        *[("SF0001", 2), ("SF0002", 1)]
    ]
    assert order_of(order_no).status == "shipped"
    assert {"staff.login", "order.open", "order.note", "order.ship"} <= set(done)
    check_invariants()


def test_a_setting_is_changed(chromium: Browser, url: str) -> None:
    with visit(chromium, url, make_staff("*"), NARROW) as window:
        page = window.open("/console/settings")
        page.get_by_role("button", name="修改：未支付订单自动关闭").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        window.check()
        dialog.get_by_label("新值").fill("45")
        dialog.get_by_role("button", name="保存").click()
        expect(page.get_by_role("status")).to_contain_text("已生效：未支付订单自动关闭")
        expect(dialog).to_be_hidden()
        expect(page.get_by_role("cell", name="45 分钟")).to_be_visible()
        page.get_by_role("button", name="修改：未支付订单自动关闭").click()
        dialog.get_by_role("button", name="恢复默认").click()
        expect(page.get_by_role("status")).to_contain_text("已恢复默认")


def test_the_keyboard_alone(chromium: Browser, url: str, order_no: str) -> None:
    with visit(chromium, url, make_staff("*")) as window:
        page = window.open("/console")
        page.keyboard.press("g")
        page.keyboard.press("o")
        expect(page.get_by_role("heading", name="订单", exact=True)).to_be_visible()
        page.wait_for_load_state()  # else the keys come before the script that hears them
        page.keyboard.press("/")
        page.keyboard.type(order_no)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"order_no={order_no}"))
        expect(page.get_by_role("link", name=order_no)).to_be_visible()
        page.get_by_role("heading", level=1).click()  # out of the field
        page.keyboard.press("?")
        keys = page.get_by_role("dialog")
        expect(keys).to_be_visible()
        window.check()
        page.keyboard.press("Escape")
        expect(keys).to_be_hidden()


def test_a_session_that_is_over_leads_to_the_login(
    chromium: Browser, url: str, order_no: str
) -> None:
    with visit(chromium, url, make_staff("*")) as window:
        page = window.open(f"/console/orders/{order_no}")
        page.context.clear_cookies()
        page.get_by_role("button", name="保存备注").click()
        expect(page.get_by_label("密码")).to_be_visible()
