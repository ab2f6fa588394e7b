"""Who brought whom, and withdrawals of what that paid."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BINDING = "mall/referral/bindings/binding.py"
REQUESTING = "mall/referral/withdrawals/requesting.py"
DECIDING = "mall/referral/withdrawals/deciding.py"
CHANNEL = "mall/referral/channels/claiming.py"
BOUND = ("tests/referral/test_bindings.py",)
HINDRANCES = ("tests/referral/test_withdrawal_hindrances.py",)
WITHDRAWN = ("tests/referral/test_withdrawals.py",)
PAID = ("tests/referral/test_commission_paying.py",)
CHANNELS = ("tests/referral/test_channels.py",)
WAITING = ("tests/rewards/test_waiting.py",)

MUTANTS = (
    Mutant(
        "who is blocked or gone brings others",
        BINDING,
        "if facts is None or not (facts.inviter_fits and facts.invitee_fits):",
        "if facts is None:",
        BOUND,
    ),
    Mutant(
        "who has bought is brought as new",
        BINDING,
        "if facts.bought or facts.same_person or facts.decided:",
        "if facts.same_person or facts.decided:",
        BOUND,
    ),
    Mutant(
        "shoppers bring themselves by another account",
        BINDING,
        "if facts.bought or facts.same_person or facts.decided:",
        "if facts.bought or facts.decided:",
        BOUND,
    ),
    Mutant(
        "events that come late bind anew",
        BINDING,
        "if facts.bought or facts.same_person or facts.decided:",
        "if facts.bought or facts.same_person:",
        BOUND,
    ),
    Mutant(
        "bindings close a ring",
        BINDING,
        "if not _may_bind(session, touch) or closes_ring(session, touch.inviter_id,"
        " touch.invitee_id):",
        "if not _may_bind(session, touch):",
        BOUND,
    ),
    Mutant(
        "an inviter's protection isn't kept",
        BINDING,
        "return is_another and not current.protected and WON_BY.get() == way",
        "return is_another and WON_BY.get() == way",
        BOUND,
    ),
    Mutant(
        "another wins a shopper by a way that the shop doesn't allow",
        BINDING,
        "return is_another and not current.protected and WON_BY.get() == way",
        "return is_another and not current.protected",
        BOUND,
    ),
    Mutant(
        "an invitee counts for two inviters",
        "mall/referral/invites/following.py",
        "    if known is None and _is_known_otherwise(session, bound.invitee_id):\n"
        "        return\n",
        "",
        ("tests/referral/test_invites.py", "tests/referral/test_bindings_by_staff.py"),
    ),
    Mutant(
        "an invite counts before its order is settled",
        "mall/referral/invites/following.py",
        "count(*) FILTER (WHERE stands AND o.settled_at IS NOT NULL) AS settled",
        "count(*) FILTER (WHERE stands) AS settled",
        ("tests/referral/test_invites.py",),
    ),
    Mutant(
        "an order that came back whole counts as brought",
        "mall/referral/invites/following.py",
        "WHERE l.order_id = o.id AND l.refunded_quantity < l.quantity) AS stands",
        "WHERE l.order_id = o.id) AS stands",
        ("tests/referral/test_invites.py",),
    ),
    Mutant(
        "a withdrawal outside its limits",
        REQUESTING,
        "if not LEAST.get() <= amount_fen <= MOST.get() or amount_fen - kept_fen < LEAST_FEN:",
        "if amount_fen - kept_fen < LEAST_FEN:",
        HINDRANCES,
    ),
    Mutant(
        "a withdrawal of less than WeChat transfers",
        REQUESTING,
        "<= amount_fen <= MOST.get() or amount_fen - kept_fen < LEAST_FEN:",
        "<= amount_fen <= MOST.get():",
        HINDRANCES,
    ),
    Mutant(
        "who owes withdraws",
        REQUESTING,
        "if lock_account(session, user_id).debt_fen or accounts.lock(session, user_id).debt_fen:",
        "if lock_account(session, user_id).debt_fen < 0:",
        HINDRANCES,
    ),
    Mutant(
        "who owes commission withdraws",
        REQUESTING,
        "if lock_account(session, user_id).debt_fen or accounts.lock(session, user_id).debt_fen:",
        "if lock_account(session, user_id).debt_fen:",
        HINDRANCES,
    ),
    Mutant(
        "more withdrawals a day than the shop allows",
        REQUESTING,
        "if before.count >= DAY_COUNT.get() or total_fen > DAY_MAX.get():",
        "if total_fen > DAY_MAX.get():",
        HINDRANCES,
    ),
    Mutant(
        "more is withdrawn a day than the shop allows",
        REQUESTING,
        "if before.count >= DAY_COUNT.get() or total_fen > DAY_MAX.get():",
        "if before.count >= DAY_COUNT.get():",
        HINDRANCES,
    ),
    Mutant(
        "a closed account withdraws",
        REQUESTING,
        "        hold_open_account(session, user_id)\n",
        "",
        HINDRANCES,
    ),
    Mutant(
        "who never was a promoter withdraws",
        "mall/referral/withdrawals/standing.py",
        "    if found is None or found.active_at is None:\n        raise NotAPromoter\n",
        "    if found is None:\n        return\n",
        HINDRANCES,
    ),
    Mutant(
        "a blocked promoter withdraws",
        "mall/referral/withdrawals/standing.py",
        "    if found.status == BLOCKED:\n        raise PromoterBlocked\n",
        "",
        HINDRANCES,
    ),
    Mutant(
        "nobody approves what two must",
        REQUESTING,
        "if total_fen <= min(AUTO_APPROVE_MAX.get(), FOUR_EYES.get()):",
        "if total_fen <= AUTO_APPROVE_MAX.get():",
        HINDRANCES,
    ),
    Mutant(
        "small withdrawals add up to what staff must approve",
        REQUESTING,
        "if total_fen <= min(AUTO_APPROVE_MAX.get(), FOUR_EYES.get()):",
        "if amount_fen <= min(AUTO_APPROVE_MAX.get(), FOUR_EYES.get()):",
        (*HINDRANCES, *WITHDRAWN),
    ),
    Mutant(
        "one alone approves what two must",
        DECIDING,
        "    return day.amount_fen > FOUR_EYES.get()",
        "    return day.amount_fen < 0",
        WITHDRAWN,
    ),
    Mutant(
        "parts of a day's withdrawals need one alone",
        DECIDING,
        "    return day.amount_fen > FOUR_EYES.get()",
        "    return withdrawal.amount_fen > FOUR_EYES.get()",
        WITHDRAWN,
    ),
    Mutant(
        "a withdrawal that was decided is decided again",
        DECIDING,
        "    if withdrawal.status != WAITING:\n        raise WithdrawalDecided\n",
        "",
        WITHDRAWN,
    ),
    Mutant(
        "a debt since the request hinders no approval",
        DECIDING,
        "        check_standing(session, withdrawal.user_id)\n"
        "        check_debt(session, withdrawal.user_id)\n        if",
        "        check_standing(session, withdrawal.user_id)\n        if",
        HINDRANCES,
    ),
    Mutant(
        "another promoter's withdrawal is cancelled",
        "mall/referral/withdrawals/cancelling.py",
        "which = (Withdrawal.number == number) & (Withdrawal.user_id == user_id)",
        "which = Withdrawal.number == number",
        WITHDRAWN,
    ),
    Mutant(
        "a withdrawal is cancelled while WeChat has it",
        "mall/referral/withdrawals/cancelling.py",
        '        if payout.status != "ready":\n            raise WithdrawalUnderWay\n',
        "",
        WITHDRAWN,
    ),
    Mutant(
        "what was refused counts in a day",
        "mall/referral/withdrawals/day.py",
        "            Withdrawal.status.in_((*OPEN_STATUSES, PAID)),\n",
        "",
        (*HINDRANCES, *WITHDRAWN),
    ),
    Mutant(
        "another day's withdrawals count today",
        "mall/referral/withdrawals/day.py",
        "            Withdrawal.day == day,\n",
        "",
        (*HINDRANCES, *WITHDRAWN),
    ),
    Mutant(
        "a channel's coupon for who has bought",
        CHANNEL,
        "        if _has_bought(session, user_id):\n            raise NewShoppersOnly\n",
        "",
        CHANNELS,
    ),
    Mutant(
        "a channel's coupon is claimed twice",
        CHANNEL,
        "        if known is not None:\n            return known\n        if not is_open",
        "        if not is_open",
        CHANNELS,
    ),
    Mutant(
        "a closed channel gives coupons",
        CHANNEL,
        "        if not is_open(session, channel_id):\n            raise ChannelNotOpen\n",
        "",
        CHANNELS,
    ),
)
