"""What staff do with templates and batches of codes. Each change leaves an audit row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, Row, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.scopes import scope_must_exist
from mall.compliance.reviewing import keep_verdict, review
from mall.coupons.describing import describe
from mall.coupons.errors import LimitTooSmall, NotByCode, TemplateInUse, TemplateNotFound
from mall.coupons.models import AMOUNT, CODE, FEATURE, CouponBatch, CouponCode, CouponTemplate
from mall.kernel.codes import draw_code
from mall.kernel.db import db_now, transaction
from mall.kernel.errors import ValidationFailed
from mall.staff.audit import record

STILL_FREE = frozenset(
    {
        *("name", "description", "claim_from", "claim_to", "total_limit", "per_user_limit"),
        *("back_on_refund", "enabled"),
    }
)
"""What may change after the first claim; the rest is what shoppers were promised."""
CODE_LENGTH = 16


def create(*, accept_warnings: bool = False, **values: Any) -> CouponTemplate:
    """A new template of the columns that staff may set.

    Raises GoodsUnknown, CampaignRefused, CampaignWarned, ValidationFailed for a time that is over.
    """
    with transaction() as session:
        return _make(session, values, accept_warnings)


def make_for_feature(session: Session, *, accept_warnings: bool = False, **values: Any) -> int:
    """A template whose coupons a feature issues with face values of their own, up to `amount_fen`:
    its id. Nobody else gives them, and staff don't change it. Raises as `create`."""
    own = {**values, "kind": AMOUNT, "way": FEATURE}
    return _make(session, own, accept_warnings).id


def _make(session: Session, values: dict[str, Any], accept_warnings: bool) -> CouponTemplate:
    _must_not_be_over(session, values)
    scope_must_exist(session, values["scope"])
    template = session.scalars(
        insert(CouponTemplate).values(**values).returning(CouponTemplate)
    ).one()
    _review(session, template, accept_warnings)
    _record(session, "create", template.id, None, values)
    return template


def change(template_id: int, *, accept_warnings: bool = False, **values: Any) -> CouponTemplate:
    """Replace a template. After the first claim only STILL_FREE may differ.

    Raises TemplateNotFound, TemplateInUse, LimitTooSmall, and what `create` raises.
    """
    with transaction() as session:
        old = _locked(session, template_id)
        _must_be_staffs(old)
        before = {key: old._mapping[key] for key in values}
        if old.claimed and any(before[key] != values[key] for key in values.keys() - STILL_FREE):
            raise TemplateInUse
        if values["total_limit"] is not None and values["total_limit"] < old.claimed:
            raise LimitTooSmall(param="total_limit")
        _must_not_be_over(session, {k: v for k, v in values.items() if before[k] != v})
        scope_must_exist(session, values["scope"])
        template = session.scalars(
            update(CouponTemplate)
            .where(CouponTemplate.id == template_id)
            .values(**values, version=old.version + 1)
            .returning(CouponTemplate)
            .execution_options(populate_existing=True)
        ).one()
        _review(session, template, accept_warnings)
        _record(session, "update", template_id, before, values)
        return template


def remove(template_id: int) -> None:
    """Delete a template that nobody claimed and no code names.

    Raises TemplateNotFound, TemplateInUse.
    """
    with transaction() as session:
        old = _locked(session, template_id)
        _must_be_staffs(old)
        named = exists().where(CouponBatch.template_id == template_id)
        try:
            gone = session.execute(
                delete(CouponTemplate).where(
                    CouponTemplate.id == template_id, CouponTemplate.claimed == 0, ~named
                )
            )
        except IntegrityError:  # whatever refers to it: a channel that offers it
            raise TemplateInUse("推广渠道正在使用该优惠券，请先修改渠道") from None
        assert isinstance(gone, CursorResult)
        if gone.rowcount == 0:
            raise TemplateInUse("已有用户领取或已生成兑换码，请停用")
        _record(session, "delete", template_id, {"name": old.name}, None)


def make_batch(template_id: int, size: int, note: str) -> CouponBatch:
    """Draw `size` codes for a template that is given by code. Raises TemplateNotFound,
    NotByCode."""
    with transaction() as session:
        template = _locked(session, template_id)
        if template.way != CODE:
            raise NotByCode
        batch = session.scalars(
            insert(CouponBatch)
            .values(template_id=template_id, size=size, note=note)
            .returning(CouponBatch)
        ).one()
        missing = size
        while missing:  # again only for a code that was drawn before: one in 10^24
            drawn = [{"batch_id": batch.id, "code": draw_code(CODE_LENGTH)} for _ in range(missing)]
            made = session.scalars(
                insert(CouponCode)
                .on_conflict_do_nothing(constraint="uq_coupon_codes_code")
                .returning(CouponCode.id),
                drawn,
            ).all()
            missing -= len(made)
        _record(session, "make_codes", template_id, None, {"batch_id": batch.id, "size": size})
        return batch


def _must_not_be_over(session: Session, values: Mapping[str, Any]) -> None:
    """Nobody can claim or use a coupon whose end has passed. What stands already may pass."""
    now = db_now(session)
    for key in ("valid_to", "claim_to"):
        if values.get(key) is not None and values[key] <= now:
            raise ValidationFailed("结束时间须晚于当前时间", param=key)


def _review(session: Session, template: CouponTemplate, accept_warnings: bool) -> None:
    campaign = describe(template)
    if template.enabled:
        review(session, campaign, template.version, accept_warnings=accept_warnings)
    else:
        keep_verdict(session, campaign, template.version)


def _locked(session: Session, template_id: int) -> Row[Any]:
    row = session.execute(
        select(*CouponTemplate.__table__.c)
        .where(CouponTemplate.id == template_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise TemplateNotFound
    return row


def _must_be_staffs(template: Row[Any]) -> None:
    if template.way == FEATURE:
        raise TemplateInUse("该优惠券由营销活动生成，请在活动中管理")


def _record(
    session: Session,
    verb: str,
    template_id: int,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    record(
        session,
        action=f"coupon_template.{verb}",
        target_type="coupon_template",
        target_id=template_id,
        before=before,
        after=after,
    )
