"""A seat's quote as a shopper sees it: the order, each tier, and what placing would refuse."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mall.cart.queries import state
from mall.groupbuy.orders.choice import Choice, Opening
from mall.groupbuy.orders.eligibility import facts_of, why_not
from mall.groupbuy.orders.outcomes import TierOutcome, outcomes, seat_of
from mall.groupbuy.orders.placing import Wanted, quote_seat
from mall.groupbuy.orders.terms import Terms
from mall.inventory.queries import shown
from mall.kernel.db import db
from mall.kernel.errors import MallError
from mall.orders.quoting import Preview


@dataclass(frozen=True, slots=True)
class SeatQuote:
    """What a seat costs. `team_code`: of the team that would be joined, None of one to open."""

    terms: Terms
    preview: Preview
    team_code: str | None
    tier_set_id: int | None
    size: int | None
    tiers: list[TierOutcome]
    refusals: list[MallError]


def full_quote(user_id: int, choice: Choice, wanted: Wanted) -> SeatQuote:
    """What a seat costs now, at each tier, and why it can't be had. Nothing is kept.

    Raises what `quote_seat` says: what isn't there can't be quoted.
    """
    terms, found = quote_seat(user_id, choice, wanted)
    facts = facts_of(db.session(), user_id, terms, wanted.sku_id)
    tiers = outcomes(terms.tiers, seat_of(found.quote), gives_difference=terms.gives_difference)
    tier_set_id, size = None, None
    if isinstance(choice, Opening):
        tier_set_id, size = choice.tier_set_id, choice.size
    return SeatQuote(
        terms=terms,
        preview=_with_units_set_aside(found, facts.units_left),
        team_code=terms.team_code,
        tier_set_id=tier_set_id,
        size=size,
        tiers=tiers,
        refusals=why_not(terms, wanted.units, facts),
    )


def _with_units_set_aside(found: Preview, left: int) -> Preview:
    """What is left is the activity's, whatever the shop has besides."""
    first, *gifts = found.lines
    goods_state = state(first.goods, first.money.line.quantity, left)
    return replace(found, lines=(replace(first, left=shown(left), state=goods_state), *gifts))
