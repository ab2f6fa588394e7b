"""What units of a line are worth when they come back: one rule for whoever needs it.

Staff's refunds, after-sales, and features that take back what was given for units all ask here.
"""

from __future__ import annotations

RefundLine = tuple[int, int, int]
"""(line id, units, amount in fen). Without units it is a rebate: the goods are kept."""


def share_of_rest(left_fen: int, left_units: int, units: int) -> int:
    """The part of what is left of a line's money (fen) that belongs to `units` of those left.

    `left_fen` is what was paid for the line, less what was refunded and rebated. All units
    together give all of it, in whatever steps; a fen that can't be split goes to the last ones.
    Two units paid 100.00, of which 20.00 was rebated: one unit gives 40.00.
    """
    if units >= left_units:
        return max(0, left_fen)
    return max(0, left_fen) * units // left_units
