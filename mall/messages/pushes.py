"""WeChat's pushes: let in once, acted on by a job, forgotten after a month.

WeChat wants its answer within five seconds and gives up after three deliveries, so the
route only keeps the push; the job that acts on it may fail and try again for hours.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.messages.models import WechatPush
from mall.wechat.gateway import PushMessage
from mall.wechat.push_events import PUSH_HANDLERS

KEPT_DAYS = 30
"""Longer than WeChat repeats anything; after it the row is no more use against doubles."""

log = structlog.get_logger("mall.messages")


def store_push(push: PushMessage) -> None:
    """Store a push that has a handler, once; any other is only written to the log."""
    if PUSH_HANDLERS.get(push.event) is None:
        log.info("push ignored", push_type=push.msg_type[:64], push_event=push.event[:64])
        return
    with transaction() as session:
        push_id = session.scalar(
            insert(WechatPush)
            .values(dedupe_key=push.dedupe_key, event=push.event, content=push.fields)
            .on_conflict_do_nothing(constraint="uq_wechat_pushes_dedupe_key")
            .returning(WechatPush.id)
        )
        if push_id is not None:
            jobs.defer(session, "messages.handle_push", push_id=push_id)


@jobs.job("messages.handle_push")
def handle_push(push_id: int) -> None:
    """Act on a push and mark it as handled in the same transaction."""
    with transaction() as session:
        push = session.execute(
            select(WechatPush.event, WechatPush.content)
            .where(WechatPush.id == push_id, WechatPush.handled_at.is_(None))
            .with_for_update()
        ).first()
        if push is None:
            return
        handler = PUSH_HANDLERS.get(push.event)
        if handler is not None:
            handler.handle(session, push.content or {})
        session.execute(
            update(WechatPush)
            .where(WechatPush.id == push_id)
            .values(handled_at=func.clock_timestamp(), content=None)
        )


@jobs.job("messages.forget_pushes", retry=jobs.SWEEP, cron="37 * * * *")
def forget_pushes() -> None:
    """Drop the rows of pushes that were handled a month ago."""
    with transaction() as session:
        session.execute(
            delete(WechatPush).where(WechatPush.handled_at < func.now() - timedelta(days=KEPT_DAYS))
        )
