"""The states of an invite."""

from __future__ import annotations

ORDERED, WAITING, QUALIFIED, VOID = "ordered", "waiting", "qualified", "void"
"""A first order is paid and may come back; it is settled, and screening isn't clear; it counts for
sure; nothing that was bought stands any more, or staff voided the invite."""
STATUSES = (ORDERED, WAITING, QUALIFIED, VOID)


def status_of(*, standing: str, stands: int, settled: int) -> str:
    """The state by what is so now: how screening stands, how many orders of the invitee stand,
    and how many of these are settled. It may go any way: a settled order may be refunded, a
    voided invite released."""
    if standing == "void" or not stands:
        return VOID
    if not settled:
        return ORDERED
    return QUALIFIED if standing == "clear" else WAITING
