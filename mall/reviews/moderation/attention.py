"""What of moderation needs somebody."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, func, select

from mall.kernel.invariants import AttentionList
from mall.reviews.moderation.check_models import RISKY, ContentCheck
from mall.reviews.moderation.contents import APPROVED, PENDING
from mall.reviews.moderation.models import ModeratedContent

LONG = timedelta(hours=24)
WAITING_LONG = AttentionList(
    "contents_waiting",
    "contents that have waited for a decision for a day",
    select(ModeratedContent.id, ModeratedContent.kind, ModeratedContent.changed_at)
    .where(
        ModeratedContent.manual | (ModeratedContent.status == PENDING),
        func.coalesce(ModeratedContent.objected_at, ModeratedContent.changed_at)
        < func.now() - LONG,
    )
    .order_by(ModeratedContent.changed_at, ModeratedContent.id),
)
CONTRADICTED = AttentionList(
    "contradicted_approvals",
    "contents that staff approved and that WeChat, or the word list, takes for forbidden",
    select(ModeratedContent.id, ModeratedContent.kind, ModeratedContent.decided_at)
    .where(
        ModeratedContent.status == APPROVED,
        exists().where(
            ContentCheck.content_id == ModeratedContent.id,
            ContentCheck.version == ModeratedContent.version,
            ContentCheck.status == RISKY,
        ),
    )
    .order_by(ModeratedContent.decided_at, ModeratedContent.id),
)
