"""The lists, by area. A new guard of money, ownership or limits gets its line here."""

from __future__ import annotations

from tests.mutants.guards import (
    access,
    aftersales,
    commission,
    coupons,
    flashsale,
    groupbuy,
    missions,
    orders,
    ownership,
    payments,
    payouts,
    points,
    points_mall,
    promotions,
    referral,
    refunds,
    rewards,
)
from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *orders.MUTANTS,
    *payments.MUTANTS,
    *refunds.MUTANTS,
    *aftersales.MUTANTS,
    *ownership.MUTANTS,
    *coupons.MUTANTS,
    *promotions.MUTANTS,
    *points.MUTANTS,
    *points_mall.MUTANTS,
    *groupbuy.MUTANTS,
    *referral.MUTANTS,
    *commission.MUTANTS,
    *rewards.MUTANTS,
    *payouts.MUTANTS,
    *missions.MUTANTS,
    *access.MUTANTS,
    *flashsale.MUTANTS,
)
