"""Passes, attempts and tickets over HTTP: the reference that the fast path equals."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Response, g, request

from mall.flashsale.gate.commands import Unavailable
from mall.flashsale.gate.keys import TicketId
from mall.flashsale.purchase import answers, queries, schemas
from mall.flashsale.purchase.admission import PurchaseRequest, admission, client_info, run_here
from mall.flashsale.purchase.answers import Answer
from mall.flashsale.purchase.queries import IssuedToken, TicketOutcome
from mall.kernel.db import db
from mall.kernel.errors import NotAuthenticated, NotFound
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import DOC_PARAMETER
from mall.users.risk import ask_before_a_sale
from mall.users.sessions import shopper_by_token

blp = Blueprint("flash_purchases", __name__, url_prefix="/api/v1", description="秒杀抢购")


def _header(name: str, text: str, *, required: bool) -> dict[str, Any]:
    schema = {"type": "string"}
    return {
        **{"in": "header", "name": name, "required": required},
        **{"schema": schema, "description": text},
    }


_SHOWN = "the purchase token of the item's session"
_DEVICE = "the device that the purchase token was given to"
_RETRY = "true when the same attempt is sent again because its answer was lost"


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """The shopper of a request, known by a purchase token."""

    user_id: int
    log_name: ClassVar[str] = "user_id"

    @property
    def log_id(self) -> int:
        return self.user_id


def _given(answer: Answer) -> Response:
    if answer.user_id is not None:
        g.principal = TokenHolder(answer.user_id)
    response = Response(answer.body, status=answer.status, content_type="application/json")
    response.headers.extend(answer.headers)
    return response


def _unless_sold_out(view: Callable[..., Any]) -> Callable[..., Any]:
    """Before anything is read: sold out costs the least."""

    @functools.wraps(view)
    def wrapper(item_id: int, **kwargs: Any) -> Any:
        again = client_info(request.environ).again
        known = admission().sold_out(item_id, again=again)
        if known is not None:
            return _given(known.answer(g.request_id))
        return view(item_id=item_id, **kwargs)

    return wrapper


@blp.route("/flash-sessions/<id:session_id>/passes", methods=["POST"])
@access.shopper
@blp.arguments(schemas.PurchaseTokenRequest)
@blp.response(201, schemas.IssuedToken)
@blp.fails("not_started", "ended", "flash_session_not_found")
def issue_pass(body: dict[str, str], session_id: int) -> IssuedToken:
    """领取抢购资格"""
    user_id = access.current_shopper().user_id
    given = queries.issue_token(
        db.session(),
        admission().token_keys,
        session_id=session_id,
        user_id=user_id,
        device=body["device"],
    )
    ask_before_a_sale(user_id, request.remote_addr or "")
    return given


@blp.route("/flash-items/<id:item_id>/purchases", methods=["POST"])
@access.public
@_unless_sold_out
@blp.arguments(schemas.Purchase)
@blp.response(202, schemas.Admitted)
@blp.fails("pass_invalid", "pass_expired", "not_eligible", "not_started", "ended", "paused")
@blp.fails("sold_out", "limit_reached", "rate_limited", "gate_closed", "idempotency_key_required")
@blp.fails("idempotency_key_reused")
@blp.doc(
    parameters=[
        DOC_PARAMETER,
        _header("Flash-Pass", _SHOWN, required=True),
        _header("Flash-Device", _DEVICE, required=True),
        _header("Idempotent-Retry", _RETRY, required=False),
    ]
)
def purchase(wanted: dict[str, int], item_id: int) -> Response:
    """抢购：返回排队凭证"""
    body = request.get_data(cache=True)
    asked = PurchaseRequest(body, wanted["units"], wanted["address_id"])
    client = client_info(request.environ)
    return _given(run_here(admission().attempt(item_id, client, asked, g.request_id)))


@blp.route("/flash-tickets/<ticket>", methods=["GET"])
@access.public
@blp.response(200, schemas.Ticket)
@blp.fails("pass_invalid", "pass_expired", "not_authenticated")
@blp.fails("rate_limited", "gate_closed", "not_found")
@blp.doc(
    parameters=[
        _header("Flash-Pass", _SHOWN + "; a login will do as well", required=False),
        _header("Flash-Device", _DEVICE, required=False),
    ]
)
def ticket(ticket: str) -> Response:
    """查询抢购结果"""
    named = TicketId.parse(ticket)
    user_id = _looker()
    if isinstance(user_id, Answer):
        return _given(user_id)
    g.principal = TokenHolder(user_id)
    if named is None:
        raise NotFound
    refused = admission().polled_too_often(user_id, g.request_id)
    if refused is not None:
        return _given(refused)
    return _given(_look(named, user_id))


def _looker() -> int | Answer:
    if "HTTP_FLASH_PASS" in request.environ:
        return admission().polled_by(client_info(request.environ), g.request_id)
    found = shopper_by_token(access.bearer_token(request))
    if found is None:
        raise NotAuthenticated
    return found.user_id


def _look(named: TicketId, user_id: int) -> Answer:
    """Redis first, then PostgreSQL; what neither knows is lost, or somebody else's."""
    down = elsewhere = False
    try:
        found = run_here(admission().poll(named, user_id))
        if found is not None:
            return found
        elsewhere = run_here(admission().admitted_here(named))
    except Unavailable:
        down = True
    end = queries.ticket_outcome(db.session(), str(named), named.item_id)
    if isinstance(end, TicketOutcome):
        if end.user_id != user_id:
            raise NotFound
        return answers.ticket_answer(
            str(named), end.status, order_no=end.order_no, reason=end.reason, user_id=user_id
        )
    if not end or elsewhere:
        raise NotFound
    if down:
        return answers.GATE_CLOSED.answer(g.request_id, user_id)
    return answers.ticket_answer(str(named), "lost", order_no=None, reason=None, user_id=user_id)
