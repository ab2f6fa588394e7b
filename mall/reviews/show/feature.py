"""The buyer show."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.reviews.show import admin, routes
from mall.reviews.show.closed_accounts import SHOW_MARKS
from mall.reviews.show.featured_message import FEATURED
from mall.reviews.show.featuring import follow_review
from mall.reviews.show.invariants import INVARIANTS
from mall.reviews.show.page_kind import BUYER_SHOW
from mall.reviews.show.settings import SETTINGS as OWN
from mall.reviews.writing.events import ReviewChanged
from mall.settings import SETTINGS
from mall.sharing.pages.kinds import PAGE_KINDS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the buyer show."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {"buyer_show:read": "查看买家秀专栏", "buyer_show:write": "管理买家秀专栏与精选"}
    )
    mall.add(SETTINGS, *OWN)
    mall.add(KINDS, FEATURED)
    mall.add(PAGE_KINDS, BUYER_SHOW)
    mall.on(ReviewChanged, "reviews.show_review", follow_review)
    mall.add(ERASERS, SHOW_MARKS)
    mall.invariants(*INVARIANTS)
