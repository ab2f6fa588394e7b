"""Money that WeChat transfers to shoppers."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

ASKING = "mall/payouts/asking.py"
APPLYING = "mall/payouts/applying.py"
OWING = "mall/payouts/owing.py"
SENDING = "mall/payouts/sending.py"
BY_HAND = "mall/payouts/paying_by_hand.py"
TRANSFERS = ("tests/payouts/test_transfers.py",)
OWED = ("tests/payouts/test_owing.py",)
HANDS = ("tests/payouts/test_by_hand.py",)
DAYS = ("tests/payouts/test_days.py",)
ABANDONED = ("tests/payouts/test_abandoned.py",)

MUTANTS = (
    Mutant(
        "another shopper's payout is asked for",
        ASKING,
        "(Payout.payout_no == payout_no) & (Payout.user_id == user_id)",
        "Payout.payout_no == payout_no",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[payouts.ask-payout_of_another]",
        ),
    ),
    Mutant(
        "a payout that was paid is asked for again",
        ASKING,
        '    if payout.status != "ready":\n        raise PayoutNotReady\n',
        "",
        TRANSFERS,
    ),
    Mutant(
        "two transfers of one payout at once",
        ASKING,
        '        if payout.status == "asked":\n            return\n',
        "",
        TRANSFERS,
        "what was asked for isn't ready, and the table has one transfer under way of a payout",
    ),
    Mutant(
        "a payout is transferred while staff pay it by hand",
        ASKING,
        "    check_no_hand(session, payout)\n",
        "",
        HANDS,
    ),
    Mutant(
        "a transfer above the shop's limit",
        ASKING,
        "if not LEAST_FEN <= amount_fen <= SINGLE_MAX_FEN.get():",
        "if not LEAST_FEN <= amount_fen:",
        TRANSFERS,
    ),
    Mutant(
        "a large transfer without a name",
        ASKING,
        "    if amount_fen >= NAME_FROM_FEN and not real_name:\n"
        '        raise PayoutNameNeeded(param="real_name")\n',
        "",
        TRANSFERS,
    ),
    Mutant(
        "a debt isn't paid before a transfer",
        ASKING,
        "    if PAYOUT_KINDS[payout.kind].pays_debts:\n        offset(session, payout)\n",
        "",
        (*TRANSFERS, *OWED, *HANDS),
    ),
    Mutant(
        "a debt isn't paid by what is owed next",
        OWING,
        "    if PAYOUT_KINDS[owed.kind].pays_debts:\n        offset(session, payout)\n",
        "",
        OWED,
    ),
    Mutant(
        "the day's limits aren't counted",
        ASKING,
        "        count(session, user_id, day, payout.payable_fen)\n",
        "",
        TRANSFERS,
    ),
    Mutant(
        "a closed account asks for a payout",
        ASKING,
        "        hold_open_account(session, user_id)\n",
        "",
        TRANSFERS,
    ),
    Mutant(
        "more is taken off than is still owed",
        OWING,
        "taken_fen = min(amount_fen, payout.payable_fen) if waits else 0",
        "taken_fen = amount_fen if waits else 0",
        OWED,
    ),
    Mutant(
        "what was paid is taken back as if it waited",
        OWING,
        'waits = payout.status == "ready" and not waits_for_hand(session, payout)',
        "waits = not waits_for_hand(session, payout)",
        OWED,
    ),
    Mutant(
        "what may have been paid by hand is taken back as if it waited",
        OWING,
        'waits = payout.status == "ready" and not waits_for_hand(session, payout)',
        'waits = payout.status == "ready"',
        HANDS,
    ),
    Mutant(
        "a transfer of another amount counts",
        APPLYING,
        "return is_ours and said.amount_fen in (None, transfer.amount_fen)",
        "return is_ours",
        TRANSFERS,
    ),
    Mutant(
        "a transfer of another merchant counts",
        APPLYING,
        "return is_ours and said.amount_fen in (None, transfer.amount_fen)",
        "return said.amount_fen in (None, transfer.amount_fen)",
        TRANSFERS,
    ),
    Mutant(
        "an end that contradicts the known one is taken",
        APPLYING,
        "    if _contradicts(transfer.status, state):\n",
        "    if transfer.id < 0:\n",
        TRANSFERS,
    ),
    Mutant(
        "a transfer ends twice",
        "mall/payouts/states.py",
        ".where(PayoutTransfer.id == transfer_id, PayoutTransfer.status.in_(origins))",
        ".where(PayoutTransfer.id == transfer_id)",
        TRANSFERS,
    ),
    Mutant(
        "a number that WeChat doesn't find yet counts as over",
        SENDING,
        'turn.action == "query" or code == UNHEARD_OF or code in _TEMPORARY',
        'turn.action == "query" or code in _TEMPORARY',
        ABANDONED,
    ),
    Mutant(
        "a transfer is given up before WeChat can know",
        SENDING,
        "        if waits_s > 0:\n            return again(ceil(waits_s))\n",
        "",
        ABANDONED,
    ),
    Mutant(
        "a transfer of yesterday doesn't count today",
        SENDING,
        "    if transfer.day >= today:\n        return None\n",
        "    if transfer.day is not None:\n        return None\n",
        DAYS,
    ),
    Mutant(
        "a payout that isn't ready is paid by hand",
        BY_HAND,
        '    if payout.status != "ready":\n        raise PayoutNotReady\n    return',
        "    return",
        HANDS,
    ),
    Mutant(
        "another amount than was asked is paid by hand",
        BY_HAND,
        'if payout.payable_fen != approved.payload["amount_fen"]:',
        "if payout.payable_fen < 0:",
        HANDS,
        "nothing changes the amount while the entry is open: `taken_back_meanwhile_is_a_debt`",
    ),
    Mutant(
        "a transfer that the shopper has confirmed is taken back",
        "mall/payouts/cancelling.py",
        "        if not is_pending and transfer.status not in CANCELLABLE:\n"
        "            raise TransferNotCancellable\n",
        "",
        TRANSFERS,
    ),
)
