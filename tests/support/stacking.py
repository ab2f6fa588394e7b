"""What stacks with what: the table of `docs/pricing.md`, each cell with an example.

Two units of 100.00 are bought. Each part that may join the price has a letter, and a second
one of the same kind where two may meet. What a cell costs is said once here; the pure
function and orders over HTTP are held to it alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mall.points.checkout.rules import PointsRule, Terms
from mall.pricing.activity import activity_price
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal

UNIT_FEN, UNITS = 10_000, 2
MEMBER_FEN, GROUP_FEN = 9_000, 7_000
MEMBER, GROUP = "会员价", "拼团价"
PROMOTION_STEPS = ((14_000, 1_000), (20_000, 3_000))
BETTER_STEPS = ((10_000, 4_000),)
GIFT_FEN, BETTER_GIFT_FEN = 300, 400
"""A unit; one is given for each that is bought."""
COUPON_FEN, BETTER_COUPON_FEN, COUPON_FROM_FEN = 1_500, 1_700, 14_000
POINTS_FEN = 300
FREIGHT_FEN, FREE_FROM_FEN = 1_000, 19_800
VOUCHER_FEN = 600

KINDS = ("activity price", "promotion", "gift", "coupon", "points", "freight")
BOTH, BETTER, LOWER = "both", "the better ¹", "the lower ¹"
ONE, ONE_EACH, FREE = "one", "one for goods, one for freight", "free freight first"
ALONE = Stacking()
Taken = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Cell:
    """Two kinds, the word of the table, the parts that meet, and what comes of it.

    `taken` are the adjustments of the goods (lane, fen). There is freight only where a part is
    "carriage"; `freight_fen` is what is left of it.
    """

    row: str
    column: str
    word: str
    parts: tuple[str, ...]
    taken: Taken
    freight_fen: int = 0

    @property
    def name(self) -> str:
        return f"{self.row} × {self.column}"


def _cell(names: str, word: str, parts: str, *taken: tuple[str, int], freight_fen: int = 0) -> Cell:
    row, column = names.split(" × ")
    return Cell(row, column, word, tuple(parts.split()), taken, freight_fen)


_GROUP = ("ACTIVITY", -UNITS * (UNIT_FEN - GROUP_FEN))
_PROMOTION = ("PROMOTION", -3_000)
_GIFT = ("PROMOTION", -UNITS * GIFT_FEN)
_COUPON, _POINTS = ("COUPON", -COUPON_FEN), ("POINTS", -POINTS_FEN)

CELLS = (
    _cell("activity price × activity price", LOWER, "member group", _GROUP),
    # 140.00 are left after the group's price: that reaches the first step only.
    _cell("activity price × promotion", BOTH, "group promotion", _GROUP, ("PROMOTION", -1_000)),
    _cell("activity price × gift", BOTH, "group gift", _GROUP, _GIFT),
    _cell("activity price × coupon", BOTH, "group coupon", _GROUP, _COUPON),
    _cell("activity price × points", BOTH, "group points", _GROUP, _POINTS),
    _cell("activity price × freight", BOTH, "group carriage free", _GROUP, freight_fen=1_000),
    _cell("promotion × promotion", BETTER, "promotion better", ("PROMOTION", -4_000)),
    _cell("promotion × gift", BETTER, "promotion gift", _PROMOTION),
    _cell("promotion × coupon", BOTH, "promotion coupon", _PROMOTION, _COUPON),
    _cell("promotion × points", BOTH, "promotion points", _PROMOTION, _POINTS),
    _cell("promotion × freight", BOTH, "promotion carriage free", _PROMOTION, freight_fen=1_000),
    _cell("gift × gift", BETTER, "gift better_gift", ("PROMOTION", -UNITS * BETTER_GIFT_FEN)),
    _cell("gift × coupon", BOTH, "gift coupon", _GIFT, _COUPON),
    _cell("gift × points", BOTH, "gift points", _GIFT, _POINTS),
    _cell("gift × freight", BOTH, "gift carriage free", _GIFT),
    _cell(
        "coupon × coupon",
        ONE_EACH,
        "coupon better_coupon carriage voucher",
        ("COUPON", -BETTER_COUPON_FEN),
        freight_fen=FREIGHT_FEN - VOUCHER_FEN,
    ),
    _cell("coupon × points", BOTH, "coupon points", _COUPON, _POINTS),
    _cell("coupon × freight", BOTH, "coupon carriage free", _COUPON, freight_fen=1_000),
    _cell("points × freight", BOTH, "points carriage free", _POINTS, freight_fen=1_000),
    _cell("freight × freight", FREE, "carriage free voucher"),
)


POINTS = PointsRule(
    Terms(available=POINTS_FEN, debt=0, per_yuan=100, cap_bp=10_000, least=1, step=1), None
)
"""So many points pay as many fen."""


def member_price(sku_id: int, stacking: Stacking = ALONE) -> Deal:
    return activity_price("member", MEMBER, {sku_id: MEMBER_FEN}, stacking=stacking)


def group_price(sku_id: int, stacking: Stacking = ALONE) -> Deal:
    return activity_price("group:7", GROUP, {sku_id: GROUP_FEN}, stacking=stacking)


def table(cells: Mapping[tuple[str, str], str]) -> str:
    """The table as the page has it."""
    lines = ["|   | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    for row in KINDS:
        words = [cells.get((row, column), "") for column in KINDS]
        lines.append("| " + " | ".join([row, *words]) + " |")
    return "\n".join(lines)
