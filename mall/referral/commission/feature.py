"""Commission."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.orders.events import OrderPaid, OrderRefunded, SettledOrderReduced
from mall.referral.attribution.events import OrderAttributed
from mall.referral.commission import admin, handlers, jobs, metrics, plan_admin, routes
from mall.referral.commission.attention import DEBTS, WAITING
from mall.referral.commission.closed_accounts import COMMISSION, LEFT, WITHDRAWING
from mall.referral.commission.demo import load_demo_commission
from mall.referral.commission.describing import COMMISSION_PLANS
from mall.referral.commission.invariants import INVARIANTS
from mall.referral.commission.settings import SELF_PURCHASE
from mall.referral.commission.settings import SETTINGS as OWN
from mall.referral.promoters.events import PromoterChanged
from mall.referral.screening.events import ScreeningDecided
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_CHECKS, CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare commission."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp, plan_admin.blp)
    mall.permissions(
        {
            "commission:read": "查看推广佣金",
            "commission:write": "设置佣金比例，作废佣金",
        }
    )
    mall.jobs(jobs)
    mall.add(CAMPAIGN_SOURCES, COMMISSION_PLANS)
    mall.on(OrderAttributed, "commission.accrue", handlers.pay_who_brought)
    mall.on(OrderPaid, "commission.accrue_own", handlers.pay_own, is_wanted=SELF_PURCHASE.get)
    mall.on(OrderRefunded, "commission.take_back", handlers.keep_up)
    mall.on(SettledOrderReduced, "commission.take_back_late", handlers.keep_up)
    mall.on(OrderSettled, "commission.due", handlers.keep_up)
    mall.on(ScreeningDecided, "commission.follow_screening", handlers.follow_screening)
    mall.on(PromoterChanged, "commission.follow_promoter", handlers.follow_promoter)
    mall.add(ERASERS, COMMISSION)
    mall.add(CLOSING_CHECKS, WITHDRAWING)
    mall.add(CLOSING_LOSSES, LEFT)
    mall.attention(WAITING, DEBTS)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.demo("commission", load_demo_commission)
