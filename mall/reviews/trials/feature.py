"""Trials."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.inventory.holds import GIVEN_AWAY, HOLDS, GivenAway, StockHold
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.orders.events import OrderCompleted
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS
from mall.reviews.trials import admin, jobs, routes
from mall.reviews.trials.attention import LATE_REVIEWS, TO_PICK
from mall.reviews.trials.closed_accounts import TRIALS as ERASER
from mall.reviews.trials.describing import TRIALS
from mall.reviews.trials.figures import TRIAL_FIGURES
from mall.reviews.trials.invariants import INVARIANTS
from mall.reviews.trials.kinds import TRIAL
from mall.reviews.trials.messages import KINDS as OWN_KINDS
from mall.reviews.trials.participant import TrialParticipant
from mall.reviews.trials.reviewing import count_from_receipt, follow_review
from mall.reviews.trials.settings import SETTINGS as OWN
from mall.reviews.trials.units import UNITS_GIVEN, UNITS_HELD
from mall.reviews.writing.events import ReviewChanged
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS
from mall.users.figures import SHOPPER_FIGURES


def install(mall: Mall) -> None:
    """Declare trials."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "trial:read": "查看试用活动与体验官记录",
            "trial:write": "管理试用活动、邀请与选人",
            "trial:offer": "邀请体验官成为推广员",
        }
    )
    mall.jobs(jobs)
    mall.add(ORDER_KINDS, TRIAL)
    mall.add(PARTICIPANTS, TrialParticipant())
    mall.add(HOLDS, StockHold("trials", UNITS_HELD))
    mall.add(GIVEN_AWAY, GivenAway("trials", UNITS_GIVEN))
    mall.add(CAMPAIGN_SOURCES, TRIALS)
    mall.add(SHOPPER_FIGURES, TRIAL_FIGURES)
    mall.add(KINDS, *OWN_KINDS)
    mall.on(OrderCompleted, "reviews.trial_received", count_from_receipt)
    mall.on(ReviewChanged, "reviews.trial_review", follow_review)
    mall.add(ERASERS, ERASER)
    mall.attention(TO_PICK, LATE_REVIEWS)
    mall.invariants(*INVARIANTS)
