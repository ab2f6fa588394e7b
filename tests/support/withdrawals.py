"""Withdrawals for tests: a promoter with commission, by HTTP and against the simulator."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from mall.kernel.db import db, transaction
from mall.kernel.ledger import Reason
from mall.referral.commission import accounts
from mall.referral.commission.kinds import RELEASE
from mall.referral.commission.queries import Balance, balance_of
from mall.referral.withdrawals.models import Withdrawal
from mall.referral.withdrawals.settings import AUTO_APPROVE_MAX, BY_TRANSFER, DAY_COUNT
from tests.support.http import Http
from tests.support.payouts import PayoutShop
from tests.support.promoters import make_promoter
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper

_sources = itertools.count(1)


def earned(user_id: int, fen: int) -> None:
    """Commission that can be withdrawn, without the order that brought it."""
    with transaction() as session:
        accounts.lock(session, user_id)
        reason = Reason(RELEASE, f"test:{next(_sources)}")
        accounts.write(session, user_id, reason, accounts.Change(available_fen=fen))


def indebted(user_id: int, fen: int) -> None:
    """Commission that is owed back, without the refund that took it back."""
    with transaction() as session:
        accounts.lock(session, user_id)
        reason = Reason(RELEASE, f"test:{next(_sources)}")
        accounts.write(session, user_id, reason, accounts.Change(debt_fen=fen))


def balance(user_id: int) -> Balance:
    """What a promoter has."""
    with transaction() as session:
        return balance_of(session, user_id)


def withdrawals_of(user_id: int) -> list[Withdrawal]:
    """A promoter's withdrawals, the first one first, read afresh."""
    with transaction() as session:
        session.expire_all()
        rows = session.scalars(
            select(Withdrawal).where(Withdrawal.user_id == user_id).order_by(Withdrawal.id)
        )
        return list(rows)


def make_earner(fen: int = 10_000) -> int:
    """A new promoter with so much commission."""
    user_id = make_shopper()[0]
    make_promoter(user_id)
    earned(user_id, fen)
    db.session.remove()
    return user_id


class WithdrawalShop(PayoutShop):
    """A shop that pays commission by transfer, without staff up to 200 yuan a day. Its shopper is
    a promoter with 100 yuan."""

    def __post_init__(self) -> None:
        super().__post_init__()
        set_setting(BY_TRANSFER, True)
        set_setting(AUTO_APPROVE_MAX, 20_000)
        set_setting(DAY_COUNT, 10)
        make_promoter(self.user_id)
        earned(self.user_id, 10_000)
        self.clerk = Http(self.app).as_(
            make_staff("payout:read", "payout:write", "withdrawal:read", "withdrawal:write")
        )
        db.session.remove()

    def try_to_withdraw(self, fen: int) -> TestResponse:
        """Press "withdraw"."""
        return self.shopper.post("/api/v1/withdrawals", {"amount_fen": fen})

    def withdrawn(self, fen: int = 10_000) -> dict[str, Any]:
        """A withdrawal, as its promoter sees it."""
        answer = self.try_to_withdraw(fen)
        assert answer.status_code == 201, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def under_way(self, fen: int = 10_000, **body: Any) -> dict[str, Any]:
        """A withdrawal whose transfer waits for the promoter."""
        withdrawal = self.withdrawn(fen)
        shown = self.asked(withdrawal["payout_no"], **body)
        assert shown["transfer_status"] == "confirming", shown
        return withdrawal

    def withdrawal(self, number: str) -> dict[str, Any]:
        answer = self.shopper.get(f"/api/v1/withdrawals/{number}")
        assert answer.status_code == 200, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def decide(self, number: str, *, approve: bool = True) -> TestResponse:
        """The clerk decides."""
        path = f"/admin/api/v1/withdrawals/{number}/decision"
        return self.clerk.post(path, {"approve": approve, "reason": "已核对"})

    def by_hand(self, payout_no: str) -> int:
        """The clerk enters a payment by bank: the approval's id."""
        path = f"/admin/api/v1/payouts/{payout_no}/manual-payment"
        asked = self.clerk.post(path, {"receipt": "ICBC-7", "reason": "无转账权限"})
        assert asked.status_code == 202, asked.get_json()
        return int(asked.get_json()["approval_id"])

    def decision(self, approval_id: int) -> TestResponse:
        """Somebody else approves."""
        boss = make_staff("payout:approve", "withdrawal:approve", "approval:read")
        path = f"/admin/api/v1/approvals/{approval_id}/decision"
        return Http(self.app).as_(boss).post(path, {"approve": True})

    def approved(self, approval_id: int) -> None:
        answer = self.decision(approval_id)
        assert answer.status_code == 200, answer.get_json()

    def at_wechat(self, what: str, **body: Any) -> None:
        """Something happens to the newest transfer there, and the mall hears of it."""
        bill = self.wechat_transfers()[0]
        self.control(f"/transfers/{bill['out_bill_no']}/{what}", **body)
        self.settle_down()

    def money(self) -> tuple[int, int]:
        """The promoter's commission: available, held."""
        found = balance(self.user_id)
        db.session.remove()
        return found.available_fen, found.held_fen
