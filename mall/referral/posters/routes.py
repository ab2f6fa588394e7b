"""Posters of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.referral.posters.making import MadePoster, ask_for_poster, poster_of
from mall.referral.posters.schemas import (
    OfferedTemplatesSchema,
    PosterInput,
    PosterSchema,
)
from mall.referral.posters.templates import DESIGNS
from mall.sharing.pictures.schemas import OfferedDesignQuery
from mall.uploads.names import address_of

blp = Blueprint("posters", __name__, url_prefix="/api/v1", description="分享海报")


@blp.route("/poster-templates", methods=["GET"])
@access.shopper
@blp.arguments(OfferedDesignQuery, location="query")
@blp.response(200, OfferedTemplatesSchema)
def list_templates(query: dict[str, Any]) -> dict[str, Any]:
    """Designs that may be used for a kind of pages."""
    found = DESIGNS.all(db.session(), page_kind=query["page_kind"], only_enabled=True)
    return {"items": found}


@blp.route("/posters", methods=["POST"])
@access.shopper
@blp.arguments(PosterInput)
@blp.response(200, PosterSchema)
@blp.fails("page_not_found", "poster_template_not_found", "poster_page_unfit", "share_limit")
@blp.fails("poster_limit")
def ask(body: dict[str, Any]) -> dict[str, Any]:
    """My poster of a page. It is made in a moment; the same again is the same poster."""
    wanted = body["page"]
    return _shown(
        ask_for_poster(current_shopper().user_id, body["template_id"], wanted["kind"], wanted["id"])
    )


@blp.route("/posters/<id:poster_id>", methods=["GET"])
@access.shopper
@blp.response(200, PosterSchema)
@blp.fails("poster_not_found")
def read_poster(poster_id: int) -> dict[str, Any]:
    """My poster, once it is there."""
    return _shown(poster_of(db.session(), current_shopper().user_id, poster_id))


def _shown(poster: MadePoster) -> dict[str, Any]:
    return {
        "id": poster.id,
        "token": poster.token,
        "status": "waiting" if poster.name is None else "ready",
        "url": poster.name and address_of(poster.name),
    }
