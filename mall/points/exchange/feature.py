"""The points mall."""

from __future__ import annotations

from mall.catalog.sold_otherwise import SOLD_OTHERWISE, SoldOtherwise
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.inventory.holds import HOLDS, StockHold
from mall.kernel.features import Mall
from mall.orders.also_paid import ALSO_PAID, OtherCurrency
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS
from mall.points.exchange import metrics
from mall.points.exchange.attention import LOW_STOCK, UNDELIVERED
from mall.points.exchange.codes import admin as codes_admin
from mall.points.exchange.codes import jobs as codes_jobs
from mall.points.exchange.invariants import INVARIANTS
from mall.points.exchange.items import admin as items_admin
from mall.points.exchange.items import jobs as items_jobs
from mall.points.exchange.items.describing import EXCHANGE_ITEMS
from mall.points.exchange.items.queries import delivered_here
from mall.points.exchange.items.stock import UNITS_HELD
from mall.points.exchange.kinds import EXCHANGE, EXCHANGE_VIRTUAL
from mall.points.exchange.orders import delivering, routes
from mall.points.exchange.orders.participant import ExchangeParticipant
from mall.points.exchange.settings import SETTINGS as OWN
from mall.settings import SETTINGS

_POINTS = """
    SELECT x.order_id, x.points AS amount,
        CASE WHEN h.status = 'released' THEN h.points ELSE h.returned END AS returned
    FROM exchange_orders x JOIN orders o ON o.id = x.order_id
    JOIN points_holds h ON h.source = 'exchange:' || o.order_no
"""


def install(mall: Mall) -> None:
    """Declare the points mall."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, items_admin.blp, codes_admin.blp)
    mall.permissions(
        {
            "exchange:read": "查看积分商城商品与兑换码（脱敏）",
            "exchange:write": "管理积分商城商品",
            "code:write": "导入、撤回、更换兑换码",
            "code:reveal": "查看兑换码明文",
        }
    )
    mall.jobs(items_jobs, codes_jobs, delivering)
    mall.add(SOLD_OTHERWISE, SoldOtherwise("points mall", delivered_here))
    mall.add(ORDER_KINDS, EXCHANGE, EXCHANGE_VIRTUAL)
    mall.add(PARTICIPANTS, ExchangeParticipant())
    mall.add(HOLDS, StockHold("exchange items", UNITS_HELD))
    mall.add(ALSO_PAID, OtherCurrency("points", "积分", _POINTS))
    mall.add(CAMPAIGN_SOURCES, EXCHANGE_ITEMS)
    mall.attention(LOW_STOCK, UNDELIVERED)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
