"""Payouts for tests: a shop that owes its shopper money, by HTTP and against the simulator."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from mall.kernel.db import db, transaction
from mall.payouts import queries
from mall.payouts.models import Payout, PayoutTransfer
from mall.payouts.owing import Back, Owed, owe, take_back
from mall.payouts.rewards_kind import REWARD
from mall.payouts.settings import OPEN
from mall.rewards import commands
from mall.rewards.granting import Source, grant
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.http import Http
from tests.support.payments import Shop
from tests.support.settings import set_setting
from tests.support.staff import make_staff

TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"
_sources = itertools.count(1)
SUMS = """
    INSERT INTO payout_sums (period, amount_fen)
    SELECT period, sum(amount_fen) FROM payout_transfers,
        unnest(ARRAY[to_char(day, 'YYYY-MM-DD'), to_char(day, 'YYYY-MM')]) AS period
    WHERE status NOT IN ('failed', 'canceled', 'refused') GROUP BY period
"""


def owed(user_id: int, fen: int = 500, title: str = "邀新奖励") -> int:
    """Money that the shop owes a shopper: the payout's id."""
    with transaction() as session:
        return owe(session, user_id, Owed(REWARD, f"s{next(_sources)}", fen, title))


def taken_back(payout_id: int, fen: int) -> Back:
    """So much of it isn't owed any more."""
    with transaction() as session:
        return take_back(session, payout_id, fen)


def cash_rule(fen: int = 500, **more: Any) -> int:
    """A rule that gives cash: its id."""
    body = {"name": "现金奖励", "reward": [{"kind": "cash", "count": fen}], **more}
    return commands.create_rule(**RewardRuleInSchema().load(body)).id


def rewarded(user_id: int, rule_id: int, event: str = "test:1") -> int:
    """A grant by a rule: its id."""
    with transaction() as session:
        return grant(session, user_id, Source(rule_id, event, event)).id


def payout_of(payout_id: int) -> Payout:
    """A payout's row, read afresh."""
    with transaction() as session:
        return session.get_one(Payout, payout_id, populate_existing=True)


def payouts_of(user_id: int) -> list[Payout]:
    """A shopper's payouts, the first one first."""
    with transaction() as session:
        return list(
            session.scalars(select(Payout).where(Payout.user_id == user_id).order_by(Payout.id))
        )


def id_of(payout_no: str) -> int:
    """The id of a payout by its number."""
    with transaction() as session:
        return session.scalars(select(Payout.id).where(Payout.payout_no == payout_no)).one()


def debt_of(user_id: int) -> int:
    """What a shopper owes."""
    with transaction() as session:
        return queries.debt_of(session, user_id)


def transfers_of(payout_id: int) -> list[str]:
    """The states of a payout's transfers, the first one first."""
    with transaction() as session:
        return list(
            session.scalars(
                select(PayoutTransfer.status)
                .where(PayoutTransfer.payout_id == payout_id)
                .order_by(PayoutTransfer.id)
            )
        )


def a_day_later() -> None:
    """All transfers were asked for a day earlier."""
    with transaction() as session:
        session.execute(text("UPDATE payout_transfers SET day = day - 1"))
        session.execute(text("DELETE FROM payout_sums"))
        session.execute(text(SUMS))


def transfers_in_all() -> int:
    """How many transfers there are."""
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(PayoutTransfer)) or 0


@dataclass
class PayoutShop(Shop):
    """A shop that pays by transfer; its shopper holds the phone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        set_setting(OPEN, True)
        self.clerk = Http(self.app).as_(make_staff("payout:read", "payout:write"))

    def owed(self, fen: int = 500) -> str:
        """Money that waits for the shopper: its number."""
        payout_no = payout_of(owed(self.user_id, fen)).payout_no
        self.work()
        return payout_no

    def ask(self, payout_no: str, **body: Any) -> TestResponse:
        """Press "receive"."""
        return self.shopper.put(f"/api/v1/payouts/{payout_no}/transfer", body)

    def asked(self, payout_no: str, **body: Any) -> dict[str, Any]:
        answer = self.ask(payout_no, **body)
        assert answer.status_code == 200, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def shown(self, payout_no: str) -> dict[str, Any]:
        answer = self.shopper.get(f"/api/v1/payouts/{payout_no}")
        assert answer.status_code == 200, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def confirm(self, shown: dict[str, Any]) -> None:
        """Open WeChat's page with what the mall gave, and press "confirm"."""
        self.control("/request-merchant-transfer", **shown["confirm"], openid=self.openid)
        self.settle_down()

    def staff_shown(self, payout_no: str) -> dict[str, Any]:
        answer = self.clerk.get(f"/admin/api/v1/payouts/{payout_no}")
        assert answer.status_code == 200, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def wechat_transfers(self) -> list[dict[str, Any]]:
        """WeChat's own books, newest first."""
        found: list[dict[str, Any]] = self.heard("/transfers")["transfers"]
        return found

    def time_for_calls(self, minutes: int) -> None:
        """Outbound calls are so much older; then they are made."""
        db.session.execute(
            text(f"UPDATE outbound_calls SET due_at = due_at - interval '{minutes} minutes'")
        )
        db.session.commit()
        self.sweep()


def assert_payouts_are_right(shop: PayoutShop) -> None:
    """What WeChat transferred is what our books say, bill by bill."""
    theirs = {one["out_bill_no"]: one["state"] for one in shop.wechat_transfers()}
    with transaction() as session:
        ours = session.execute(
            select(PayoutTransfer.out_bill_no, PayoutTransfer.status).where(
                PayoutTransfer.status == "succeeded"
            )
        ).all()
    assert {row.out_bill_no for row in ours} == {
        number for number, state in theirs.items() if state == "SUCCESS"
    }
