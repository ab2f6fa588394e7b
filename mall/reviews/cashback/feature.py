"""Cash for likes of a shared review."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.reviews.cashback import admin, jobs, metrics, routes
from mall.reviews.cashback.attention import TO_RELEASE
from mall.reviews.cashback.closed_accounts import CASHBACK as ERASER
from mall.reviews.cashback.describing import CASHBACK_CAMPAIGNS
from mall.reviews.cashback.handlers import follow_review
from mall.reviews.cashback.invariants import INVARIANTS
from mall.reviews.cashback.message import CASHBACK
from mall.reviews.cashback.page_kind import CASHBACK_SHOW
from mall.reviews.cashback.settings import SETTINGS as OWN
from mall.reviews.writing.events import ReviewChanged
from mall.settings import SETTINGS
from mall.sharing.pages.kinds import PAGE_KINDS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare cash for likes."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "cashback:read": "查看晒单返现",
            "cashback:write": "管理晒单返现活动",
            "cashback:release": "放行或拒绝晒单返现",
        }
    )
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.add(PAGE_KINDS, CASHBACK_SHOW)
    mall.add(KINDS, CASHBACK)
    mall.add(CAMPAIGN_SOURCES, CASHBACK_CAMPAIGNS)
    mall.on(ReviewChanged, "reviews.cashback_review", follow_review)
    mall.add(ERASERS, ERASER)
    mall.attention(TO_RELEASE)
    mall.invariants(*INVARIANTS)
