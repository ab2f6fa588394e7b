"""Whom the lines of a sheet mean: by id, by verified phone, or by both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.points.sheets.rows import PHONE, USER_ID, Line
from mall.users import phones
from mall.users.models import User
from mall.users.queries import open_accounts


def find_shoppers(session: Session, lines: Sequence[Line]) -> list[Line]:
    """The lines with the shopper's id, or with the fault that nobody or several are meant.

    Two statements for all of them. A closed account has no phone any more, and isn't found.
    """
    ids = {line.user_id for line in lines if line.user_id is not None and not line.fault}
    known = open_accounts(session, ids)
    by_phone = _by_phone(session, {line.phone for line in lines if line.phone and not line.fault})
    return [
        replace(line, user_id=None) if line.fault else _found(line, known, by_phone)
        for line in lines
    ]


def _by_phone(session: Session, wanted: set[str]) -> dict[str, set[int]]:
    indexes = {phones.index_of(phone): phone for phone in wanted}
    rows = session.execute(
        select(User.phone_index, User.id).where(
            User.phone_index.in_(indexes), User.closed_at.is_(None)
        )
    )
    found: dict[str, set[int]] = defaultdict(set)
    for index, user_id in rows:
        if index is not None:
            found[indexes[index]].add(user_id)
    return found


def _found(line: Line, known: set[int], by_phone: dict[str, set[int]]) -> Line:
    if line.user_id is not None and line.user_id not in known:
        return replace(line, user_id=None, fault="用户不存在或已注销")
    if line.phone is None:
        return line
    found = by_phone.get(line.phone, set())
    if line.user_id is not None:
        return line if line.user_id in found else replace(line, fault=f"{PHONE}不是该用户的")
    if not found:
        return replace(line, fault="没有用户验证过这个手机号")
    if len(found) > 1:
        return replace(line, fault=f"多位用户验证过这个手机号，请填写{USER_ID}")
    return replace(line, user_id=min(found))
