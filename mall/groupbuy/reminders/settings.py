"""What a shop owner decides of messages to the members of teams."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, whole_number

_HELP = "模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/team?code={team_code}。"

REMIND_MISSING = whole_number(
    "groupbuy.remind_missing",
    default=1,
    at_least=0,
    at_most=10,
    unit="人",
    label="还差几人时提醒团员",
    help="未成团的团即将到期且还差不超过这么多人时，提醒已付款的团员，每团一次；0 表示不提醒。",
)
REMIND_WITHIN_MIN = whole_number(
    "groupbuy.remind_within_min",
    default=120,
    at_least=5,
    at_most=1_440,
    unit="分钟",
    label="拼团到期前多久提醒",
    help="剩余时间不超过这么久时提醒；开团时长较短的团在后半段提醒。",
)
ENDING_TEMPLATE = message_template(
    "groupbuy.ending_template",
    default=MessageTemplate(
        fields={"goods": "thing1", "missing": "number2", "ends_at": "time3", "note": "thing4"}
    ),
    names=("goods", "missing", "ends_at", "note"),
    placeholders=("team_code",),
    label="拼团即将到期提醒的订阅消息模板",
    help=_HELP,
)
FORMED_TEMPLATE = message_template(
    "groupbuy.formed_template",
    default=MessageTemplate(
        fields={"goods": "thing1", "size": "number2", "formed_at": "time3", "note": "thing4"}
    ),
    names=("goods", "size", "formed_at", "note"),
    placeholders=("team_code",),
    label="拼团成功通知的订阅消息模板",
    help=_HELP,
)
FAILED_TEMPLATE = message_template(
    "groupbuy.failed_template",
    default=MessageTemplate(fields={"goods": "thing1", "refund": "amount2", "note": "thing3"}),
    names=("goods", "refund", "note"),
    placeholders=("team_code",),
    label="拼团失败退款通知的订阅消息模板",
    help=_HELP,
)
DIFFERENCE_TEMPLATE = message_template(
    "groupbuy.difference_template",
    default=MessageTemplate(
        fields={"goods": "thing1", "size": "number2", "amount": "amount3", "note": "thing4"}
    ),
    names=("goods", "size", "amount", "note"),
    placeholders=("team_code",),
    label="拼团差价退还通知的订阅消息模板",
    help=_HELP,
)
JOINED_TEMPLATE = message_template(
    "groupbuy.joined_template",
    default=MessageTemplate(
        fields={"goods": "thing1", "members": "number2", "missing": "number3", "ends_at": "time4"}
    ),
    names=("goods", "members", "missing", "ends_at", "note"),
    placeholders=("team_code",),
    label="新团员加入通知（发给团长）的订阅消息模板",
    help=_HELP,
)
SETTINGS = (
    REMIND_MISSING,
    REMIND_WITHIN_MIN,
    ENDING_TEMPLATE,
    FORMED_TEMPLATE,
    FAILED_TEMPLATE,
    DIFFERENCE_TEMPLATE,
    JOINED_TEMPLATE,
)
