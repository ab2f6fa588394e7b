"""Tokens of shares: forged ones, those of another shop, those that have expired."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.config import Config, current_config
from mall.kernel.db import db_now, transaction
from mall.kernel.jobs import run_pending
from mall.sharing.shares.opening import LINK, POSTER, share_page
from mall.sharing.shares.settings import SHARE_VALID_DAYS
from mall.sharing.shares.tokens import init_share_tokens, is_ours, new_token
from mall.users.closing import close_account
from tests.support.bindings import history_of, sharing_holds
from tests.support.browsing import make_product
from tests.support.http import Http, error_code
from tests.support.settings import set_setting
from tests.support.sharing import (
    SHARES,
    day_of,
    days_pass,
    make_channel_share,
    make_share,
    opened,
    register,
)
from tests.support.statements import sent_statements
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def key_of(name: str) -> str:
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def of_another_shop(app: Flask, config: Config) -> str:
    """A token that another shop's keys have signed."""
    init_share_tokens(app, replace(config, personal_data_keys=key_of("other")))
    try:
        return new_token()
    finally:
        init_share_tokens(app, config)


def opens(opener: Http, token: str) -> Any:
    answer = opener.post(f"{SHARES}/{token}/opens")
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def touches() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM share_opens")) or 0


# -- forged and foreign -----------------------------------------------------------------------


def test_what_this_shop_did_not_sign_costs_no_query(app: Flask, http: Http) -> None:
    """Each one character of a good token is changed, and tokens of another shop."""
    sharer, _ = make_shopper()
    good = make_share(sharer)
    forged = [good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :] for n in range(len(good))]
    foreign = of_another_shop(app, current_config())
    with sent_statements() as sent:
        assert not [one for one in [*forged, foreign, good + "A", good[:-1]] if is_ours(one)]
    assert sent == []
    assert is_ours(good)
    opener = http.as_(make_shopper()[1])
    for token in (forged[0], forged[-1], foreign):
        with sent_statements() as sent:
            answer = opener.post(f"{SHARES}/{token}/opens")
        assert (answer.status_code, error_code(answer)) == (404, "share_not_found")
        assert not [one for one in sent if "shares" in one]
    assert touches() == 0


def test_a_foreign_token_brings_no_new_shopper(app: Flask) -> None:
    came = register({"share": of_another_shop(app, current_config())})
    run_pending(app)
    assert history_of(came) == []
    assert touches() == 0


def test_a_signed_token_that_no_share_has(http: Http) -> None:
    answer = http.as_(make_shopper()[1]).post(f"{SHARES}/{new_token()}/opens")
    assert (answer.status_code, error_code(answer)) == (404, "share_not_found")


def test_new_keys_leave_old_tokens_good(app: Flask) -> None:
    config = current_config()
    good = make_share(make_shopper()[0])
    keys = f"{key_of('new')},{config.personal_data_keys}"
    init_share_tokens(app, replace(config, personal_data_keys=keys))
    try:
        fresh = new_token()
        assert is_ours(good)
        assert is_ours(fresh)
    finally:
        init_share_tokens(app, config)
    assert not is_ours(fresh)


# -- own, closed, expired ---------------------------------------------------------------------


def test_ones_own_share_leads_to_the_page_and_counts_nothing(app: Flask, http: Http) -> None:
    user_id, login = make_shopper()
    share = make_share(user_id)
    assert opens(http.as_(login), share)["expired"] is False
    run_pending(app)
    assert (touches(), day_of(user_id), history_of(user_id)) == (0, {"shares": 1}, [])


def test_a_share_of_a_closed_account_is_none(http: Http) -> None:
    """At once, before what it left is erased."""
    sharer, _ = make_shopper()
    share = make_share(sharer)
    close_account(sharer)
    answer = http.as_(make_shopper()[1]).post(f"{SHARES}/{share}/opens")
    assert (answer.status_code, error_code(answer)) == (404, "share_not_found")


def test_an_expired_share_still_leads_to_its_page(app: Flask, http: Http) -> None:
    set_setting(SHARE_VALID_DAYS, 30)
    (sharer, _), (early, _), (late, login) = make_shopper(), make_shopper(), make_shopper()
    share = make_share(sharer)
    expire_in(share, 1)
    opened(early, share)
    expire_in(share, -1)
    shown = opens(http.as_(login), share)
    assert (shown["expired"], shown["page"]["kind"]) == (True, "product")
    came = register({"share": share})
    run_pending(app)
    assert touches() == 1
    assert history_of(late) == history_of(came) == []
    sharing_holds()


def expire_in(token: str, days: int) -> None:
    query = text(
        "UPDATE shares SET expires_at = now() + make_interval(days => :days) WHERE token = :token"
    )
    with transaction() as session:
        session.execute(query, {"days": days, "token": token})


def test_sharing_again_starts_the_days_anew(http: Http) -> None:
    """The token stays the same; with no limit any more, it is good for ever."""
    sharer, _ = make_shopper()
    opener = http.as_(make_shopper()[1])
    product = make_product()[0]
    set_setting(SHARE_VALID_DAYS, 30)
    share = make_share(sharer, product)
    expire_in(share, -1)
    assert opens(opener, share)["expired"]
    assert make_share(sharer, product) == share
    assert not opens(opener, share)["expired"]
    set_setting(SHARE_VALID_DAYS, 0)
    expire_in(share, -1)
    assert make_share(sharer, product) == share
    assert day_of(sharer) == {"shares": 1, "opens": 1}, "it took one place"
    days_pass(400)
    assert not opens(opener, share)["expired"]


def test_a_channels_code_is_good_until_the_channel_ends(http: Http) -> None:
    set_setting(SHARE_VALID_DAYS, 1)
    with transaction() as session:
        now = db_now(session)
    opener = http.as_(make_shopper()[1])
    _, running = make_channel_share(now + timedelta(days=1))
    _, over = make_channel_share(now - timedelta(days=1))
    _, endless = make_channel_share()
    assert [opens(opener, one)["expired"] for one in (running, over, endless)] == [
        False,
        True,
        False,
    ]
    assert touches() == 2


# -- media ------------------------------------------------------------------------------------


def test_each_medium_has_a_token_of_its_own(http: Http) -> None:
    sharer, login = make_shopper()
    product = make_product()[0]
    tokens = {share_page(sharer, "product", product, one).token for one in (LINK, POSTER)}
    body = {"page": {"kind": "product", "id": str(product)}, "medium": "card"}
    tokens.add(http.as_(login).post(SHARES, body).get_json()["token"])
    assert len(tokens) == 3
    shown = http.as_(login).get(SHARES).get_json()["items"]
    assert {one["medium"] for one in shown} == {"link", "poster", "card"}
    refused = http.as_(login).post(SHARES, {**body, "medium": "sms"})
    assert error_code(refused) == "validation_failed"
