"""Sharing of a shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.sharing.shares import opening, queries
from mall.sharing.shares.opening import OpenedPage, SharedPage
from mall.sharing.shares.schemas import (
    OpenedPageSchema,
    SharedPageSchema,
    ShareInSchema,
    SharePageSchema,
)

blp = Blueprint("sharing", __name__, url_prefix="/api/v1", description="分享")


@blp.route("/shares", methods=["POST"])
@access.shopper
@blp.arguments(ShareInSchema)
@blp.response(200, SharedPageSchema)
@blp.fails("page_not_found", "share_limit")
def share(body: dict[str, Any]) -> SharedPage:
    """My share of a page: a token for the link or the code. Again gives the same."""
    shared = body["page"]
    return opening.share_page(
        current_shopper().user_id, shared["kind"], shared["id"], body["medium"]
    )


@blp.route("/shares", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, SharePageSchema)
def list_shares(query: dict[str, Any]) -> Page[Any]:
    """My shares, newest first, with what others did."""
    with transaction() as session:
        found = queries.shares(
            session,
            current_shopper().user_id,
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/shares/<token>/opens", methods=["POST"])
@access.shopper
@blp.response(200, OpenedPageSchema)
@blp.fails("share_not_found")
def open_shared(token: str) -> OpenedPage:
    """I opened somebody's share: where it leads. Again is harmless."""
    return opening.open_share(current_shopper().user_id, token)
