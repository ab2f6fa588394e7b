"""Every page and button of the console: who is let in, and what is refused as forged."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.kernel.http.access import PERMISSIONS, SELF, Rule, rule_of
from tests.support.console import ORIGIN, Browser
from tests.support.http import Http, error_code
from tests.support.staff import make_staff

OWN = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Idempotency-Key": "0123456789abcdef"}


def doors(app: Flask) -> list[tuple[str, str, Rule]]:
    """Method, an address of something that isn't there, and the rule of each route with one."""
    found = []
    for route in app.url_map.iter_rules():
        rule = rule_of(app, route.endpoint)
        if rule is None or rule.kind != "console":
            continue
        address = route.rule
        for argument in route.arguments:
            for converter in ("", "id:", "string:"):
                address = address.replace(f"<{converter}{argument}>", "900719925")
        methods = sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
        found += [(method, address, rule) for method in methods]
    return found


def test_who_is_let_in(app: Flask) -> None:
    """With the permission, without it, not logged in, and with a key of the API alone."""
    everybody = Browser(app, make_staff("*"))
    for method, address, rule in doors(app):
        others = sorted(set(PERMISSIONS.items(app)) - {rule.permission, rule.or_permission})
        stranger = Browser(app, make_staff(*others))
        for browser, is_in in ((everybody, True), (stranger, rule.permission == SELF)):
            browser.get("/console")
            sent = {**OWN, "X-Form-Token": browser.form_token or ""}
            answer = browser.call(method, address, headers=sent)
            assert (answer.status_code == 403) is not is_in, (method, address)
            if method == "POST" and address.endswith("/session/end"):
                everybody = Browser(app, make_staff("*"))
        for nobody, headers in (
            (Browser(app), {}),
            (Browser(app, "x" * 43), {}),
            (Browser(app), {"Authorization": f"Bearer {make_staff('*')}"}),
        ):
            answer = nobody.call(method, address, headers={**OWN, **headers})
            assert answer.status_code == 303, (method, address)
            assert answer.location.startswith("/console/login"), (method, address)


FORGED: dict[str, dict[str, str]] = {
    "no token": {"X-Form-Token": ""},
    "another session's token": {"X-Form-Token": "0" * 64},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another subdomain": {"Sec-Fetch-Site": "same-site"},
    "another origin": {"Origin": "http://localhost.evil.example"},
    "an origin that is hidden": {"Origin": "null"},
    "a browser that says nothing": {"Origin": "", "Sec-Fetch-Site": ""},
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_form_changes_nothing(app: Flask, how: str) -> None:
    browser = Browser(app, make_staff("*"))
    browser.get("/console")
    for method, address, _ in doors(app):
        if method == "GET":
            continue
        sent = {**OWN, "X-Form-Token": browser.form_token or "", **FORGED[how]}
        answer = browser.call(
            method, address, headers={name: value for name, value in sent.items() if value}
        )
        assert answer.status_code == 403, (method, address)
        assert "form_not_trusted" in answer.get_data(as_text=True), (method, address)
    assert browser.get("/console").status_code == 200  # and nobody was logged out


def test_the_cookie_opens_no_route_of_the_api(app: Flask) -> None:
    browser = Browser(app, make_staff("*"))
    answer = browser.call("GET", "/admin/api/v1/me")
    assert (answer.status_code, error_code(answer)) == (401, "not_authenticated")
    assert Http(app, browser.cookie).get("/admin/api/v1/me").status_code == 200


def test_every_page_has_the_headers(app: Flask) -> None:
    browser = Browser(app, make_staff("*"))
    pages = [address for method, address, _ in doors(app) if method == "GET"]
    for address in (*pages, "/console/login", "/console/nothing-there"):
        headers = browser.get(address).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], address
        assert "unsafe" not in headers["Content-Security-Policy"], address
        assert headers["Cache-Control"] == "no-store", address
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert headers["Referrer-Policy"] == "same-origin", address
        assert headers["Vary"] == "HX-Request", address


def test_the_menu_shows_what_one_may_open(app: Flask) -> None:
    menu = Browser(app, make_staff("order:read")).get("/console").get_data(as_text=True)
    assert "订单" in menu
    assert "操作日志" not in menu
