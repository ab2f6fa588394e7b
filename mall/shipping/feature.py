"""Shipping: parcels, freight, pick-up, the report to WeChat."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.kernel.outbound import CALL_KINDS
from mall.orders.events import OrderCompleted, OrderShipped
from mall.orders.participants import PARTICIPANTS, PLACING, PRICING, SHIPPING
from mall.settings import SETTINGS
from mall.shipping import (
    address_routes,
    admin,
    admin_bulk,
    carriers,
    freight_admin,
    handlers,
    pickup_admin,
    routes,
    shipping_report,
)
from mall.shipping.attention import FAILED_REPORTS
from mall.shipping.cli import shipping_group
from mall.shipping.freight import FreightParticipant
from mall.shipping.invariants import INVARIANTS
from mall.shipping.settings import SETTINGS as OWN


def install(mall: Mall) -> None:
    """Declare shipping; freight is part of each price."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp, admin_bulk.blp, freight_admin.blp, pickup_admin.blp)
    mall.blueprints(address_routes.blp, address_routes.admin_blp)
    mall.permissions(
        {
            "order:ship": "发货",
            "order:address": "修改订单收货地址",
            "freight:read": "查看运费模板与自提点",
            "freight:write": "管理运费模板与自提点",
            "pickup:write": "自提核销",
        }
    )
    mall.jobs(carriers)
    mall.commands(shipping_group)
    mall.add(CALL_KINDS, shipping_report.REPORTS)
    mall.add(PARTICIPANTS, FreightParticipant())
    mall.fails(PRICING, "pickup_point_unavailable")
    mall.fails(PLACING, "undeliverable")
    mall.fails(SHIPPING, "order_is_collected")
    mall.on(OrderShipped, "shipping.complete_report", handlers.complete_report_on_order_shipped)
    mall.on(
        OrderCompleted, "shipping.report_delivered", handlers.report_delivered_on_order_completed
    )
    mall.invariants(*INVARIANTS)
    mall.attention(FAILED_REPORTS)
