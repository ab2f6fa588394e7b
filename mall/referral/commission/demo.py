"""The demo shop's commission: 3 % of what is paid, more for the higher levels of promoters."""

from __future__ import annotations

from rich.console import Console
from sqlalchemy import func, select

from mall.kernel.db import transaction
from mall.referral.commission.line_models import ALL, CommissionPlan
from mall.referral.commission.planning import make_plan
from mall.referral.promoters.models import PromoterLevel

RATES_BP = (300, 500, 800)
"""By level, the lowest first; the last one counts for all above."""


def load_demo_commission(console: Console) -> None:
    """The first version of the rates, unless there is one."""
    console.print(f"{int(plan_rates())} plan of commission")


def plan_rates() -> bool:
    """Rates of all goods; whether they were made. The second level pays nothing."""
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(CommissionPlan)):
            return False
        levels = session.scalars(select(PromoterLevel.id).order_by(PromoterLevel.position)).all()
    goods = {"scope": ALL, "scope_id": 0, "second_bp": 0}
    rates = [{**goods, "level_id": None, "rate_bp": RATES_BP[0]}]
    for rank, level_id in enumerate(levels[1:], 1):
        rate_bp = RATES_BP[min(rank, len(RATES_BP) - 1)]
        rates.append({**goods, "level_id": level_id, "rate_bp": rate_bp})
    make_plan(name="推广佣金", rates=rates, replaces=0, accept_warnings=True)
    return True
