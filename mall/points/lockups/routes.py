"""Lock-ups of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.lockups import queries
from mall.points.lockups.ending import exit_early
from mall.points.lockups.locking import lock
from mall.points.lockups.schemas import (
    LockupInput,
    LockupOffersSchema,
    LockupPageSchema,
    LockupSchema,
)

blp = Blueprint("points_lockups", __name__, url_prefix="/api/v1/points", description="积分锁定")


@blp.route("/lockup-offers", methods=["GET"])
@access.shopper
@blp.response(200, LockupOffersSchema)
def list_offers() -> dict[str, Any]:
    """Offers that are open now."""
    with transaction() as session:
        return {"items": queries.open_offers(session)}


@blp.route("/lockups", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, LockupPageSchema)
def list_lockups(query: dict[str, Any]) -> Page[Any]:
    """My locks, newest first."""
    own, before = {"user_id": current_shopper().user_id}, id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.lockups(session, own, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/lockups", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(LockupInput)
@blp.response(201, LockupSchema)
@blp.fails("lockup_offer_not_found", "lockup_offer_closed", "lockup_budget_spent", "lockup_limit")
@blp.fails("points_short", "lockup_amount")
def lock_points(body: dict[str, Any]) -> Any:
    """Lock points by an offer: they come back at the end, and with them the gain."""
    return _shown(lock(current_shopper().user_id, body["offer_id"], body["points"]))


@blp.route("/lockups/<id:lockup_id>/exit", methods=["POST"])
@access.shopper
@idempotent
@blp.response(200, LockupSchema)
@blp.fails("lockup_not_found", "lockup_ended", "lockup_matured")
def exit_lockup(lockup_id: int) -> Any:
    """Have the points back now, without a gain."""
    exit_early(current_shopper().user_id, lockup_id)
    return _shown(lockup_id)


def _shown(lockup_id: int) -> Any:
    with transaction() as session:
        return queries.lockup(session, current_shopper().user_id, lockup_id)
