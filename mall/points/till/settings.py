"""What a shop owner allows at the tills of its pick-up points."""

from __future__ import annotations

from mall.points.settings import MAX_POINTS
from mall.settings import MessageTemplate, Setting, message_template, whole_number


def _limit(name: str, default: int, label: str) -> Setting[int]:
    return whole_number(
        f"points.{name}",
        default=default,
        at_least=0,
        at_most=MAX_POINTS,
        unit="积分",
        label=label,
        help="按自然日（店铺时区）计算，当天撤销的不计入；0 表示不允许。",
        permission="points:approve",
    )


STAFF_GRANT = _limit("till_staff_grant_per_day", 20_000, "每名店员每天可在门店发放的积分")
STAFF_TAKE = _limit("till_staff_take_per_day", 100_000, "每名店员每天可在门店扣减的积分")
POINT_GRANT = _limit("till_point_grant_per_day", 100_000, "每个门店每天可发放的积分")
POINT_TAKE = _limit("till_point_take_per_day", 500_000, "每个门店每天可扣减的积分")
SHOPPER_GRANT = _limit("till_shopper_grant_per_day", 5_000, "每位顾客每天可在门店获得的积分")
SHOPPER_TAKE = _limit("till_shopper_take_per_day", 50_000, "每位顾客每天可在门店使用的积分")
TILL_TEMPLATE = message_template(
    "points.till_template",
    default=MessageTemplate(fields={"point": "thing1", "what": "thing2", "note": "thing3"}),
    names=("point", "what", "note"),
    label="门店积分变动通知的订阅消息模板",
    help="门店扣减积分、撤销记录时通知顾客；模板 ID 留空则只进入小程序内的消息中心。",
)
SETTINGS = (
    STAFF_GRANT,
    STAFF_TAKE,
    POINT_GRANT,
    POINT_TAKE,
    SHOPPER_GRANT,
    SHOPPER_TAKE,
    TILL_TEMPLATE,
)
