"""Bindings, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.referral.bindings import changing, queries
from mall.referral.bindings.models import Binding
from mall.referral.bindings.schemas import (
    BindingPageSchema,
    BindingQuery,
    BindingReasonInput,
    BindingSchema,
    BindInput,
)

blp = Blueprint("bindings_admin", __name__, url_prefix="/admin/api/v1", description="邀请绑定关系")
_ALL = "/referral-bindings"


@blp.route(_ALL, methods=["GET"])
@access.staff("referral:read")
@blp.arguments(BindingQuery, location="query")
@blp.response(200, BindingPageSchema)
def list_bindings(query: dict[str, Any]) -> Page[Binding]:
    """Bindings with their history, newest first."""
    found = queries.history(
        db.session(),
        inviter_id=query.get("inviter_id"),
        invitee_id=query.get("invitee_id"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one.id])


@blp.route(_ALL, methods=["POST"])
@access.staff("referral:write")
@idempotent
@blp.arguments(BindInput)
@blp.response(201, BindingSchema)
@blp.fails("binding_cycle", "binding_unchanged", "inviter_unfit")
def bind(body: dict[str, Any]) -> Binding | None:
    """Bind a shopper to another inviter. Commission that is open stays with the old one."""
    made = changing.bind_by_staff(body["invitee_id"], body["inviter_id"], body["reason"])
    return queries.binding(db.session(), made)


@blp.route(f"{_ALL}/<id:binding_id>/end", methods=["POST"])
@access.staff("referral:write")
@blp.arguments(BindingReasonInput)
@blp.response(200, BindingSchema)
@blp.fails("binding_not_found", "binding_over")
def end(body: dict[str, Any], binding_id: int) -> Binding | None:
    """End a binding now."""
    changing.end_by_staff(binding_id, body["reason"])
    return queries.binding(db.session(), binding_id)
