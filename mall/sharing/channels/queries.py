"""Reads of channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.sharing.channels.errors import ChannelNotFound
from mall.sharing.channels.models import Channel, ChannelCost
from mall.sharing.pages.kinds import Page
from mall.sharing.shares.models import Share


@dataclass(frozen=True, slots=True)
class ShownChannel:
    """A channel with the token of its share."""

    channel: Channel
    token: str

    @property
    def page(self) -> Page:
        """Where it leads."""
        return Page(self.channel.page_kind, self.channel.page_id)


def _shown() -> Any:
    return (
        select(Channel, Share.token)
        .join(Share, Share.channel_id == Channel.id)
        .execution_options(populate_existing=True)
    )


def channel(session: Session, channel_id: int) -> ShownChannel:
    """One channel. Raises ChannelNotFound."""
    row = session.execute(_shown().where(Channel.id == channel_id)).one_or_none()
    if row is None:
        raise ChannelNotFound
    return ShownChannel(row[0], row[1])


def channels(
    session: Session, *, kind: str | None, before: int | None, limit: int
) -> list[ShownChannel]:
    """Channels, newest first; one more than `limit`."""
    query = _shown().order_by(Channel.id.desc()).limit(limit + 1)
    if kind is not None:
        query = query.where(Channel.kind == kind)
    if before is not None:
        query = query.where(Channel.id < before)
    return [ShownChannel(row[0], row[1]) for row in session.execute(query)]


def is_open(session: Session, channel_id: int) -> bool:
    """Whether it is the channel's time now."""
    now = func.clock_timestamp()
    return bool(
        session.scalar(
            select(
                func.coalesce(Channel.starts_at <= now, True)
                & func.coalesce(Channel.ends_at > now, True)
            ).where(Channel.id == channel_id)
        )
    )


def costs(session: Session, channel_id: int, first: date, last: date) -> Sequence[Any]:
    """What a channel cost by day, newest first. Raises ChannelNotFound."""
    channel(session, channel_id)
    query = (
        select(ChannelCost.day, ChannelCost.cost_fen, ChannelCost.note)
        .where(ChannelCost.channel_id == channel_id, ChannelCost.day.between(first, last))
        .order_by(ChannelCost.day.desc())
    )
    return session.execute(query).all()
