"""What of moderation needs somebody."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, true

from mall.kernel.invariants import AttentionList
from mall.reviews.moderation.check_models import RISKY, ContentCheck
from mall.reviews.moderation.contents import APPROVED, PENDING
from mall.reviews.moderation.models import ModeratedContent

LONG = timedelta(hours=24)
WAITING_LONG = AttentionList(
    "contents_waiting",
    "contents that have waited for a decision for a day",
    "等待审核超过一天的内容",
    select(ModeratedContent.id, ModeratedContent.kind, ModeratedContent.changed_at)
    .where(
        ModeratedContent.manual | (ModeratedContent.status == PENDING),
        func.coalesce(ModeratedContent.objected_at, ModeratedContent.changed_at)
        < func.now() - LONG,
    )
    .order_by(ModeratedContent.changed_at, ModeratedContent.id),
)
_CHECKED = (
    select(ModeratedContent.id, ModeratedContent.kind, ModeratedContent.decided_at)
    .where(
        ModeratedContent.id == ContentCheck.content_id,
        ModeratedContent.version == ContentCheck.version,
        ModeratedContent.status == APPROVED,
    )
    .offset(0)  # asked for each check, not joined
    .lateral()
)
CONTRADICTED = AttentionList(
    "contradicted_approvals",
    "contents that staff approved and that WeChat, or the word list, takes for forbidden",
    "员工已通过、但微信或词库认为违规的内容",
    # From the few checks that found something: of contents that were approved there are many.
    select(_CHECKED.c.id, _CHECKED.c.kind, _CHECKED.c.decided_at)
    .distinct()
    .select_from(ContentCheck)
    .join(_CHECKED, true())
    .where(ContentCheck.status == RISKY)
    .order_by(_CHECKED.c.decided_at, _CHECKED.c.id),
)
