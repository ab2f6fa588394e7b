"""What shoppers, staff, WeChat and the clock do to the mall, and what its books say then.

WeChat's word about transfers comes as it would say it (`apply_transfer`); the transfer itself was
asked for over HTTP.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.payments.refunds.causing import rebate
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.payouts.applying import apply_transfer
from mall.payouts.asking import ask_for
from mall.payouts.limits import NAME_FROM_FEN
from mall.payouts.settings import OPEN
from mall.referral.attribution.models import BINDING
from mall.referral.attribution.settings import RULE
from mall.referral.commission.queries import balance_of
from mall.referral.commission.settings import LEVELS, SETTLE_DAYS
from mall.referral.commission.settling import settle_batch
from mall.referral.screening.settings import HOLD_FROM
from mall.referral.withdrawals.requesting import withdraw
from mall.referral.withdrawals.settings import (
    AUTO_APPROVE_MAX,
    BY_TRANSFER,
    DAY_COUNT,
    DAY_MAX,
    FOUR_EYES,
    LEAST,
    MOST,
)
from mall.wechat.gateway import Transfer
from tests.support.bringing import points_rule
from tests.support.commission import make_rates, rate
from tests.support.events import work_off
from tests.support.groupbuy import refunds_arrive
from tests.support.http import Http
from tests.support.ladders import ladder, rung
from tests.support.orders import (
    Buyer,
    buy,
    lines_of,
    make_buyer,
    make_goods,
    pay,
    write_payment,
)
from tests.support.promoters import make_promoter
from tests.support.settings import set_setting
from tests.support.sharing import make_share, opened
from tests.support.staff import make_staff

SCREENINGS = "/admin/api/v1/referral-screenings"
BINDINGS = "/admin/api/v1/referral-bindings"
RUNGS = (1, 3)
"""At how many invites that count the inviter is rewarded."""
MOST_FEN = 100_000_000


def open_shop() -> None:
    """Two levels of commission, a ladder, withdrawals that need no staff."""
    make_rates(rate(1_000, 300))
    set_setting(LEVELS, 2)
    set_setting(RULE, BINDING)
    set_setting(SETTLE_DAYS, 0)
    set_setting(HOLD_FROM, 100)
    for limit in (AUTO_APPROVE_MAX, FOUR_EYES, MOST, DAY_MAX):
        set_setting(limit, MOST_FEN)
    set_setting(LEAST, 10)
    set_setting(DAY_COUNT, 100)
    set_setting(BY_TRANSFER, True)
    set_setting(OPEN, True)
    ladder(*(rung("inviter", count, points_rule()) for count in RUNGS))


@dataclass(frozen=True)
class Asked:
    """A withdrawal whose transfer waits for the promoter."""

    promoter: int
    fen: int
    payout_no: str


class Hands:
    """One example: promoters and buyers of its own, by their numbers."""

    def __init__(self, app: Flask, promoters: int, buyers: int) -> None:
        self.staff = Http(app).as_(make_staff("referral:read", "referral:write"))
        self.promoters = [self._person() for _ in range(promoters)]
        self.buyers = [self._person() for _ in range(buyers)]
        for one in self.promoters:
            make_promoter(one.user_id)
        self.shares = [make_share(one.user_id) for one in self.promoters]
        db.session.remove()

    @staticmethod
    def _person() -> Buyer:
        digits = f"{secrets.randbelow(10**9):09d}"
        return make_buyer(phone=f"13{digits}", detail=f"某路 {digits} 号")

    # -- who belongs to whom

    def touch(self, buyer: int, promoter: int) -> None:
        opened(self.buyers[buyer].user_id, self.shares[promoter])
        work_off()

    def bind(self, invitee: Buyer, promoter: int) -> str:
        """Staff bind somebody: the code of the refusal, or nothing."""
        body = {
            "invitee_id": str(invitee.user_id),
            "inviter_id": str(self.promoters[promoter].user_id),
            "reason": "顾客要求",
        }
        answer = self.staff.post(BINDINGS, body)
        work_off()
        return "" if answer.status_code == 201 else str(answer.get_json()["error"]["code"])

    def decide(self, binding_id: int, decision: str) -> None:
        path = f"{SCREENINGS}/{binding_id}"
        answer = self.staff.put(path, {"decision": decision, "reason": "核实"})
        assert answer.status_code == 204, answer.get_json()
        work_off()

    def binding_of(self, user_id: int) -> int:
        """The open binding of somebody."""
        query = text(
            "SELECT id FROM referral_bindings WHERE invitee_id = :user_id AND ended_at IS NULL"
        )
        with transaction() as session:
            return int(session.scalars(query, {"user_id": user_id}).one())

    # -- orders

    def order(self, buyer: int, units: int, price: int) -> str:
        """A paid order of freight's worth nothing more: its number."""
        order_no = buy(self.buyers[buyer], {make_goods(units, price): units})
        pay(order_no)
        write_payment(order_no)
        work_off()
        return order_no

    def refund(self, order_no: str, units: int) -> int:
        """Units come back: how many fen went back for them."""
        (line,) = lines_of(order_no)
        before = line.refunded_fen
        request_refund(order_no, [RequestedLine(line.id, units)], 0, "不想要了")
        refunds_arrive(order_no)
        work_off()
        return lines_of(order_no)[0].refunded_fen - before

    def rebate(self, order_no: str, fen: int) -> None:
        with transaction() as session:
            rebate(session, order_no, {1: fen}, f"test:{secrets.token_hex(4)}", "补差价")
        refunds_arrive(order_no)
        work_off()

    def settle(self, order_no: str) -> None:
        """The order was received long ago, and the time for returns is over."""
        with transaction() as session:
            session.execute(
                text(
                    "UPDATE orders SET status = 'completed',"
                    " completed_at = now() - interval '99 days' WHERE order_no = :order_no"
                ),
                {"order_no": order_no},
            )
        assert settle_due() == 1
        work_off()

    def sweep(self) -> None:
        while settle_batch():
            pass
        db.session.remove()

    # -- withdrawals

    def ask(self, promoter: int, fen: int) -> Asked:
        """A withdrawal, whose transfer the promoter asks for at once."""
        user_id = self.promoters[promoter].user_id
        number = withdraw(user_id, fen)
        query = text(
            "SELECT p.payout_no FROM withdrawals w JOIN payouts p ON p.id = w.payout_id"
            " WHERE w.number = :number"
        )
        with transaction() as session:
            payout_no = session.scalars(query, {"number": number}).one()
        ask_for(user_id, payout_no, "张三" if fen >= NAME_FROM_FEN else None)
        work_off()
        return Asked(promoter, fen, payout_no)

    def wechat_says(self, asked: Asked, state: str, reason: str | None = None) -> None:
        """WeChat tells how the transfer ended, twice."""
        query = text(
            "SELECT t.out_bill_no, t.transfer_bill_no FROM payout_transfers t"
            " JOIN payouts p ON p.id = t.payout_id WHERE p.payout_no = :no ORDER BY t.id DESC"
        )
        with transaction() as session:
            bill = session.execute(query, {"no": asked.payout_no}).first()
        assert bill is not None
        said = Transfer(
            out_bill_no=bill.out_bill_no,
            transfer_bill_no=bill.transfer_bill_no or "WX1",
            state=state,
            amount_fen=asked.fen,
            fail_reason=reason,
            openid=None,
            mchid=None,
            package_info=None,
            updated_at=None,
            raw={},
        )
        for source in ("callback", "query"):
            with transaction() as session:
                apply_transfer(session, said, source=source)
        work_off()

    # -- what the books say

    def money(self, promoter: int) -> tuple[int, int, int, int, int]:
        """Pending, available, held, debt, and what was paid out."""
        user_id = self.promoters[promoter].user_id
        query = text(
            "SELECT coalesce(sum(t.amount_fen), 0) FROM payout_transfers t"
            " WHERE t.user_id = :user_id AND t.status = 'succeeded'"
        )
        with transaction() as session:
            found = balance_of(session, user_id)
            paid = int(session.scalars(query, {"user_id": user_id}).one())
        return found.pending_fen, found.available_fen, found.held_fen, found.debt_fen, paid

    def rewards(self, promoter: int) -> Mapping[int, str]:
        """The state of the inviter's reward by rung: 'pending' or 'granted'; what went back isn't
        there."""
        query = text(
            "SELECT r.threshold, g.status FROM ladder_grants l JOIN reward_grants g"
            " ON g.id = l.grant_id JOIN ladder_rungs r ON r.campaign_id = l.campaign_id"
            " AND r.version = l.version AND r.position = l.position"
            " WHERE l.user_id = :user_id AND g.status IN ('pending', 'granted')"
        )
        with transaction() as session:
            rows = session.execute(query, {"user_id": self.promoters[promoter].user_id})
            return {row.threshold: row.status for row in rows}
