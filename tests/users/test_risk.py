"""WeChat's opinion of a shopper is asked again before a sale, at most once a day."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.users.risk import ask_before_a_sale
from tests.support.servers import LiveServer
from tests.support.users import make_shopper
from tests.support.wechat import control


def rank_of(user_id: int) -> int | None:
    rank: int | None = db.session.scalar(
        text("SELECT risk_rank FROM users WHERE id = :id"), {"id": user_id}
    )
    return rank


def test_it_is_asked_again_after_a_day(
    app: Flask, simulator: LiveServer, work: Callable[[], None]
) -> None:
    user_id, _ = make_shopper()
    openid = db.session.scalar(text("SELECT openid FROM users WHERE id = :id"), {"id": user_id})
    for told, kept, waited in ((4, 4, "0 h"), (1, 4, "23 h"), (2, 2, "25 h")):
        control(simulator, "/users", openid=openid, risk_rank=told)
        with transaction() as session:
            session.execute(
                text(f"UPDATE users SET risk_asked_at = risk_asked_at - interval '{waited}'")
            )
        ask_before_a_sale(user_id, "127.0.0.1")
        work()
        assert rank_of(user_id) == kept, waited
