"""Every write route that takes a body, with a body that it would take."""

from __future__ import annotations

from tests.bad_input.by_feature import (
    campaigns,
    channels,
    goods,
    groupbuy,
    groupbuy_advice,
    groupbuy_seats,
    ladders,
    moderation,
    orders,
    people,
    points,
    promoters,
    questions,
    referral,
    review_rewards,
    reviews,
    sharing,
    show,
    trials,
    withdrawals,
)

ROUTES = [
    *people.ROUTES,
    *goods.ROUTES,
    *orders.ROUTES,
    *campaigns.ROUTES,
    *groupbuy.ROUTES,
    *groupbuy_seats.ROUTES,
    *points.ROUTES,
    *groupbuy_advice.ROUTES,
    *promoters.ROUTES,
    *channels.ROUTES,
    *ladders.ROUTES,
    *moderation.ROUTES,
    *withdrawals.ROUTES,
    *sharing.ROUTES,
    *referral.ROUTES,
    *review_rewards.ROUTES,
    *trials.ROUTES,
    *reviews.ROUTES,
    *questions.ROUTES,
    *show.ROUTES,
]
