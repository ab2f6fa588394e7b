"""What staff do with channels. Each change leaves an audit row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.coupons.models import CHANNEL, CouponTemplate
from mall.kernel.db import constraint_of, transaction
from mall.sharing.channels.errors import (
    ChannelCouponInvalid,
    ChannelNamed,
    ChannelNotFound,
    ChannelPointUnknown,
)
from mall.sharing.channels.models import (
    AD,
    KOL,
    NFC,
    PAID_PAGE,
    PARTNER,
    POSTER,
    STORE,
    Channel,
    ChannelCost,
)
from mall.sharing.pages.kinds import shown_page
from mall.sharing.shares import opening
from mall.sharing.shares.models import Share
from mall.staff.audit import record

MEDIUM = {
    STORE: opening.CODE,
    NFC: opening.LINK,
    POSTER: opening.POSTER,
    PARTNER: opening.CODE,
    KOL: opening.LINK,
    AD: opening.LINK,
    PAID_PAGE: opening.CARD,
}
"""By what each kind of channel travels."""
_REFUSALS = {
    "uq_share_channels_name": ChannelNamed(param="name"),
    "fk_share_channels_point_id": ChannelPointUnknown(param="point_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDraft:
    """What a channel should be."""

    name: str
    kind: str
    page_kind: str
    page_id: int
    starts_at: datetime | None
    ends_at: datetime | None
    coupon_template_id: int | None
    point_id: int | None
    note: str


def create_channel(draft: ChannelDraft) -> int:
    """A new channel with its share: its id.

    Raises PageNotFound, ChannelCouponInvalid, ChannelPointUnknown, ChannelNamed.
    """
    with transaction() as session:
        page = shown_page(session, draft.page_kind, draft.page_id)
        _check_coupon(session, draft.coupon_template_id)
        try:
            channel_id = session.execute(
                insert(Channel).values(**asdict(draft)).returning(Channel.id)
            ).scalar_one()
        except IntegrityError as fault:
            raise _refusal(fault) from None
        opening.share_for_channel(session, channel_id, page, MEDIUM[draft.kind], draft.ends_at)
        _record(session, "create", channel_id, None, asdict(draft))
        return channel_id


def change_channel(channel_id: int, draft: ChannelDraft) -> None:
    """Replace a channel. Its token stays: what is printed leads to the new page.

    Raises ChannelNotFound, and what `create_channel` raises.
    """
    with transaction() as session:
        before = _hold(session, channel_id)
        if (before.page_kind, before.page_id) != (draft.page_kind, draft.page_id):
            shown_page(session, draft.page_kind, draft.page_id)
        if before.coupon_template_id != draft.coupon_template_id:
            _check_coupon(session, draft.coupon_template_id)
        try:
            session.execute(update(Channel).where(Channel.id == channel_id).values(**asdict(draft)))
        except IntegrityError as fault:
            raise _refusal(fault) from None
        session.execute(
            update(Share)
            .where(Share.channel_id == channel_id)
            .values(
                page_kind=draft.page_kind,
                page_id=draft.page_id,
                medium=MEDIUM[draft.kind],
                expires_at=draft.ends_at,
            )
        )
        _record(session, "update", channel_id, asdict(before), asdict(draft))


def put_cost(channel_id: int, day: date, cost_fen: int, note: str) -> None:
    """What a channel cost on a shop day; zero takes the entry away. Raises ChannelNotFound."""
    with transaction() as session:
        _hold(session, channel_id)
        of_day = (ChannelCost.channel_id == channel_id) & (ChannelCost.day == day)
        before = session.execute(
            select(ChannelCost.cost_fen, ChannelCost.note).where(of_day)
        ).one_or_none()
        if cost_fen:
            values = {"cost_fen": cost_fen, "note": note}
            session.execute(
                upsert(ChannelCost)
                .values(channel_id=channel_id, day=day, **values)
                .on_conflict_do_update(constraint="pk_share_channel_costs", set_=values)
            )
        else:
            session.execute(delete(ChannelCost).where(of_day))
        _record(
            session,
            "put_cost",
            channel_id,
            before and dict(before._mapping),
            {"day": str(day), "cost_fen": cost_fen, "note": note},
        )


def _hold(session: Session, channel_id: int) -> ChannelDraft:
    columns = [getattr(Channel, name) for name in ChannelDraft.__dataclass_fields__]
    row = session.execute(
        select(*columns).where(Channel.id == channel_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise ChannelNotFound
    return ChannelDraft(**row._mapping)


def _check_coupon(session: Session, template_id: int | None) -> None:
    if template_id is None:
        return
    way = session.scalar(select(CouponTemplate.way).where(CouponTemplate.id == template_id))
    if way != CHANNEL:
        raise ChannelCouponInvalid(param="coupon_template_id")


def _refusal(fault: IntegrityError) -> Exception:
    return _REFUSALS.get(constraint_of(fault) or "", fault)


def _record(
    session: Session,
    verb: str,
    channel_id: int,
    before: dict[str, object] | None,
    after: dict[str, object],
) -> None:
    record(
        session,
        action=f"channel.{verb}",
        target_type="channel",
        target_id=channel_id,
        before=before,
        after=after,
    )
