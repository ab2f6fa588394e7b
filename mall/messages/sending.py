"""Sending subscribe messages: at most once each, as outbound calls.

When WeChat may have sent a message although the answer was lost, it isn't sent again: a second
message would use up a further allowance or annoy the shopper with a double. The shopper can
read it in the inbox, which doesn't ring.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import int_array
from mall.kernel.outbound import DONE, CallKind, Outcome, Verdict
from mall.messages import inbox, preferences, quiet_hours, quota
from mall.messages.admitting import MESSAGE_CALL, admit
from mall.messages.kinds import KINDS
from mall.messages.models import Message
from mall.messages.states import ENDED, Candidate, end, move, release, set_all
from mall.users.queries import known_openid
from mall.wechat.gateway import gateway

NO_GRANT_LEFT = "43101"
RETRY_S = 300
KEPT_TRYING = timedelta(hours=24)
"""News that is a day late is none."""
_WANT = text(
    """
    INSERT INTO messages (kind, purpose, ref, user_id, status, good_until)
    SELECT :kind, :purpose, :ref, user_id, 'pending', coalesce(
        CAST(:good_until AS timestamptz), clock_timestamp() + CAST(:good_for AS interval))
    FROM unnest(CAST(:user_ids AS bigint[])) AS user_id
    JOIN users u ON u.id = user_id AND u.closed_at IS NULL
    ORDER BY user_id
    ON CONFLICT ON CONSTRAINT uq_messages_kind_ref_user_id DO NOTHING
    RETURNING id, user_id, ref, good_until, clock_timestamp() AS now
    """
)


@dataclass(frozen=True)
class _Request:
    """What WeChat is asked to send, and to whom."""

    template_id: str
    openid: str
    data: Mapping[str, str]
    page: str | None


def send_soon(
    session: Session, kind: str, ref: str, user_id: int, *, good_until: datetime | None = None
) -> None:
    """Send the shopper a message of `kind` about `ref`, once.

    It is sent soon or, if it is marketing, when it may be; what can't be sent lands in the inbox.
    After `good_until` (by default what the kind says) it is of no use. Whoever closed the account
    gets none.
    """
    send_soon_to(session, kind, ref, [user_id], good_until=good_until)


def send_soon_to(
    session: Session,
    kind: str,
    ref: str,
    user_ids: Collection[int],
    *,
    good_until: datetime | None = None,
) -> None:
    """`send_soon` for several shoppers about one thing, in a few statements.

    It locks rows of all of them: a transaction calls it once, with some hundreds.
    """
    known = KINDS[kind]
    rows = session.execute(
        _WANT,
        {
            "kind": kind,
            "purpose": known.purpose.value,
            "ref": ref,
            "user_ids": int_array(set(user_ids)),
            "good_until": good_until,
            "good_for": known.good_for,
        },
    ).all()
    if rows:
        wanted = [Candidate(row.id, row.user_id, row.ref, row.good_until) for row in rows]
        admit(session, known, wanted, rows[0].now)


def _lock(session: Session, message_id: int) -> None:
    session.execute(select(Message.id).where(Message.id == message_id).with_for_update())


def _prepare(session: Session, message_id: int) -> _Request | Verdict:
    row = move(session, message_id, "pending", "sending")
    if row is None:
        return DONE
    kind = KINDS[row.kind]
    quiet = quiet_hours.in_force() if kind.is_marketing else None
    if quiet is not None and not _may_be_sent_today(session, row, quiet):
        release(session, row)
        set_all(session, [row.id], status="waiting", not_before=row.now)
        return DONE
    is_old = row.good_until is not None and row.good_until <= row.now
    content = None if is_old else kind.write(session, row.ref, row.user_id)
    openid = known_openid(session, row.user_id)
    if content is None or openid is None:  # nothing to say, or the account was closed
        release(session, row)
        end(session, kind, [row.id], "stale")
        return DONE
    if quiet is not None:
        set_all(session, [row.id], handed_at=row.now, quiet_hours=str(quiet))
    template = kind.template.get()
    return _Request(
        row.template_id,
        openid,
        template.data(content.values),
        template.page_for(**content.page_values),
    )


def _may_be_sent_today(session: Session, row: Any, quiet: quiet_hours.QuietHours) -> bool:
    """False for marketing that was admitted earlier and has come too late for it.

    Then it is decided anew: it may have to wait, or counts for another day.
    """
    return (
        row.counted_on == shop_day(row.now)
        and quiet.end_after(row.now) is None
        and preferences.wants_marketing(session, row.user_id)
    )


def _send(request: _Request) -> str | None:
    return gateway().mini.send_subscribe_message(
        request.openid, request.template_id, request.data, request.page
    )


def _conclude(session: Session, message_id: int, outcome: Outcome[_Request, str | None]) -> Verdict:
    verdict = outcome.verdict
    is_refused = verdict.code == NO_GRANT_LEFT
    given_up = "refused" if is_refused else "failed"
    status = {"done": "sent", "given_up": given_up}.get(verdict.state, verdict.state)
    # WeChat's own codes are numbers; ours are in small letters here.
    code = verdict.code.lower() if verdict.code else None
    values: dict[str, Any] = {"error_code": code, "error": verdict.error}
    if status == "sent":
        values |= {"sent_at": func.clock_timestamp(), "wechat_id": outcome.answer}
    row = move(session, message_id, "sending", status, **values)
    if row is None:
        return DONE
    if status == "pending":
        return verdict
    ENDED.labels(row.purpose, status).inc()
    if status in ("refused", "failed"):
        release(session, row)
    if is_refused:
        quota.clear(session, row.user_id, row.template_id)
    if status != "sent":
        candidate = Candidate(row.id, row.user_id, row.ref, row.good_until)
        inbox.land(session, KINDS[row.kind], [candidate])
    return DONE if is_refused else verdict


MESSAGES = CallKind(
    name=MESSAGE_CALL,
    lock=_lock,
    prepare=_prepare,
    send=_send,
    conclude=_conclude,
    repeatable=False,
    retry_s=(RETRY_S,),
    give_up_after=KEPT_TRYING,
)
