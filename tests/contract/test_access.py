"""Default deny: every route says who may call it, and means it."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule as UrlRule

from mall.application import create_app
from mall.approvals.kinds import APPROVAL_KINDS
from mall.catalog.costs import COST_PERMISSION
from mall.config import Config
from mall.kernel.http.access import PERMISSIONS, SELF, Rule, rule_of
from tests.support.http import Http, error_code
from tests.support.staff import make_staff
from tests.support.users import make_shopper

# What anybody may call: login, the catalogue, and what a load balancer asks.
PUBLIC = {
    "users.log_in",
    "users.list_regions",
    "staff_admin.log_in",
    "catalog.brands",
    "catalog.categories",
    "catalog.product",
    "catalog.products",
    "catalog.search",
    "catalog.suggestions",
    *("leaderboards.list_leaderboards", "leaderboards.read_leaderboard"),
    "leaderboards.list_periods",
    *("lotteries.list_lotteries", "lotteries.read_lottery"),
    *("lotteries.list_winners", "lotteries.list_proofs"),
    "team_lotteries.read_lottery_of_activity",
    *("review_lots.list_campaigns", "review_lots.read_campaign", "review_lots.list_entries"),
    "review_lots.list_winners",
    *("packets.list_campaigns", "packets.read_campaign"),
    *("races.list_races", "races.read_race"),
    *("pets.list_seasons", "pets.read_season"),
    "review_rewards.list_offers",
    *("reviews.tags", "ratings.reviews", "ratings.rating", "ratings.review"),
    "catalog.popular_words",
    "catalog.wxacode",
    "promotions.list_running",
    "coupons.list_claimable",
    *("buyer_show.list_columns", "buyer_show.list_entries", "buyer_show.read_entry"),
    *("questions.list_questions", "questions.read_question", "questions.list_answers"),
    "flashsale.list_sessions",
    "flashsale.read_session",
    *("groupbuy_pages.read_product", "groupbuy_pages.list_activities", "groupbuy_pages.read_code"),
    "flash_purchases.purchase",  # by pass: the gate reads it
    "flash_purchases.ticket",  # by pass, or by login
    "stock.read_availability",
    "uploads.show",
    "health.healthz",
    "health.readyz",
    "health.metrics",
    "swagger_ui.show",
    "api-docs.openapi_json",
    "static",
    *("console.static", "console_login.show", "console_login.log_in"),
}

# What single fields need, of routes with a permission of their own (`test_costs.py`).
OF_FIELDS = {COST_PERMISSION}


def routes(app: Flask) -> list[tuple[UrlRule, Rule]]:
    """Every route with its rule."""
    found = [(route, rule_of(app, route.endpoint)) for route in app.url_map.iter_rules()]
    unruled = sorted(route.rule for route, rule in found if rule is None)
    assert unruled == [], "no access rule"
    return [(route, rule) for route, rule in found if rule is not None]


def test_every_route_declares_a_rule_that_fits_its_address(migrated_app: Flask) -> None:
    for route, rule in routes(migrated_app):
        if rule.kind == "public":
            assert route.endpoint in PUBLIC, route.rule
        elif route.rule.startswith("/admin/api/v1/"):
            assert rule.kind == "staff", route.rule
        elif route.rule.startswith("/callbacks/wechat/"):
            assert rule.kind == "wechat", route.rule
        elif route.rule.startswith("/console"):
            assert rule.kind == "console", route.rule
        else:
            assert route.rule.startswith("/api/v1/"), route.rule
            assert rule.kind == "shopper", route.rule


def test_the_list_of_public_routes_is_up_to_date(migrated_app: Flask) -> None:
    assert {rt.endpoint for rt, rule in routes(migrated_app) if rule.kind == "public"} == PUBLIC


def test_permissions_are_those_of_the_catalogue(migrated_app: Flask) -> None:
    used = {rule.permission for _, rule in routes(migrated_app) if rule.kind == "staff"} - {SELF}
    deciding = {kind.permission for kind in APPROVAL_KINDS.items(migrated_app).values()}
    assert used | deciding | OF_FIELDS == set(PERMISSIONS.items(migrated_app))


def test_shoppers_never_need_patch(migrated_app: Flask) -> None:
    """wx.request can't send it."""
    for route, _ in routes(migrated_app):
        if route.rule.startswith("/api/"):
            assert (route.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"}


def test_a_view_without_a_rule_is_refused(config: Config) -> None:
    app = create_app(config)
    app.add_url_rule("/naked", view_func=lambda: "hello")
    answer = Http(app).get("/naked")
    assert (answer.status_code, error_code(answer)) == (403, "no_access_rule")


def address(route: UrlRule) -> str:
    """An address that the route takes, of a thing that nobody has."""
    built = route.rule
    for argument in route.arguments:
        converter = route._converters[argument]
        value = "999999999" if type(converter).__name__ != "PathConverter" else "x"
        for prefix in ("", "int:", "id:", "string:", "path:"):
            built = built.replace(f"<{prefix}{argument}>", value)
    assert "<" not in built, built
    return built


@pytest.mark.parametrize("who", ["nobody", "shopper", "staff"])
def test_the_wrong_person_is_turned_away_everywhere(app: Flask, http: Http, who: str) -> None:
    """Nobody gets past the rules of shoppers and staff; each gets past neither of the other's."""
    caller = http
    if who == "shopper":
        caller = http.as_(make_shopper()[1])
    elif who == "staff":
        caller = http.as_(make_staff())
    for route, rule in routes(app):
        if rule.kind not in ("shopper", "staff") or rule.kind == who:
            continue
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = caller.call(method, address(route), body={} if method != "GET" else None)
            assert answer.status_code == 401, f"{method} {route.rule}"
            assert error_code(answer) == "not_authenticated"


def test_staff_without_a_permission_are_turned_away_everywhere(app: Flask, http: Http) -> None:
    for route, rule in routes(app):
        if rule.kind != "staff" or rule.permission == SELF:
            continue
        enough = (rule.permission, rule.or_permission)
        others = [name for name in PERMISSIONS.items() if name not in enough]
        clerk = http.as_(make_staff(*others))
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = clerk.call(method, address(route), body={} if method != "GET" else None)
            assert answer.status_code == 403, f"{method} {route.rule}"
            assert error_code(answer) == "not_permitted"
