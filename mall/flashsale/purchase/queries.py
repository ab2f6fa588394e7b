"""What PostgreSQL knows of purchase tokens and tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from mall.config import current_config
from mall.flashsale.errors import SessionNotFound
from mall.flashsale.models import ABORTED, ARMED, ENDED, PAUSED
from mall.flashsale.purchase.errors import Ended, NotStarted
from mall.flashsale.purchase.tokens import TokenKeys
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A purchase token, and when it ends by the database's clock."""

    text: str
    expires_at: datetime
    server_time: datetime


@dataclass(frozen=True, slots=True)
class TicketOutcome:
    """How a ticket ended, as its row says."""

    user_id: int
    status: str
    order_no: str | None
    reason: str | None


_SESSION = PreparedStatement(
    f"""
    SELECT s.state, s.starts_at, s.ends_at, clock_timestamp() AS now,
        NOT {has_bought(":user_id")} AS is_new
    FROM flash_sessions s WHERE s.id = :session_id
    """  # noqa: S608
)
_TICKET = PreparedStatement(
    """
    SELECT i.id, t.user_id, t.status, t.reason, o.order_no
    FROM flash_items i
    LEFT JOIN flash_tickets t ON t.ticket = :ticket AND t.item_id = i.id
    LEFT JOIN orders o ON o.id = t.order_id
    WHERE i.id = :item_id
    """
)


def issue_token(
    session: Session, keys: TokenKeys, *, session_id: int, user_id: int, device: str
) -> IssuedToken:
    """A purchase token for this shopper and device. Raises SessionNotFound, NotStarted or Ended."""
    found = _SESSION.first(session, session_id=session_id, user_id=user_id)
    if found is None or found.state not in (ARMED, PAUSED, ENDED, ABORTED):
        raise SessionNotFound
    config = current_config()
    if found.state in (ENDED, ABORTED) or found.now >= found.ends_at:
        raise Ended
    if found.now < found.starts_at - timedelta(seconds=config.flash_token_opens_s):
        raise NotStarted
    expires_at = found.now + timedelta(seconds=config.flash_token_life_s)
    text = keys.sign(
        user_id=user_id,
        session_id=session_id,
        device=device,
        new_customer=found.is_new,
        expires=int(expires_at.timestamp()),
    )
    return IssuedToken(text, expires_at, found.now)


def ticket_outcome(session: Session, ticket: str, item_id: int) -> TicketOutcome | bool:
    """How a ticket ended; if no row tells, whether there is such an item at all."""
    found = _TICKET.first(session, ticket=ticket, item_id=item_id)
    if found is None or found.user_id is None:
        return found is not None
    return TicketOutcome(found.user_id, found.status, found.order_no, found.reason)
