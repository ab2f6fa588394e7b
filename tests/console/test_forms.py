"""What a form may bring: whatever it is, it is read or refused, and never a fault of ours."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.console.test_doors import doors
from tests.support.console import ORIGIN, Browser
from tests.support.staff import make_staff

HOSTILE = (
    {"lines.².quantity": "1"},
    {"lines.0.": "1", "lines..quantity": "1", ".0.quantity": "1", "lines.0": "1"},
    {"lines.999.line_id": "1", "lines.1000.line_id": "1"},
    {"lines.0.lines.0.line_id": "1"},
    {"note.0.note": "x", "value.0.x": "1"},
    {"note": "a\0b"},
    {"note\0": "x"},
    {"value": "9" * 400, "version": "9" * 400},
    {"value": "９", "version": "-1"},
    {"note": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
    {"tracking_no": "<script>alert(1)</script>", "carrier_code": "{{7*7}}"},
    {"form_token": "x" * 100_000},
)


def send(app: Flask, browser: Browser, form: dict[str, str]) -> None:
    """To every route that takes one, but for the end of the session."""
    for method, address, _ in doors(app):
        if method == "GET" or address.endswith("/session/end"):
            continue
        answer = browser.post(address, form)
        assert answer.status_code in (200, 400, 404, 409, 422), (address, form)
        assert answer.mimetype == "text/html"
        assert b"<script>alert" not in answer.get_data()


@pytest.mark.parametrize("form", HOSTILE, ids=lambda form: next(iter(form))[:20])
def test_a_form_that_means_ill(app: Flask, form: dict[str, str]) -> None:
    send(app, Browser(app, make_staff("*")), form)


def test_a_form_that_is_too_long(app: Flask) -> None:
    browser = Browser(app, make_staff("*"))
    browser.get("/console")
    for method, address, _ in doors(app):
        if method == "POST":
            answer = browser.post(address, {"note": "x" * 11_000_000})
            assert answer.status_code == 413, address


NAMES = st.sampled_from(
    ("note", "value", "version", "carrier_code", "tracking_no", "lines.0.line_id", "template_id")
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(form=st.dictionaries(NAMES | st.text(max_size=20), st.text(max_size=40), max_size=6))
def test_any_form(app: Flask, form: dict[str, str]) -> None:
    browser = Browser(app, make_staff("*"))
    browser.get("/console")
    for address in ("/console/orders/900719925/ship", "/console/settings/orders.unpaid_close_min"):
        assert browser.post(address, form).status_code < 500, form


def test_a_multipart_form_is_one(app: Flask) -> None:
    browser = Browser(app, make_staff("*"))
    browser.get("/console")
    with app.test_client() as client:
        client.set_cookie("mall_staff", browser.cookie or "")
        answer = client.post(
            "/console/orders/900719925/note",
            data={"note": "x", "form_token": browser.form_token},
            content_type="multipart/form-data",
            headers={"Origin": ORIGIN},
        )
    assert answer.status_code == 404  # taken, and there is no such order
