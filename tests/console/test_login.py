"""Logging in to the console and out of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from mall.application import create_app
from mall.config import Config
from mall.staff.admins import create_admin
from tests.support.console import COOKIE, ORIGIN, Browser, text_of

OWN = {"Origin": ORIGIN}


@pytest.fixture
def password(app: Flask) -> str:
    """Of the administrator `owner`."""
    made = create_admin("owner")
    assert made is not None
    return made


def log_in(app: Flask, password: str, onward: str = "/console/orders") -> Browser:
    browser = Browser(app)
    form = {"username": "owner", "password": password, "next": onward}
    answer = browser.call("POST", "/console/session", form=form, headers=OWN)
    assert answer.status_code == 303, text_of(answer)
    browser.cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    return browser


def test_in_and_out(app: Flask, password: str) -> None:
    browser = log_in(app, password)
    assert browser.get("/console/orders").status_code == 200
    answer = browser.post("/console/session/end", {})
    assert (answer.status_code, answer.location) == (303, "/console/login")
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"]
    assert browser.get("/console/orders").status_code == 303  # the server forgot it, too


def test_a_wrong_password_keeps_what_was_typed(app: Flask, password: str) -> None:
    form = {"username": "owner", "password": f"{password}x", "next": "/console/orders"}
    answer = Browser(app).call("POST", "/console/session", form=form, headers=OWN)
    assert answer.status_code == 401
    assert "用户名或密码错误" in text_of(answer)
    assert 'value="owner"' in answer.get_data(as_text=True)
    assert 'value="/console/orders"' in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


def test_the_way_back_is_kept(app: Flask) -> None:
    answer = Browser(app).get("/console/orders?status=paid")
    assert answer.location == "/console/login?next=%2Fconsole%2Forders%3Fstatus%3Dpaid"
    page = Browser(app).get(answer.location).get_data(as_text=True)
    assert 'value="/console/orders?status=paid"' in page


def test_htmx_is_sent_to_the_login(app: Flask) -> None:
    answer = Browser(app).get("/console/orders", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/console/login")


@pytest.mark.parametrize(
    "onward",
    [
        *("https://evil.example/console", "//evil.example/console", "/\\evil.example/console"),
        *("/console/../admin", "/consoles", "javascript:alert(1)", "/api/v1/orders", "console"),
        "\t//evil.example/console",
    ],
)
def test_nobody_is_led_elsewhere(app: Flask, password: str, onward: str) -> None:
    form = {"username": "owner", "password": password, "next": onward}
    answer = Browser(app).call("POST", "/console/session", form=form, headers=OWN)
    assert (answer.status_code, answer.location) == (303, "/console")


def test_a_login_from_another_site_is_refused(app: Flask, password: str) -> None:
    form = {"username": "owner", "password": password}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = Browser(app).call("POST", "/console/session", form=form, headers=headers)
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers


def test_a_form_with_a_field_too_many(app: Flask) -> None:
    form = {"username": "owner", "password": "x", "role": "admin"}
    answer = Browser(app).call("POST", "/console/session", form=form, headers=OWN)
    assert answer.status_code == 422
    assert "validation_failed" in answer.get_data(as_text=True)


def test_the_cookie_of_a_shop_with_https(app: Flask, config: Config, password: str) -> None:
    shop = create_app(replace(config, public_base_url="https://mall.example"))
    form = {"username": "owner", "password": password}
    answer = Browser(shop).call("POST", "/console/session", form=form, headers=OWN)
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-mall_staff=")
    assert set(attributes) == {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"}


def test_the_cookie_of_a_laptop(app: Flask, password: str) -> None:
    form = {"username": "owner", "password": password}
    answer = Browser(app).call("POST", "/console/session", form=form, headers=OWN)
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=")
    assert set(attributes) == {"HttpOnly", "SameSite=Strict", "Path=/"}
