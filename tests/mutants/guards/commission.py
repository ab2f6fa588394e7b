"""Commission: for whom, when it settles, what comes back of it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PAYING = "mall/referral/commission/paying.py"
REVERSING = "mall/referral/commission/reversing.py"
COMMISSION = ("tests/referral/test_commission.py",)
PAID = ("tests/referral/test_commission_paying.py",)

MUTANTS = (
    Mutant(
        "a hold of commission ends twice",
        "mall/referral/commission/holding.py",
        "WHERE id = :hold_id AND status = 'held'",
        "WHERE id = :hold_id",
        COMMISSION,
    ),
    Mutant(
        "commission that comes back doesn't pay what is owed",
        "mall/referral/commission/holding.py",
        "    accounts.pay_debt(session, found.user_id, entry_id)\n",
        "",
        COMMISSION,
    ),
    Mutant(
        "an order pays commission twice",
        "mall/referral/commission/accruing.py",
        "    if session.execute(found).first() is None:\n        return False\n",
        "    session.execute(found)\n",
        (*COMMISSION, *PAID, "tests/races/test_commission.py"),
    ),
    Mutant(
        "more commission is taken back than was paid",
        REVERSING,
        "CAST(least(sum(r.amount_fen), c.base_fen) AS bigint) AS fen",
        "CAST(sum(r.amount_fen) AS bigint) AS fen",
        COMMISSION,
        "no line gives back more than was paid for it (`tests/orders/test_refunding.py`)",
    ),
    Mutant(
        "the same refund takes commission back twice",
        REVERSING,
        "FROM back b WHERE c.id = b.id AND c.back_fen < b.fen",
        "FROM back b WHERE c.id = b.id",
        COMMISSION,
        "what was taken before is subtracted, so nothing is due the second time",
    ),
    Mutant(
        "refunds that haven't arrived take commission back",
        REVERSING,
        "f.order_id = :order_id AND f.status = 'succeeded'",
        "f.order_id = :order_id",
        COMMISSION,
    ),
    Mutant(
        "commission that was withdrawn isn't owed",
        REVERSING,
        "change = Change(available_fen=-own_fen, debt_fen=row.due_fen - own_fen)",
        "change = Change(available_fen=-own_fen)",
        COMMISSION,
    ),
    Mutant(
        "a line settles before its days",
        "mall/referral/commission/settling.py",
        "l.status = 'pending' AND l.look_at <= (SELECT clock_timestamp())",
        "l.status = 'pending' AND l.look_at IS NOT NULL",
        COMMISSION,
    ),
    Mutant(
        "a line settles though its invitation isn't clear",
        "mall/referral/commission/settling.py",
        "ready = [row for row in rows if verdicts[row.id].is_clear]",
        "ready = list(rows)",
        (*COMMISSION, *PAID),
    ),
    Mutant(
        "commission settles for who owes, and nothing is paid of the debt",
        "mall/referral/commission/settling.py",
        "        if known[promoter_id].debt_fen:\n",
        "        if known[promoter_id].debt_fen < 0:\n",
        COMMISSION,
    ),
    Mutant(
        "own orders pay though the shop doesn't say so",
        PAYING,
        "    if not SELF_PURCHASE.get():\n        return []\n",
        "",
        PAID,
    ),
    Mutant(
        "a buyer is paid for a share of their own",
        PAYING,
        "if found is None or found.inviter_id is None or found.inviter_id == order.user_id:",
        "if found is None or found.inviter_id is None:",
        (*PAID, "tests/referral/test_attribution.py"),
        "an order is never attributed to its own buyer: `tests/referral/test_attribution.py`",
    ),
    Mutant(
        "a buyer is paid at the second level",
        PAYING,
        "if bound is None or bound.inviter_id == order.user_id:",
        "if bound is None:",
        PAID,
    ),
    Mutant(
        "two levels are paid though the shop has one",
        PAYING,
        "    if levels() < 2:\n        return [first]\n",
        "",
        PAID,
    ),
    Mutant(
        "orders of other kinds pay commission",
        PAYING,
        "return None if kind_named(order.kind).earns and pays_for(order.kind) else KIND",
        "return None",
        PAID,
    ),
)
