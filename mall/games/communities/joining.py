"""Communities and their members."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.games.communities.errors import CommunityCodeUnknown, CommunityNotFound
from mall.games.communities.models import Community, CommunityMember
from mall.kernel.codes import draw_code
from mall.kernel.db import transaction
from mall.staff.audit import record

LENGTH = 10


def make_community(name: str) -> int:
    """A new community with a code that is drawn: its id."""
    with transaction() as session:
        community_id = session.execute(
            insert(Community).values(name=name, code=draw_code(LENGTH)).returning(Community.id)
        ).scalar_one()
        _audit(session, "create", community_id, {"name": name})
        return community_id


def close_community(community_id: int) -> None:
    """Let nobody join any more; members and missions go on. Again changes nothing. Raises
    CommunityNotFound."""
    with transaction() as session:
        known = session.scalar(select(Community.id).where(Community.id == community_id))
        if known is None:
            raise CommunityNotFound
        closed = session.scalar(
            update(Community)
            .where(Community.id == community_id, Community.closed_at.is_(None))
            .values(closed_at=func.clock_timestamp())
            .returning(Community.id),
            execution_options={"synchronize_session": False},
        )
        if closed is not None:
            _audit(session, "close", community_id, {})


def join(user_id: int, code: str) -> int:
    """Make the shopper a member: the community's id. Joining again changes nothing. Raises
    CommunityCodeUnknown."""
    with transaction() as session:
        community_id = session.scalar(
            select(Community.id).where(
                Community.code == code.strip().upper(), Community.closed_at.is_(None)
            )
        )
        if community_id is None:
            raise CommunityCodeUnknown
        session.execute(
            insert(CommunityMember)
            .values(community_id=community_id, user_id=user_id, created_at=func.clock_timestamp())
            .on_conflict_do_nothing(constraint="pk_community_members")
        )
        return community_id


def _audit(session: Session, verb: str, community_id: int, after: dict[str, str]) -> None:
    record(
        session,
        action=f"community.{verb}",
        target_type="community",
        target_id=community_id,
        after=after,
    )
