"""Messages: subscribe messages to shoppers, their inbox, pushes from WeChat."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.kernel.outbound import CALL_KINDS
from mall.messages import (
    admin,
    daily_cap,
    handlers,
    inbox,
    inbox_routes,
    push_routes,
    pushes,
    routes,
    sending,
    states,
    waiting,
)
from mall.messages.changed_messages import (
    ORDER_READDRESSED,
    ORDER_REPRICED,
    send_message_on_order_readdressed,
    send_message_on_order_repriced,
)
from mall.messages.closed_accounts import NEWS
from mall.messages.invariants import INVARIANTS
from mall.messages.kinds import KINDS
from mall.messages.settings import SETTINGS as OWN
from mall.messages.shipped_message import ORDER_SHIPPED, send_message_on_order_shipped
from mall.orders.events import OrderReaddressed, OrderRepriced, OrderShipped
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS
from mall.wechat.push_events import PUSH_HANDLERS, PushHandler


def install(mall: Mall) -> None:
    """Declare the messages. Other features add their kinds to `KINDS`."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, inbox_routes.blp, admin.blp, push_routes.blp)
    mall.permissions({"message:read": "查看订阅消息", "message:write": "管理订阅消息"})
    mall.jobs(pushes, waiting, inbox, daily_cap)
    mall.add(CALL_KINDS, sending.MESSAGES)
    mall.add(ERASERS, NEWS)
    mall.metrics(handlers, states)
    mall.add(KINDS, ORDER_SHIPPED, ORDER_REPRICED, ORDER_READDRESSED)
    mall.on(OrderShipped, "messages.send_shipped", send_message_on_order_shipped)
    mall.on(OrderRepriced, "messages.send_repriced", send_message_on_order_repriced)
    mall.on(OrderReaddressed, "messages.send_readdressed", send_message_on_order_readdressed)
    mall.add(
        PUSH_HANDLERS,
        PushHandler("trade_manage_order_settlement", handlers.confirm_receipt_on_settlement),
        PushHandler("trade_manage_remind_shipping", handlers.warn_of_reminder),
        PushHandler("trade_manage_remind_access_api", handlers.warn_of_reminder),
        PushHandler("wxa_trade_controlled", handlers.warn_of_reminder),
        PushHandler("subscribe_msg_popup_event", handlers.count_answers_to_prompt),
        PushHandler("subscribe_msg_change_event", handlers.clear_quota_on_rejection),
        PushHandler("subscribe_msg_sent_event", handlers.act_on_failed_delivery),
    )
    mall.invariants(*INVARIANTS)
