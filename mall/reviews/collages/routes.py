"""Collages of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.reviews.collages.composing import MadeCollage, ask_for_collage, collage_of
from mall.reviews.collages.schemas import (
    CollageInput,
    CollageSchema,
    OfferedCollagesSchema,
    offered,
)
from mall.reviews.collages.templates import DESIGNS
from mall.sharing.pictures.schemas import OfferedDesignQuery
from mall.uploads.names import address_of

blp = Blueprint("collages", __name__, url_prefix="/api/v1", description="穿搭拼图")
_MISSING = ("page_not_found", "collage_template_not_found", "upload_not_found")


@blp.route("/collage-templates", methods=["GET"])
@access.shopper
@blp.arguments(OfferedDesignQuery, location="query")
@blp.response(200, OfferedCollagesSchema)
def list_templates(query: dict[str, Any]) -> dict[str, Any]:
    """Designs that may be used for a kind of pages, with their places for my pictures."""
    found = DESIGNS.all(db.session(), page_kind=query["page_kind"], only_enabled=True)
    return {"items": [offered(one) for one in found]}


@blp.route("/collages", methods=["POST"])
@access.shopper
@blp.arguments(CollageInput)
@blp.response(200, CollageSchema)
@blp.fails(*_MISSING, "collage_page_unfit", "collage_pictures_unfit", "share_limit")
@blp.fails("collage_limit", "account_closed", "upload_gone")
def ask(body: dict[str, Any]) -> dict[str, Any]:
    """My pictures in a design, with my share of a page. The same again is the same collage."""
    wanted = body["page"]
    return _shown(
        ask_for_collage(
            current_shopper().user_id,
            body["template_id"],
            wanted["kind"],
            wanted["id"],
            body["pictures"],
        )
    )


@blp.route("/collages/<id:collage_id>", methods=["GET"])
@access.shopper
@blp.response(200, CollageSchema)
@blp.fails("collage_not_found")
def read_collage(collage_id: int) -> dict[str, Any]:
    """My collage, once it is drawn and checked."""
    return _shown(collage_of(db.session(), current_shopper().user_id, collage_id))


def _shown(collage: MadeCollage) -> dict[str, Any]:
    return {
        "id": collage.id,
        "token": collage.token,
        "status": collage.status,
        "url": collage.name and address_of(collage.name),
        "reason": collage.reason,
    }
