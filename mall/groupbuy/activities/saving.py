"""What staff do with an activity that isn't started: each saved version goes through
compliance and leaves a trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.compliance.reviewing import review
from mall.groupbuy.activities import queries
from mall.groupbuy.activities.describing import describe
from mall.groupbuy.activities.errors import (
    GroupActivityNotDraft,
    GroupActivityOver,
    GroupRuleUnknown,
    GroupSkuForeign,
)
from mall.groupbuy.activities.models import (
    DRAFT,
    GroupActivity,
    GroupActivitySku,
    GroupTierSet,
)
from mall.groupbuy.activities.plan import Plan, Terms, plan_of
from mall.groupbuy.activities.rules import check
from mall.groupbuy.errors import GroupActivityNotFound
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import db_now, transaction
from mall.rewards.models import RewardRule
from mall.staff.audit import record


def create_activity(terms: Terms) -> int:
    """A new draft: its id. Its stock isn't set aside yet.

    Raises SkuUnknown, GroupSkuForeign, GroupActivityOver, GroupRuleUnknown, what `rules.check`
    and `plan_of` say, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        plan = checked(session, terms)
        values = {name: terms[name] for name in queries.COLUMNS}
        activity_id: int = session.execute(
            insert(GroupActivity).values(**values).returning(GroupActivity.id)
        ).scalar_one()
        _write_parts(session, activity_id, plan)
        after = save_version(session, activity_id, 1, accept_warnings=terms["accept_warnings"])
        audit(session, "create", activity_id, after=after)
        return activity_id


def change_activity(activity_id: int, terms: Terms) -> None:
    """Other terms of a draft.

    Raises GroupActivityNotFound, GroupActivityNotDraft, and what `create_activity` says.
    """
    with transaction() as session:
        version = locked_draft(session, activity_id).version + 1
        before = queries.as_terms(queries.activity(session, activity_id))
        plan = checked(session, terms)
        values = {name: terms[name] for name in queries.COLUMNS}
        set_columns(session, activity_id, **values, version=version)
        _delete_parts(session, activity_id)
        _write_parts(session, activity_id, plan)
        accepted = terms["accept_warnings"]
        after = save_version(session, activity_id, version, accept_warnings=accepted)
        audit(session, "update", activity_id, before=before, after=after)


def delete_activity(activity_id: int) -> None:
    """Forget a draft. Raises GroupActivityNotFound, GroupActivityNotDraft."""
    with transaction() as session:
        locked_draft(session, activity_id)
        before = queries.as_terms(queries.activity(session, activity_id))
        _delete_parts(session, activity_id)
        session.execute(delete(GroupActivity).where(GroupActivity.id == activity_id))
        audit(session, "delete", activity_id, before=before)


def copy_activity(
    activity_id: int, starts_at: datetime, ends_at: datetime, *, accept_warnings: bool = False
) -> int:
    """The same terms at another time: a new draft's id.

    Raises GroupActivityNotFound, and what `create_activity` says.
    """
    with transaction() as session:
        terms = queries.as_terms(queries.activity(session, activity_id)) | {
            "starts_at": starts_at,
            "ends_at": ends_at,
            "accept_warnings": accept_warnings,
        }
        copy_id = create_activity(terms)
        audit(session, "copy", copy_id, after={"of": activity_id})
        return copy_id


def locked_activity(session: Session, activity_id: int) -> GroupActivity:
    """An activity, locked until the commit. Raises GroupActivityNotFound."""
    found = session.get(
        GroupActivity, activity_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise GroupActivityNotFound
    return found


def locked_draft(session: Session, activity_id: int) -> GroupActivity:
    """A draft, locked until the commit. Raises GroupActivityNotFound, GroupActivityNotDraft."""
    found = locked_activity(session, activity_id)
    if found.status != DRAFT:
        raise GroupActivityNotDraft
    return found


def checked(session: Session, terms: Terms) -> Plan:
    """The plan of terms that may be. Raises what `create_activity` says."""
    plan = plan_of(terms)
    check(plan, _shop_prices(session, terms["spu_id"], plan))
    if plan.ends_at <= db_now(session):
        raise GroupActivityOver(param="ends_at")
    _require_rule(session, terms["leader_rule_id"])
    return plan


def save_version(
    session: Session, activity_id: int, version: int, *, accept_warnings: bool
) -> dict[str, Any]:
    """Ask compliance about a version that was written: the terms, for the trail.

    Raises CampaignRefused, CampaignWarned: the transaction rolls back.
    """
    view = queries.activity(session, activity_id)
    review(session, describe(session, view), version, accept_warnings=accept_warnings)
    return queries.as_terms(view)


def set_columns(session: Session, activity_id: int, **values: Any) -> None:
    """Write columns of a locked activity."""
    session.execute(
        update(GroupActivity)
        .where(GroupActivity.id == activity_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def audit(session: Session, verb: str, activity_id: int, **change: Any) -> None:
    """Leave a row of what staff did with an activity."""
    record(
        session,
        action=f"group_activity.{verb}",
        target_type="group_activity",
        target_id=activity_id,
        **change,
    )


def _shop_prices(session: Session, spu_id: int, plan: Plan) -> dict[int, int]:
    """SKU id → fen in the shop. Raises SkuUnknown, GroupSkuForeign."""
    goods = skus_for_sale(session, [sku.sku_id for sku in plan.skus])
    for sku in plan.skus:
        if sku.sku_id not in goods:
            raise SkuUnknown(param=str(sku.sku_id))
        if goods[sku.sku_id].spu_id != spu_id:
            raise GroupSkuForeign(param="skus")
    return {sku_id: one.price_fen for sku_id, one in goods.items()}


def _require_rule(session: Session, rule_id: int | None) -> None:
    if rule_id is None:
        return
    enabled = session.scalar(select(RewardRule.enabled).where(RewardRule.id == rule_id))
    if not enabled:
        raise GroupRuleUnknown(param="leader_rule_id")


def _write_parts(session: Session, activity_id: int, plan: Plan) -> None:
    skus = [
        {
            "activity_id": activity_id,
            "sku_id": sku.sku_id,
            "wanted_stock": sku.stock,
            "leader_price_fen": sku.leader_price_fen,
        }
        for sku in plan.skus
    ]
    sets = [
        {
            "activity_id": activity_id,
            "position": place,
            "name": one.name,
            "sizes": list(one.tiers.sizes),
            "prices": {str(sku): list(fen) for sku, fen in one.tiers.prices.items()},
        }
        for place, one in enumerate(plan.sets)
    ]
    session.execute(insert(GroupActivitySku), skus)
    session.execute(insert(GroupTierSet), sets)


def _delete_parts(session: Session, activity_id: int) -> None:
    for table in (GroupTierSet, GroupActivitySku):
        session.execute(delete(table).where(table.activity_id == activity_id))
