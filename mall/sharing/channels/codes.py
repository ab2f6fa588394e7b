"""A channel's code and link into the mini-program."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mall.kernel.db import transaction
from mall.sharing.channels.errors import ChannelCodeUnavailable
from mall.sharing.channels.models import ChannelCode
from mall.sharing.channels.queries import channel
from mall.sharing.shares.opening import SHARE_PAGE
from mall.staff.audit import record
from mall.wechat.errors import WechatError
from mall.wechat.gateway import gateway


def channel_code(channel_id: int) -> bytes:
    """The JPEG of a channel's mini-program code, asked of WeChat once and kept.

    Raises ChannelNotFound, ChannelCodeUnavailable.
    """
    with transaction() as session:
        token = channel(session, channel_id).token
        kept = session.scalar(select(ChannelCode.image).where(ChannelCode.channel_id == channel_id))
    if kept is not None:
        return kept
    try:
        image = gateway().mini.wxacode(token, SHARE_PAGE)
    except WechatError as fault:
        raise _unavailable(fault) from None
    with transaction() as session:
        new = insert(ChannelCode).values(channel_id=channel_id, image=image)
        session.execute(new.on_conflict_do_nothing())
    return image


def channel_link(channel_id: int, expire_days: int) -> str:
    """A link for outside WeChat, good for 1 to 30 days. Leaves an audit row.

    Raises ChannelNotFound, ChannelCodeUnavailable.
    """
    with transaction() as session:
        token = channel(session, channel_id).token
    try:
        link = gateway().mini.url_link(SHARE_PAGE, f"scene={token}", expire_days)
    except WechatError as fault:
        raise _unavailable(fault) from None
    with transaction() as session:
        record(
            session,
            action="channel.link",
            target_type="channel",
            target_id=channel_id,
            after={"url_link": link, "expire_days": expire_days},
        )
    return link


def _unavailable(fault: WechatError) -> ChannelCodeUnavailable:
    structlog.get_logger("mall.sharing").warning("no code from wechat", error=str(fault)[:200])
    return ChannelCodeUnavailable()
