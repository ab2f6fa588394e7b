"""Coupons: how many, whose, when, how much comes off; at a counter, too."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CLAIMING = "mall/coupons/claiming.py"
PARTICIPANT = "mall/coupons/participant.py"
RULES = "mall/coupons/rules.py"
REDEEMING = "mall/coupons/counter/redeeming.py"
UNDOING = "mall/coupons/counter/undoing.py"
SHOWN_CODES = "mall/users/shown_codes.py"
CLAIMED = ("tests/coupons/test_claiming.py",)
ORDERED = ("tests/coupons/test_orders.py",)
WORTH = ("tests/coupons/test_rules.py",)
COUNTER = ("tests/coupons/test_counter.py",)

MUTANTS = (
    Mutant(
        "more coupons are claimed than there are",
        CLAIMING,
        "\n          AND (total_limit IS NULL OR claimed < total_limit)",
        "",
        CLAIMED,
    ),
    Mutant(
        "a shopper claims more coupons than they may",
        CLAIMING,
        "\n    WHERE h.claimed < (SELECT per_user_limit FROM coupon_templates"
        " WHERE id = :template_id)",
        "",
        CLAIMED,
    ),
    Mutant(
        "coupons are claimed before they open",
        CLAIMING,
        "\n          AND (claim_from IS NULL OR claim_from <= clock_timestamp())",
        "",
        CLAIMED,
    ),
    Mutant(
        "coupons are claimed after they close",
        CLAIMING,
        "\n          AND (claim_to IS NULL OR claim_to > clock_timestamp())",
        "",
        CLAIMED,
    ),
    Mutant(
        "coupons of which the time is over are claimed",
        CLAIMING,
        "\n          AND (valid_to IS NULL OR valid_to > clock_timestamp())",
        "",
        CLAIMED,
    ),
    Mutant(
        "coupons that staff switched off are claimed",
        CLAIMING,
        "WHERE id = :template_id AND enabled\n",
        "WHERE id = :template_id\n",
        CLAIMED,
    ),
    Mutant(
        "coupons that are given by code are claimed without",
        CLAIMING,
        "        if way != PUBLIC:\n            raise TemplateNotFound\n",
        "",
        CLAIMED,
        "the statement that issues asks for the way as well; the refusal names another code then",
    ),
    Mutant(
        "a code is redeemed twice",
        CLAIMING,
        "        if found.coupon_id is not None:\n            raise CodeUsed\n",
        "",
        CLAIMED,
    ),
    Mutant(
        "coupons of another shopper are locked",
        PARTICIPANT,
        "            Coupon.user_id == order.user_id,\n",
        "",
        ORDERED,
    ),
    Mutant(
        "coupons of another shopper are chosen",
        PARTICIPANT,
        "select(Coupon.id).where(Coupon.id.in_(coupon_ids), Coupon.user_id == context.user_id)",
        "select(Coupon.id).where(Coupon.id.in_(coupon_ids))",
        ORDERED,
    ),
    Mutant(
        "a coupon is used by two orders",
        PARTICIPANT,
        "            Coupon.status == AVAILABLE,\n            Coupon.valid_from <= now,",
        "            Coupon.valid_from <= now,",
        ("tests/races/test_coupons.py", *ORDERED),
    ),
    Mutant(
        "a coupon that ended between quote and order is used",
        PARTICIPANT,
        "            Coupon.expires_at > now,\n",
        "",
        ORDERED,
    ),
    Mutant(
        "a coupon that ended is priced",
        PARTICIPANT,
        "c.status = 'available' AND c.expires_at > n.at",
        "c.status = 'available'",
        ORDERED,
    ),
    Mutant(
        "an order is placed without the coupons that made its price",
        PARTICIPANT,
        "if wanted and len(lock(session, order, wanted)) != len(wanted):",
        "if wanted and not lock(session, order, wanted) and not wanted:",
        ("tests/races/test_coupons.py", *ORDERED),
    ),
    Mutant(
        "two coupons for goods are used in an order",
        PARTICIPANT,
        "    if len({terms.kind == FREIGHT for terms in found}) != len(found):\n"
        "        raise ChoiceInvalid\n",
        "",
        ORDERED,
    ),
    Mutant(
        "a paid order gives back its coupons whatever the policy",
        PARTICIPANT,
        "o.paid_at IS NOT NULL AND t.back_on_refund AND {REFUNDED_IN_FULL}",
        "o.paid_at IS NOT NULL AND {REFUNDED_IN_FULL}",
        ORDERED,
    ),
    Mutant(
        "a part of a refund gives back the coupon",
        PARTICIPANT,
        "t.back_on_refund AND {REFUNDED_IN_FULL})",
        "t.back_on_refund AND ({REFUNDED_IN_FULL} OR true))",
        ORDERED,
    ),
    Mutant(
        "a coupon below its threshold",
        RULES,
        '适用商品可用" if short_fen > 0 else None',
        '适用商品可用" if short_fen > 10**9 else None',
        WORTH,
    ),
    Mutant(
        "a percentage without its cap",
        RULES,
        "return off if terms.cap_fen is None else min(off, terms.cap_fen)",
        "return off",
        WORTH,
    ),
    Mutant(
        "a freight coupon without its cap",
        RULES,
        "return freight_fen if terms.cap_fen is None else min(freight_fen, terms.cap_fen)",
        "return freight_fen",
        WORTH,
    ),
    Mutant(
        "a coupon takes the last fen",
        RULES,
        "min(_off(terms, covered, goods_fen), goods_fen, spare)",
        "min(_off(terms, covered, goods_fen), goods_fen)",
        WORTH,
    ),
    Mutant(
        "a coupon takes more than its goods cost",
        RULES,
        "min(_off(terms, covered, goods_fen), goods_fen, spare)",
        "min(_off(terms, covered, goods_fen), spare)",
        WORTH,
    ),
    Mutant(
        "a coupon is used before its time",
        RULES,
        '    if terms.usable_from is not None:\n        return "未到使用时间"\n',
        "",
        WORTH,
    ),
    Mutant(
        "terms of a claimed coupon are changed",
        "mall/coupons/templates.py",
        "if old.claimed and any(before",
        "if not old.claimed and any(before",
        CLAIMED,
    ),
    Mutant(
        "fewer coupons than were claimed",
        "mall/coupons/templates.py",
        'if values["total_limit"] is not None and values["total_limit"] < old.claimed:',
        'if values["total_limit"] is not None and values["total_limit"] < 0:',
        CLAIMED,
    ),
    Mutant(
        "a coupon that an order has is redeemed at a counter",
        REDEEMING,
        "c.user_id = :user_id AND c.status = 'available'",
        "c.user_id = :user_id",
        COUNTER,
    ),
    Mutant(
        "a coupon that ended is redeemed at a counter",
        REDEEMING,
        "c.valid_from <= clock_timestamp() AND c.expires_at > clock_timestamp()",
        "c.valid_from <= clock_timestamp()",
        COUNTER,
    ),
    Mutant(
        "a coupon of a closed account is redeemed",
        REDEEMING,
        "AND u.id = c.user_id AND u.closed_at IS NULL",
        "AND u.id = c.user_id",
        COUNTER,
    ),
    Mutant(
        "a coupon below its threshold at a counter",
        REDEEMING,
        "if goods_fen < template.threshold_fen or off <= 0:",
        "if off <= 0:",
        COUNTER,
    ),
    Mutant(
        "a coupon takes off more than the goods at a counter",
        REDEEMING,
        "    off = min(off, goods_fen)\n",
        "",
        COUNTER,
    ),
    Mutant(
        "staff of another point redeem",
        REDEEMING,
        "    if not serves(session, point_id, staff_id):\n",
        "    if staff_id < 0:\n",
        COUNTER,
    ),
    Mutant(
        "a coupon that is for orders alone is redeemed at a counter",
        REDEEMING,
        '    if not template.at_counter:\n        raise CouponNotAtCounter(param="code")\n',
        "",
        COUNTER,
        "no code is drawn for such a coupon, and what was claimed stays as it was promised:"
        " `whose_coupon_and_which_coupons`, `staff_keep_templates`",
    ),
    Mutant(
        "another shopper's coupon is shown at a counter",
        "mall/coupons/counter/codes.py",
        ".where(Coupon.id == coupon_id, Coupon.user_id == user_id)",
        ".where(Coupon.id == coupon_id)",
        COUNTER,
    ),
    Mutant(
        "a redemption is undone twice",
        UNDOING,
        "            CounterRedemption.undone_at.is_(None),\n",
        "",
        COUNTER,
    ),
    Mutant(
        "a redemption of another day is undone",
        UNDOING,
        "            CounterRedemption.day == today,\n",
        "",
        COUNTER,
    ),
    Mutant(
        "a shown code is used twice",
        SHOWN_CODES,
        "            table.used_at.is_(None),\n",
        "",
        COUNTER,
    ),
    Mutant(
        "a shown code never ends",
        SHOWN_CODES,
        "            table.expires_at > func.clock_timestamp(),\n",
        "",
        COUNTER,
    ),
)
