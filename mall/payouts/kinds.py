"""What the shop pays for: features declare their kinds of payouts.

Each kind has its scene at WeChat (商家转账场景), with what WeChat wants to be told and the word
that the receiver reads, and says what happens once a payout of it was paid or wasn't.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.payouts.models import Payout

Report = tuple[tuple[str, str], ...]
"""The labels that a scene wants, each with what it says."""


def _nothing(_session: Session, _payout: Payout) -> None:
    """Nothing is to be done."""


@dataclass(frozen=True)
class PayoutKind:
    """One kind of payouts: `name` stays, `label` is Chinese, `income` is how taxes call it.

    `scene` is the id of WeChat's scene now, None while the merchant has none: staff pay by hand
    then. `report` makes its labels of a payout's title. `perception` is one of the scene's words.

    The three functions get the payout locked, in the transaction of the change. `may_ask` raises
    a MallError when it must not be asked for now. `on_paid` follows the payment, by whatever way.
    `on_unpaid` follows a transfer that ended without money: the payout is ready, to be asked for
    again, unless the kind makes it void (`owing.void`). `pays_debts`: an older debt is paid first.
    """

    name: str
    label: str
    income: str
    scene: Callable[[], str | None]
    report: Callable[[str], Report]
    perception: str
    pays_debts: bool = True
    may_ask: Callable[[Session, Payout], None] = _nothing
    on_paid: Callable[[Session, Payout], None] = _nothing
    on_unpaid: Callable[[Session, Payout], None] = _nothing


PAYOUT_KINDS: Registry[PayoutKind] = Registry("payout kinds", lambda kind: kind.name)
