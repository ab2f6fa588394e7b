"""What a shop owner decides of trials."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, whole_number

BAN_DAYS = whole_number(
    "reviews.trial_ban_days",
    default=90,
    at_least=0,
    at_most=730,
    unit="天",
    label="试用评价逾期后多少天内不能再申请",
    help="逾期的用户补交评价后即可再次申请，否则须等待这么多天；0 表示不限制。",
)
REMIND_DAYS = whole_number(
    "reviews.trial_remind_days",
    default=2,
    at_least=0,
    at_most=30,
    unit="天",
    label="试用评价到期前多少天提醒",
    help="每次试用提醒一次；0 表示不提醒。",
)
OFFICER_DONE = whole_number(
    "reviews.officer_trials_done",
    default=3,
    at_least=1,
    at_most=100,
    unit="次",
    label="可邀请成为推广员的完成试用次数",
    help="按时或补交完成的试用次数达到后，员工可以邀请其申请推广员。",
)
OFFICER_LATE = whole_number(
    "reviews.officer_trials_late",
    default=0,
    at_least=0,
    at_most=100,
    unit="次",
    label="可邀请成为推广员的逾期次数上限",
    help="补交与仍未交的评价都算逾期；超过后不能邀请。",
)
_HELP = "模板 ID 留空则只进入消息中心；page 例如 pages/trials。"
INVITED_TEMPLATE = message_template(
    "reviews.trial_invited_template",
    default=MessageTemplate(fields={"trial": "thing1", "until": "time2", "note": "thing3"}),
    names=("trial", "until", "note"),
    placeholders=("trial_id",),
    label="邀请申请试用的订阅消息模板",
    help=_HELP,
)
PICKED_TEMPLATE = message_template(
    "reviews.trial_picked_template",
    default=MessageTemplate(fields={"trial": "thing1", "until": "time2", "note": "thing3"}),
    names=("trial", "until", "note"),
    placeholders=("trial_id",),
    label="试用申请通过的订阅消息模板",
    help=_HELP,
)
DUE_TEMPLATE = message_template(
    "reviews.trial_due_template",
    default=MessageTemplate(fields={"trial": "thing1", "until": "time2", "note": "thing3"}),
    names=("trial", "until", "note"),
    placeholders=("trial_id",),
    label="试用评价即将到期的订阅消息模板",
    help=_HELP,
)
OFFERED_TEMPLATE = message_template(
    "reviews.trial_promoter_template",
    default=MessageTemplate(fields={"title": "thing1", "note": "thing2"}, page="pages/promoter"),
    names=("title", "note"),
    label="邀请体验官申请推广员的订阅消息模板",
    help="模板 ID 留空则只进入消息中心；page 为推广员申请页。",
)
SETTINGS = (
    BAN_DAYS,
    REMIND_DAYS,
    OFFICER_DONE,
    OFFICER_LATE,
    INVITED_TEMPLATE,
    PICKED_TEMPLATE,
    DUE_TEMPLATE,
    OFFERED_TEMPLATE,
)
