"""The arithmetic of withdrawals. In fen."""

from __future__ import annotations

WHOLE_BP = 10_000


def fee_fen(amount_fen: int, fee_bp: int) -> int:
    """What the shop keeps of a withdrawal: rounded down, so in the promoter's favour."""
    return amount_fen * fee_bp // WHOLE_BP
