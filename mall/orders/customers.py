"""Who is a customer already: one rule, for every feature that treats new customers differently."""

from __future__ import annotations


def has_bought(user_id: str, *, but: str | None = None, before: str | None = None) -> str:
    """SQL: whether a shopper has paid for an order before; free orders don't count.

    `but` is the id of an order to leave out, `before` a moment: only what was paid earlier counts.
    All are SQL of the caller, never input.
    """
    others = f" AND bought.id <> {but}" if but else ""
    earlier = f" AND bought.paid_at < {before}" if before else ""
    return (
        f"EXISTS (SELECT FROM orders bought WHERE bought.user_id = {user_id}"
        f" AND bought.paid_at IS NOT NULL AND bought.payable_fen > 0{others}{earlier})"
    )
