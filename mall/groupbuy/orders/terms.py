"""The terms of a choice: what a seat costs, whom it is for, and how many units one may have.

They are fixed once an activity has started, so reading them needs no lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import CHOSEN, DIFFERENCE, DRAFT
from mall.groupbuy.activities.stacking import STACKABLE
from mall.groupbuy.activities.tiers import Tiers, tiers_of
from mall.groupbuy.errors import (
    GroupActivityNotFound,
    GroupSkuNotIncluded,
    GroupTeamNotFound,
    GroupTierUnknown,
)
from mall.groupbuy.orders.choice import Choice, Joining, Opening
from mall.groupbuy.orders.kinds import (
    GROUPBUY,
    GROUPBUY_EARNING,
    PARTICIPANT,
    WAITS,
)
from mall.groupbuy.teams.states import FORMED
from mall.kernel.errors import MallError
from mall.kernel.prepared import PreparedStatement
from mall.orders.kinds import OrderKind
from mall.orders.settings import SHORTEST_PAY_MIN

_ACTIVITY = """
    a.id AS activity_id, a.name, a.spu_id, a.mode, a.pay_min, a.order_units, a.shopper_units,
    a.open_teams, a.open_audience, a.join_audience, a.leader_free_freight, a.leader_leaves,
    a.earns, a.stacks, a.team_open_min, s.sizes AS set_sizes, s.prices
"""
_OPENING = PreparedStatement(
    f"""
    SELECT {_ACTIVITY},
        (SELECT jsonb_object_agg(k.sku_id, k.leader_price_fen) FROM groupbuy_skus k
         WHERE k.activity_id = a.id) AS leader_prices
    FROM groupbuy_activities a
    JOIN groupbuy_tier_sets s ON s.activity_id = a.id AND s.id = :tier_set_id
    WHERE a.id = :activity_id AND a.status <> 'draft'
    """  # noqa: S608 - columns of our own
)
_JOINING = PreparedStatement(
    f"""
    SELECT {_ACTIVITY}, t.sizes, t.expires_at, t.code, t.status FROM groupbuy_teams t
    JOIN groupbuy_activities a ON a.id = t.activity_id
    JOIN groupbuy_tier_sets s ON s.id = t.tier_set_id
    WHERE t.id = :team_id
    """  # noqa: S608 - columns of our own
)
_STATUS = text("SELECT status FROM groupbuy_activities WHERE id = :activity_id")


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a seat. `pay_until`: the team's end, None of one that is to be opened, as
    is `team_code`. `is_formed`: the team stood already when this was read."""

    choice: Choice
    activity_id: int
    activity_name: str
    spu_id: int
    mode: str
    tiers: Tiers
    earns: bool
    stacks: tuple[str, ...]
    pay_min: int
    order_units: int
    shopper_units: int
    open_teams: int
    open_audience: str
    join_audience: str
    leader_leaves: str
    team_open_min: int
    free_freight: bool = False
    leader_prices: Mapping[int, int | None] = field(default_factory=dict)
    pay_until: datetime | None = None
    team_code: str | None = None
    is_formed: bool = False

    @property
    def kind(self) -> SeatKind:
        """The kind of the seat's order: with what stacks, and its time to pay."""
        base = GROUPBUY_EARNING if self.earns else GROUPBUY
        common = {one.name: getattr(base, one.name) for one in fields(base)}
        own: dict[str, Any] = {
            "lanes": base.lanes | {STACKABLE[one] for one in self.stacks},
            "participants": frozenset({PARTICIPANT, "freight", *self.stacks}),
            "pay_min": lambda: max(self.pay_min, SHORTEST_PAY_MIN),
            "hold": None if self.is_formed else WAITS,
        }
        return SeatKind(**(common | own), terms=self)

    @property
    def opens(self) -> bool:
        """A team is to be opened."""
        return isinstance(self.choice, Opening)

    @property
    def gives_difference(self) -> bool:
        """What members paid beyond the tier that is reached comes back."""
        return self.mode == DIFFERENCE

    def unit_price(self, sku_id: int) -> int:
        """What a unit costs with this seat. Raises GroupSkuNotIncluded."""
        if sku_id not in self.tiers.prices:
            raise GroupSkuNotIncluded(param="sku_id")
        own = self.leader_prices.get(sku_id) if self.opens else None
        return self.tiers.first_price(sku_id) if own is None else own


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatKind(OrderKind):
    """The kind of a seat's order while it is quoted and placed. It carries the seat's terms to
    the participant, so that they are read once (row "joining ÷ a plain order" of
    `make bench`)."""

    terms: Terms = field(compare=False)


def terms_in(kind: OrderKind) -> Terms:
    """The terms of a seat that is quoted or placed. TypeError for a kind that has none."""
    if not isinstance(kind, SeatKind):
        raise TypeError(f"an order of kind {kind.name} is placed with the kind of its terms")
    return kind.terms


def terms_of(session: Session, choice: Choice) -> Terms:
    """The terms of a choice. Raises GroupActivityNotFound, GroupTeamNotFound, GroupTierUnknown."""
    if isinstance(choice, Joining):
        row = _JOINING.first(session, team_id=choice.team_id)
        if row is None:
            raise GroupTeamNotFound
        return _terms(
            choice,
            row,
            _team_tiers(row),
            pay_until=row.expires_at,
            team_code=row.code,
            is_formed=row.status == FORMED,
        )
    row = _OPENING.first(session, activity_id=choice.activity_id, tier_set_id=choice.tier_set_id)
    if row is None:
        raise _unknown(session, choice.activity_id)
    tiers = tiers_of(row.set_sizes, row.prices)
    if row.mode == CHOSEN:
        if choice.size not in tiers.sizes:
            raise GroupTierUnknown(param="size")
        tiers = tiers.only(choice.size)
    elif choice.size is not None:
        raise GroupTierUnknown(param="size")
    return _terms(
        choice,
        row,
        tiers,
        free_freight=row.leader_free_freight,
        leader_prices={int(sku): fen for sku, fen in (row.leader_prices or {}).items()},
    )


def _unknown(session: Session, activity_id: int) -> MallError:
    status = session.scalar(_STATUS, {"activity_id": activity_id})
    if status is None or status == DRAFT:
        return GroupActivityNotFound()
    return GroupTierUnknown(param="tier_set_id")


def _team_tiers(row: Any) -> Tiers:
    tiers = tiers_of(row.set_sizes, row.prices)
    return tiers.only(row.sizes[0]) if row.mode == CHOSEN else tiers


def _terms(choice: Choice, row: Any, tiers: Tiers, **more: Any) -> Terms:
    return Terms(
        choice=choice,
        activity_id=row.activity_id,
        activity_name=row.name,
        spu_id=row.spu_id,
        mode=row.mode,
        tiers=tiers,
        earns=row.earns,
        stacks=tuple(row.stacks),
        pay_min=row.pay_min,
        order_units=row.order_units,
        shopper_units=row.shopper_units,
        open_teams=row.open_teams,
        open_audience=row.open_audience,
        join_audience=row.join_audience,
        leader_leaves=row.leader_leaves,
        team_open_min=row.team_open_min,
        **more,
    )
