"""What an activity is for one shopper: the tier sets to choose from, limits, unfinished teams."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import CHOSEN
from mall.groupbuy.circles.picking import picked_set
from mall.groupbuy.orders.choice import Opening
from mall.groupbuy.orders.eligibility import facts_of, joiner_refusal, why_not
from mall.groupbuy.orders.recommending import started_activity, tier_sets
from mall.groupbuy.orders.terms import terms_of
from mall.groupbuy.pages.activities import shown_set

_UNFINISHED = text(
    """
    SELECT t.code, t.status, t.missing, t.seats_left, t.expires_at
    FROM groupbuy_teams t
    WHERE t.leader_id = :user_id AND t.activity_id = :activity_id
      AND t.status IN ('opening', 'forming')
    ORDER BY t.id
    """
)


def my_view(session: Session, user_id: int, activity_id: int) -> dict[str, Any]:
    """An activity for this shopper: all its tier sets, one of them recommended; why no team can
    be opened, and none joined. Raises GroupActivityNotFound."""
    activity = started_activity(session, activity_id)
    sets = tier_sets(session, activity_id)
    best = picked_set(session, activity, user_id)
    size = sets[0].sizes[0] if activity.mode == CHOSEN else None
    terms = terms_of(session, Opening(activity_id, sets[0].id, size))
    facts = facts_of(session, user_id, terms, None)
    not_for = joiner_refusal(terms, has_bought=facts.has_bought, waits_as_new=facts.waits_as_new)
    values = {"user_id": user_id, "activity_id": activity_id}
    return {
        "tier_sets": [
            {**shown_set(one), "recommended": one.id == best.tier_set_id} for one in sets
        ],
        "recommended_because": best.explained,
        "units_left": max(0, activity.shopper_units - facts.units_had),
        "opening_refusals": why_not(terms, 1, facts),
        "joining_refusals": [] if not_for is None else [not_for],
        "unfinished": session.execute(_UNFINISHED, values).all(),
    }
