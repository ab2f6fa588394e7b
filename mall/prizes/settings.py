"""What a shop owner decides of prizes."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, whole_number

CLAIM_DAYS = whole_number(
    "prizes.claim_days",
    default=15,
    at_least=1,
    at_most=180,
    unit="天",
    label="实物奖品的领取期限",
    help="中奖后多少天内须填写收货地址；逾期未领取的奖品退回库存。此前发放的奖品期限不变。",
)
REMIND_DAYS = whole_number(
    "prizes.remind_days",
    default=3,
    at_least=0,
    at_most=30,
    unit="天",
    label="实物奖品到期前多少天提醒领取",
    help="每个领取期限提醒一次；0 表示不提醒。",
)
SHIP_DAYS = whole_number(
    "prizes.ship_days",
    default=3,
    at_least=1,
    at_most=30,
    unit="天",
    label="实物奖品应在多少天内发货",
    help="用户填写地址后超过这么多天未发货，列为逾期未发货。",
)
_HELP = "模板 ID 留空则只进入消息中心；page 例如 pages/prizes。"
WAITING_TEMPLATE = message_template(
    "prizes.waiting_template",
    default=MessageTemplate(fields={"prize": "thing1", "until": "time2", "note": "thing3"}),
    names=("prize", "until", "note"),
    placeholders=("prize_id",),
    label="实物奖品待领取的订阅消息模板",
    help=_HELP,
)
DUE_TEMPLATE = message_template(
    "prizes.due_template",
    default=MessageTemplate(fields={"prize": "thing1", "until": "time2", "note": "thing3"}),
    names=("prize", "until", "note"),
    placeholders=("prize_id",),
    label="实物奖品即将过期的订阅消息模板",
    help=_HELP,
)
SETTINGS = (CLAIM_DAYS, REMIND_DAYS, SHIP_DAYS, WAITING_TEMPLATE, DUE_TEMPLATE)
