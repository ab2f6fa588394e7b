"""Kinds of boards: features add theirs to `BOARD_KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry


def itself(_session: Session, member_id: int) -> Sequence[int]:
    """Of a kind that ranks shoppers: the member is the shopper."""
    return (member_id,)


def nothing(_board_id: int) -> None:
    """Of a kind whose facts all come by events that aren't lost."""


@dataclass(frozen=True)
class BoardKind:
    """What is ranked, and how.

    `winners` says which shoppers get the prize of a member: the member, or a team's shoppers.
    `catch_up(board_id)` counts what hasn't been counted yet, before the ranks are frozen; it
    opens its own transactions and is safe to repeat.
    """

    name: str
    winners: Callable[[Session, int], Sequence[int]] = itself
    catch_up: Callable[[int], None] = nothing


BOARD_KINDS: Registry[BoardKind] = Registry("kinds of boards", lambda one: one.name)
