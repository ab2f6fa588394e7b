"""What the shop's owner may change."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, whole_number

OFF_FEN = whole_number(
    "birthdays.off_fen",
    default=500,
    at_least=1,
    at_most=100_000,
    unit="分",
    label="生日优惠金额",
    help="用户生日当天下单可减的金额，每年一次。",
)
TREAT_RULE = whole_number(
    "birthdays.treat_rule",
    default=0,
    at_least=0,
    at_most=2**53,
    unit="",
    label="生日月订单奖励规则",
    help="每实付一元送一份小食，按该奖励规则的预算发放；0 为不送。",
)
GREETING_TEMPLATE = message_template(
    "birthdays.greeting_template",
    default=MessageTemplate("", {"note": "thing1"}, "pages/birthday"),
    names=("note",),
    label="生日祝福消息模板",
    help="生日当天发送的订阅消息，模板留空则不发送。",
)
