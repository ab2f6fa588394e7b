"""Physical prizes."""

from __future__ import annotations

from mall.inventory.holds import GIVEN_AWAY, HOLDS, GivenAway, StockHold
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS
from mall.prizes import admin, jobs, metrics, routes
from mall.prizes.attention import OVERDUE_PRIZES, UNCLAIMED_PRIZES
from mall.prizes.closed_accounts import PRIZES_LOST, WAITING_PRIZES
from mall.prizes.events import PrizeWaiting
from mall.prizes.granter import GoodsGranter
from mall.prizes.invariants import INVARIANTS
from mall.prizes.kinds import PRIZE
from mall.prizes.messages import KINDS as OWN_KINDS
from mall.prizes.messages import send_message_on_prize_waiting
from mall.prizes.models import UNITS_GIVEN, UNITS_HELD
from mall.prizes.participant import PrizeParticipant
from mall.prizes.settings import SETTINGS as OWN
from mall.rewards.granters import GIVING, GRANTERS
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare prizes. Any feature gives them, as rewards of the kind `goods`."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "prizes:read": "查看实物奖品",
            "prizes:write": "延长实物奖品的领取期限，取消奖品",
            "prizes:export": "导出待发奖品与收货信息",
            "prizes:ship": "导入奖品的运单号",
        }
    )
    mall.jobs(jobs)
    mall.add(GRANTERS, GoodsGranter())
    mall.fails(GIVING, "out_of_stock")
    mall.add(ORDER_KINDS, PRIZE)
    mall.add(PARTICIPANTS, PrizeParticipant())
    mall.add(HOLDS, StockHold("prizes", UNITS_HELD))
    mall.add(GIVEN_AWAY, GivenAway("prizes", UNITS_GIVEN))
    mall.add(KINDS, *OWN_KINDS)
    mall.on(PrizeWaiting, "prizes.tell_of_waiting", send_message_on_prize_waiting)
    mall.add(CLOSING_LOSSES, PRIZES_LOST)
    mall.add(ERASERS, WAITING_PRIZES)
    mall.metrics(metrics)
    mall.attention(OVERDUE_PRIZES, UNCLAIMED_PRIZES)
    mall.invariants(*INVARIANTS)
