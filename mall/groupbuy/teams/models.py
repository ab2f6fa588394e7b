"""Tables of teams, their members and their history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

_ZERO, _TRUE, _FALSE = text("0"), text("true"), text("false")


class GroupTeam(Identified, Created):
    """A team. `code` is how a shopper's client names it, also in a share's scene.

    `sizes` are those of its tiers, as they were when it was opened. Seats: `reserved` are
    of unpaid orders, `paid` of paid ones, `filled` those that the shop filled; `missing` is how
    many the next members must take until it is formed, `seats_left` how many can still be
    taken. `expires_at` is set once, when the leader has paid. `verdict`: staff, or a leader who
    left, decided how it ends (`form`, `fail`); nobody joins any more. `verdict_by` and
    `verdict_reason` are of staff. `tier_size` is the tier that was reached. `reminded_at`: its
    members were told that it ends soon.
    """

    __tablename__ = "groupbuy_teams"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(
            "status IN ('opening', 'forming', 'formed', 'settled', 'failed')", name="status"
        ),
        CheckConstraint(
            "reserved >= 0 AND paid >= 0 AND filled >= 0"
            " AND reserved + paid + filled <= max_size AND min_size <= max_size",
            name="seats",
        ),
        CheckConstraint("(status = 'settled') = (tier_size IS NOT NULL)", name="tier"),
        CheckConstraint(
            "(status IN ('settled', 'failed')) = (closed_at IS NOT NULL)", name="closed"
        ),
        CheckConstraint(
            "status = 'failed' OR (status = 'opening') = (expires_at IS NULL)", name="opened"
        ),
        CheckConstraint("verdict IN ('form', 'fail')", name="verdict"),
        CheckConstraint("(verdict IS NULL) = (verdict_at IS NULL)", name="verdict_at"),
        Index(
            "ix_groupbuy_teams_forming",
            "activity_id",
            "missing",
            "expires_at",
            "id",
            postgresql_where=text("status = 'forming' AND seats_left > 0 AND verdict IS NULL"),
        ),
        Index(
            "ix_groupbuy_teams_formed",
            "activity_id",
            "seats_left",
            "expires_at",
            "id",
            postgresql_where=text("status = 'formed' AND seats_left > 0 AND verdict IS NULL"),
        ),
        Index(
            "ix_groupbuy_teams_due",
            "expires_at",
            "id",
            postgresql_where=text("status IN ('forming', 'formed')"),
        ),
        Index(
            "ix_groupbuy_teams_full",
            "expires_at",
            "id",
            postgresql_where=text(
                "status IN ('forming', 'formed') AND reserved = 0 AND seats_left = 0"
            ),
        ),
        Index(
            "ix_groupbuy_teams_decided",
            "expires_at",
            "id",
            postgresql_where=text(
                "status IN ('forming', 'formed') AND reserved = 0 AND verdict IS NOT NULL"
            ),
        ),
        Index(
            "ix_groupbuy_teams_to_remind",
            "missing",
            "expires_at",
            postgresql_where=text("status = 'forming' AND reminded_at IS NULL"),
        ),
        Index("ix_groupbuy_teams_activity_id_status", "activity_id", "status", "id"),
        Index("ix_groupbuy_teams_leader_id", "leader_id", "activity_id"),
        Index("ix_groupbuy_teams_closed_at", "closed_at"),
    )
    code: Mapped[str] = mapped_column(Text)
    activity_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_activities.id"))
    tier_set_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_tier_sets.id"))
    leader_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(Text, server_default=text("'opening'"))
    sizes: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    min_size: Mapped[int] = mapped_column(Integer)
    max_size: Mapped[int] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    paid: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    filled: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    missing: Mapped[int] = mapped_column(
        Integer, Computed("greatest(min_size - reserved - paid - filled, 0)", persisted=True)
    )
    seats_left: Mapped[int] = mapped_column(
        Integer, Computed("max_size - reserved - paid - filled", persisted=True)
    )
    expires_at: Mapped[datetime | None]
    formed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    tier_size: Mapped[int | None] = mapped_column(Integer)
    verdict: Mapped[str | None] = mapped_column(Text)
    verdict_at: Mapped[datetime | None]
    verdict_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    verdict_reason: Mapped[str | None] = mapped_column(Text)
    reminded_at: Mapped[datetime | None]


class GroupMember(Identified, Created):
    """A seat of a team, and the order that holds it.

    `unit_price_fen` is what a unit cost when it was placed, before what stacks. `seat`: the order
    holds a seat; of a team that is over it stays as it was then. `released`: the order was
    closed, its units went back. `is_new`: a new customer when it was paid. `due` is what is to be
    done with the order next: `release` its hold, `settle` (release, and give back the
    difference), `refund` it in full; `due_tries` and `due_error` tell why that isn't done yet.
    `difference_fen` is what was given back by settling.
    """

    __tablename__ = "groupbuy_members"
    __table_args__ = (
        UniqueConstraint("order_id"),
        CheckConstraint("units > 0 AND unit_price_fen > 0", name="amounts"),
        CheckConstraint("due IN ('release', 'settle', 'refund')", name="due"),
        CheckConstraint("(due IS NULL) = (due_since IS NULL)", name="due_since"),
        Index(
            "uq_groupbuy_members_team_id_user_id",
            "team_id",
            "user_id",
            unique=True,
            postgresql_where=text("seat"),
        ),
        Index("ix_groupbuy_members_team_id", "team_id", "id"),
        Index("ix_groupbuy_members_user_id", "user_id", "id"),
        Index("ix_groupbuy_members_due", "due_since", postgresql_where=text("due IS NOT NULL")),
        Index("ix_groupbuy_members_created_at", "created_at", **BY_TIME),
    )
    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_teams.id"))
    activity_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_activities.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"))
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"))
    units: Mapped[int]
    unit_price_fen: Mapped[int]
    seat: Mapped[bool] = mapped_column(server_default=_TRUE)
    released: Mapped[bool] = mapped_column(server_default=_FALSE)
    paid_at: Mapped[datetime | None]
    is_new: Mapped[bool | None]
    left_at: Mapped[datetime | None]
    due: Mapped[str | None] = mapped_column(Text)
    due_since: Mapped[datetime | None]
    due_tries: Mapped[int] = mapped_column(SmallInteger, server_default=_ZERO)
    due_error: Mapped[str | None] = mapped_column(Text)
    difference_fen: Mapped[int] = mapped_column(server_default=_ZERO)


class GroupNewcomer(Base):
    """A new customer's one unpaid order in a team that is for new customers."""

    __tablename__ = "groupbuy_newcomers"
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), unique=True)


class GroupFill(Identified, Created):
    """Seats that the shop filled. No staff member: at the team's end, as the activity says."""

    __tablename__ = "groupbuy_fills"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        Index("ix_groupbuy_fills_team_id", "team_id"),
    )
    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_teams.id"))
    seats: Mapped[int] = mapped_column(Integer)
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))


class GroupTransition(Identified, Created):
    """A step of a team's history; the first comes from nowhere. A leader who handed the team
    over is a step from `forming` to `forming`. `reason` is what staff wrote."""

    __tablename__ = "groupbuy_transitions"
    __table_args__ = (Index("ix_groupbuy_transitions_team_id", "team_id", "id"),)
    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_teams.id"))
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))


class GroupVisit(Created, Base):
    """That a shopper looked at a team's page, the first time."""

    __tablename__ = "groupbuy_visits"
    __table_args__ = (Index("ix_groupbuy_visits_user_id", "user_id"),)
    team_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_teams.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)


class GroupCode(Created, Base):
    """The mini-program code (an image) of a team; dropped once the team is over."""

    __tablename__ = "groupbuy_codes"
    team_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_teams.id"), primary_key=True, autoincrement=False
    )
    image: Mapped[bytes] = mapped_column(LargeBinary)
