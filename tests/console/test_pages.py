"""The other pages of the console, and what they are made of."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from flask import Flask

import mall.console
from tests.support.console import Browser, text_of
from tests.support.http import Http
from tests.support.orders import buy, make_buyer, make_goods
from tests.support.staff import make_staff

FOLDER = Path(mall.console.__file__).parent
VENDORED = FOLDER / "static" / "vendor"


def test_the_trail_says_what_changed(app: Flask) -> None:
    order_no = buy(make_buyer(), {make_goods(): 1})
    token = make_staff("order:write", "audit:read", username="clerk")
    for note in ("first", "<i>second</i>"):
        Http(app, token).put(f"/admin/api/v1/orders/{order_no}/note", {"note": note})
    browser = Browser(app, token)
    page = browser.get("/console/trail").get_data(as_text=True)
    assert "<del>first</del> → <ins>&lt;i&gt;second&lt;/i&gt;</ins>" in page
    assert "clerk" in page
    found = text_of(browser.get(f"/console/trail?action=order.note&target_id={order_no}&limit=1"))
    assert found.count("order.note") == 1
    assert "没有符合条件的记录" in text_of(browser.get("/console/trail?action=order.open"))


def test_what_needs_somebody(app: Flask) -> None:
    browser = Browser(app, make_staff("system:read"))
    assert "/console/attention" in browser.get("/console").get_data(as_text=True)
    assert "没有需要处理的事项" in text_of(browser.get("/console/attention"))
    assert "/console/attention" not in Browser(app, make_staff("order:read")).get(
        "/console"
    ).get_data(as_text=True)


def test_an_address_that_isn_t_there(app: Flask) -> None:
    answer = Browser(app).get("/console/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "not_found" in text_of(answer)
    answer = Browser(app).call("PUT", "/console")
    assert (answer.status_code, answer.mimetype) == (405, "text/html")
    assert "GET" in answer.headers["Allow"]


def test_nothing_stands_in_a_page_that_the_policy_forbids() -> None:
    for template in FOLDER.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|\|\s*safe", text)


def test_scripts_of_others_are_as_they_came() -> None:
    said = dict(
        re.findall(r"`([\w.]+\.js)` .*`([0-9a-f]{64})`", (VENDORED / "VENDOR.md").read_text())
    )
    files = {one.name: hashlib.sha256(one.read_bytes()) for one in VENDORED.glob("*.js")}
    assert said == {name: digest.hexdigest() for name, digest in files.items()}
