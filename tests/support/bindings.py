"""Bindings of shoppers, for tests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from mall.kernel.db import db_now, transaction
from mall.referral.bindings.binding import Touch, bind
from tests.support.invariants import rows_of

PROMISES = ("I34a", "I34b", "I21a", "I21b", "I21c", "I21d")


def history_of(invitee_id: int) -> list[tuple[int, str | None]]:
    """Whose the shopper was and is, oldest first: the inviter, and why it ended."""
    query = text(
        "SELECT inviter_id, end_reason FROM referral_bindings WHERE invitee_id = :id ORDER BY id"
    )
    with transaction() as session:
        return [(row[0], row[1]) for row in session.execute(query, {"id": invitee_id})]


def bound(inviter_id: int, invitee_id: int, at: datetime | None = None) -> int | None:
    """A touch of the inviter's share binds, if the rules allow it: the binding's id."""
    with transaction() as session:
        return bind(session, Touch(inviter_id, invitee_id, None, at or db_now(session)))


def same_person(column: str, *user_ids: int) -> None:
    """These accounts have one unionid, or one phone."""
    value = "'u-same'" if column == "unionid" else r"'\x01'"
    with transaction() as session:
        statement = f"UPDATE users SET {column} = {value} WHERE id = ANY(:ids)"
        if column == "phone_index":
            statement = statement.replace("SET", r"SET phone_sealed = '\x02',")
        session.execute(text(statement), {"ids": list(user_ids)})


def sharing_holds() -> None:
    """The promises of shares, bindings and attributions; these orders have no payments."""
    found = {code: rows for code in PROMISES if (rows := rows_of(code))}
    assert not found, found
