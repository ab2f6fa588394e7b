"""Reviews."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.missions.board.hearing import add_trigger
from mall.orders.events import OrderCompleted, OrderRefunded, SettledOrderReduced
from mall.reviews.moderation.contents import CONTENT_KINDS, ContentKind
from mall.reviews.writing import admin, following, handlers, jobs, routes
from mall.reviews.writing.attention import OVERDUE_TASKS
from mall.reviews.writing.closed_accounts import REVIEWS
from mall.reviews.writing.figures import REVIEW_FIGURES
from mall.reviews.writing.invariants import INVARIANTS
from mall.reviews.writing.mission_trigger import REVIEW_APPROVED
from mall.reviews.writing.names import FOLLOW_UP, REVIEW
from mall.reviews.writing.replying import REVIEW_REPLIED
from mall.reviews.writing.settings import SETTINGS as OWN_SETTINGS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS
from mall.users.figures import SHOPPER_FIGURES


def install(mall: Mall) -> None:
    """Declare reviews."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({admin.READ: "查看评价", admin.ANSWER: "回复与处理评价"})
    mall.jobs(jobs)
    mall.add(SETTINGS, *OWN_SETTINGS)
    mall.add(KINDS, REVIEW_REPLIED)
    mall.add(
        CONTENT_KINDS,
        ContentKind(REVIEW, "评价", following.follow_review),
        ContentKind(FOLLOW_UP, "追评", following.follow_follow_up),
    )
    mall.on(OrderCompleted, "reviews.offer_review", handlers.offer_review)
    mall.on(OrderRefunded, "reviews.follow_refund", handlers.follow_refund)
    mall.on(SettledOrderReduced, "reviews.follow_settled_refund", handlers.follow_refund)
    add_trigger(mall, REVIEW_APPROVED)
    mall.add(SHOPPER_FIGURES, REVIEW_FIGURES)
    mall.add(ERASERS, REVIEWS)
    mall.invariants(*INVARIANTS)
    mall.attention(OVERDUE_TASKS)
