"""Lotteries for tests, made as staff would make them."""

from __future__ import annotations

import itertools
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.lottery.campaigns.composing import create_lottery, publish
from mall.lottery.chances.ledger import give_chances
from mall.lottery.desk.schemas import LotteryInSchema
from mall.lottery.draws.drawing import DrawView, draw
from mall.lottery.proofs.rows import published_lottery, secret_of, table_of, verify_lottery
from mall.lottery.rules.outcomes import outcome, random_number
from mall.lottery.rules.table import Pool
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

SHOPPER, ADMIN = "/api/v1/lotteries", "/admin/api/v1/lotteries"
NONCE = "0123456789abcdef"
_sources = itertools.count()


def points_rule(points: int = 10, **more: Any) -> int:
    """A rule that gives points: its id."""
    body = {"name": "抽奖积分", "reward": [{"kind": "points", "count": points}], **more}
    return create_rule(**RewardRuleInSchema().load(body)).id


def chance_rule(lottery_id: int, count: int = 1) -> int:
    """A rule that gives chances of a lottery."""
    part = {"kind": "lottery_chance", "what": str(lottery_id), "count": count}
    body = {"name": "抽奖机会", "reward": [part, {"kind": "points", "count": 1}]}
    return create_rule(**RewardRuleInSchema().load(body)).id


def prize(
    rule_id: int | None = None,
    *,
    count: int | None = None,
    weight: int | None = None,
    name: str = "积分",
    worth_fen: int = 10,
) -> dict[str, Any]:
    """The JSON of a prize; without a rule it gives points of a new one."""
    given = {"name": name, "rule_id": str(rule_id or points_rule()), "worth_fen": worth_fen}
    return {**given, "count": count, "weight": weight}


def thanks(weight: int = 90) -> dict[str, Any]:
    return {"name": "谢谢参与", "kind": "thanks", "weight": weight}


def lottery_terms(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a lottery that starts in an hour and runs for a month."""
    now = utc_now()
    return {
        "name": "周年抽奖",
        "text": "每次抽奖用一次机会。",
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "prizes": list(prizes) or [prize(weight=10), thanks()],
        **more,
    }


def lottery_draft(*prizes: dict[str, Any], **more: Any) -> int:
    return create_lottery(LotteryInSchema().load(lottery_terms(*prizes, **more)))


def published(*prizes: dict[str, Any], **more: Any) -> int:
    """A lottery that is published and hasn't begun."""
    lottery_id = lottery_draft(*prizes, **more)
    publish(lottery_id, 1, accept_warnings=True)
    return lottery_id


def begin(lottery_id: int) -> None:
    """Its start is now, whatever was published."""
    _shift(lottery_id, "starts_at = now() - interval '1 second'")


def finish(lottery_id: int) -> None:
    """Its time is over."""
    _shift(lottery_id, "ends_at = now() - interval '1 second'")


def running_lottery(*prizes: dict[str, Any], **more: Any) -> int:
    lottery_id = published(*prizes, **more)
    begin(lottery_id)
    return lottery_id


def chances(user_id: int, lottery_id: int, count: int = 1) -> None:
    with transaction() as session:
        source = f"test:{next(_sources)}"
        give_chances(session, user_id, lottery_id, count, source, ground="checked_in")


def draw_once(user_id: int, lottery_id: int) -> DrawView:
    return draw(user_id, lottery_id, secrets.token_hex(16))


def nonce_for(lottery_id: int, pool: Pool, dry: int, wanted: tuple[int, bool]) -> str:
    """A nonce with which the next draw brings this prize, by the guarantee or not: only who knows
    the secret finds one."""
    with transaction() as session:
        lottery = published_lottery(session, lottery_id)
        version, secret = lottery.version, secret_of(lottery)
        table = table_of(session, lottery_id, version)
    while True:
        nonce = secrets.token_hex(16)
        random = random_number(secret, lottery_id, version, pool.drawn + 1, nonce)
        came = outcome(table, pool, dry, random)
        if (came.prize, came.guaranteed) == wanted:
            return nonce


def lottery_ids(user_id: int) -> dict[str, str]:
    """A lottery that runs, in which this shopper may draw, and a draft; what placeholders stand
    for."""
    lottery_id = running_lottery(price_points=10)
    chances(user_id, lottery_id, 5)
    return {"lottery_id": str(lottery_id), "lottery_draft_id": str(lottery_draft())}


def all_agree(lottery_id: int) -> None:
    """Every draw is what the secret and the table make of it."""
    assert list(verify_lottery(lottery_id)) == []


def of_lottery(lottery_id: int, column: str) -> Any:
    """A column of a lottery's row."""
    with transaction() as session:
        query = text(f"SELECT {column} FROM lotteries WHERE id = :id")
        return session.scalars(query, {"id": lottery_id}).one()


def tamper(lottery_id: int, number: int, change: str) -> None:
    """Change a proof row as nobody may, past the trigger."""
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text(f"UPDATE lottery_draws SET {change} WHERE lottery_id = :id AND number = :number"),
            {"id": lottery_id, "number": number},
        )


def _shift(lottery_id: int, change: str) -> None:
    with transaction() as session:
        session.execute(text(f"UPDATE lotteries SET {change} WHERE id = :id"), {"id": lottery_id})
    db.session.rollback()
