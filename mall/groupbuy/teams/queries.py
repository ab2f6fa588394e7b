"""Reads of teams that orders and pages share."""

from __future__ import annotations

import re

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.errors import GroupTeamNotFound

_CODE = re.compile(r"[0-9a-z]{4,32}", re.ASCII)
_ID = text("SELECT id FROM groupbuy_teams WHERE code = :code")


def team_id_of(session: Session, code: str) -> int:
    """The team of a code. Raises GroupTeamNotFound."""
    team_id: int | None = session.scalar(_ID, {"code": code}) if _CODE.fullmatch(code) else None
    if team_id is None:
        raise GroupTeamNotFound
    return team_id
