"""Rate limits: counted for all hosts together, by who really asks, open without Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from mall.application import create_app
from mall.config import Config, ConfigurationError
from mall.kernel.http.limits import Limiter, address
from tests.support.http import Http, error_code
from tests.support.staff import make_staff
from tests.support.users import make_shopper

LOGIN = "/admin/api/v1/sessions"
WRONG = {"username": "nobody", "password": "wrong-password"}


@pytest.fixture
def hosts(app: Flask, config: Config) -> tuple[Http, Http]:
    """Two hosts behind one load balancer, each with the shop's configuration."""
    strict = replace(config, trusted_proxies=1, limit_staff_login="3/minute")
    return Http(create_app(strict)), Http(create_app(strict))


@pytest.fixture
def strict(app: Flask, config: Config) -> Iterator[Flask]:
    """The app, with limits of one an hour for those who are logged in."""
    app.extensions["mall.config"] = replace(
        config, limit_phone_code="1/hour", limit_pickup_code="1/hour"
    )
    yield app
    app.extensions["mall.config"] = config


def knock(host: Http, from_: str) -> TestResponse:
    return host.call("POST", LOGIN, body=WRONG, headers={"X-Forwarded-For": from_})


def test_a_press_too_many_is_told_when_to_come_back(hosts: tuple[Http, Http]) -> None:
    first, second = hosts
    answers = [knock(host, "203.0.113.9") for host in (first, second, first, second)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert error_code(answers[3]) == "too_many_requests"
    assert answers[3].get_json()["error"]["type"] == "rate_limit"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert knock(first, "203.0.113.10").status_code == 401, "somebody else"


def test_an_address_that_is_made_up_counts_for_nothing(hosts: tuple[Http, Http]) -> None:
    """The balancer writes the last one; what stands before it is the client's own."""
    answers = [knock(hosts[0], f"198.51.100.{n}, 203.0.113.9") for n in range(4)]
    assert answers[3].status_code == 429


def test_without_redis_the_gate_is_open(app: Flask, config: Config) -> None:
    away = replace(config, redis_url="redis://127.0.0.1:9/0", limit_staff_login="1/day")
    host = Http(create_app(away))
    assert [knock(host, "x").status_code for _ in range(3)] == [401, 401, 401]


def test_an_empty_setting_limits_nothing(app: Flask, config: Config, redis: Redis) -> None:
    host = Http(create_app(replace(config, limit_staff_login="")))
    assert [knock(host, "x").status_code for _ in range(3)] == [401, 401, 401]
    assert redis.keys("rl*") == []


def test_shoppers_log_in_from_many_phones_behind_one_address(app: Flask, config: Config) -> None:
    host = Http(create_app(replace(config, limit_shopper_login="2/minute")))
    answers = [host.post("/api/v1/sessions", {"code": f"unknown-{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]


@pytest.mark.parametrize("who", ["shopper", "clerk"])
def test_who_is_logged_in_is_counted_by_name(strict: Flask, who: str) -> None:
    def press(http: Http) -> int:
        if who == "shopper":
            return http.call("PUT", "/api/v1/me/phone", body={"code": "x"}).status_code
        body: dict[str, Any] = {"code": "00000000", "point_id": "1"}
        return http.post("/admin/api/v1/pickups/redemptions", body).status_code

    tokens = (
        [make_shopper()[1] for _ in range(2)]
        if who == "shopper"
        else [make_staff("pickup:write") for _ in range(2)]
    )
    http = Http(strict)
    found = [press(http.as_(token)) for token in (tokens[0], tokens[0], tokens[1])]
    assert found[1] == 429
    assert 429 not in (found[0], found[2])


def test_presses_at_once_are_counted_exactly(redis: Redis) -> None:
    limiter, barrier = Limiter(redis), threading.Barrier(20)

    def press(_: int) -> int:
        barrier.wait(30)
        return limiter.wait_s("5/hour", "test", "somebody")

    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(press, range(20)))
    assert waits.count(0) == 5
    assert all(1 <= wait <= 3600 for wait in waits if wait)


@pytest.mark.parametrize(
    ("asks", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_whose_address_counts(app: Flask, asks: str, counted: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": asks}):
        assert address() == counted


@pytest.mark.parametrize("limit", ["0/minute", "many", "3/fortnight", "3 per minute", "-1/day"])
def test_a_limit_that_makes_no_sense_stops_the_start(
    environment: dict[str, str], limit: str
) -> None:
    with pytest.raises(ConfigurationError, match="MALL_LIMIT_STAFF_LOGIN"):
        Config.from_env({**environment, "MALL_LIMIT_STAFF_LOGIN": limit})


def test_the_contract_tells_of_it(http: Http) -> None:
    document = http.get("/docs/openapi.json").get_json()
    paths, shared = document["paths"], document["components"]["responses"]
    for method, path in (
        ("post", "/api/v1/sessions"),
        ("put", "/api/v1/me/phone"),
        ("post", LOGIN),
        ("post", "/admin/api/v1/pickups/redemptions"),
    ):
        refusal = paths[path][method]["responses"]["429"]
        if "$ref" in refusal:
            refusal = shared[refusal["$ref"].rsplit("/", 1)[1]]
        assert refusal["headers"]["Retry-After"]["schema"]["type"] == "integer"
        assert "application/json" in refusal["content"]
