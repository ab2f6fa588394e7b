"""Money is whole fen (1/100 yuan); a rate is whole basis points (1/10000)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

MAX_FEN = 100_000_000_00
"""No single amount is above 100 million yuan: far above any order, far below 2^53."""


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` fen over `weights` by largest remainder; the parts sum to `total`.

    Ties go to the earlier part. All weights zero: everything goes to the first part.
    Raises ValueError for a negative total, a negative weight or no weights.
    """
    if total < 0 or not weights or any(weight < 0 for weight in weights):
        raise ValueError("split needs a total and weights that are not negative")
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def share(amount: int, rate_bp: int) -> int:
    """`rate_bp` basis points of `amount` fen, rounded down."""
    return amount * rate_bp // 10_000


def fen_from_yuan(text: str) -> int:
    """Read a price in yuan as a merchant writes it ("1,399.00", "￥5") into fen.

    Raises ValueError when it isn't a number with at most two decimals, or out of range.
    """
    cleaned = text.strip().lstrip("¥￥").replace(",", "").removesuffix("元").strip()
    try:
        fen = Decimal(cleaned) * 100
    except InvalidOperation:
        raise ValueError(f"not an amount in yuan: {text!r}") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError(f"not an amount in yuan with at most two decimals: {text!r}")
    if not 0 <= fen <= MAX_FEN:
        raise ValueError(f"amount out of range: {text!r}")
    return int(fen)


def yuan(fen: int) -> str:
    """Fen as shown to a person: 1050 → "10.50"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
