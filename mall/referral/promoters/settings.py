"""What a shop owner decides of promoters."""

from __future__ import annotations

from mall.settings import MessageTemplate, choice, message_template, whole_number

BY_STAFF, AUTOMATIC, CLOSED = "staff", "automatic", "closed"
JOINING = choice(
    "referral.promoter_joining",
    default=BY_STAFF,
    choices={BY_STAFF: "员工审核", AUTOMATIC: "自动通过", CLOSED: "暂停申请"},
    label="推广员的申请",
    help="申请始终免费，不得以缴费或购买商品为条件；"
    "暂停申请期间，以购买为门槛的成长规则同时不能开通推广员。",
)
AGAIN_DAYS = whole_number(
    "referral.promoter_again_days",
    default=7,
    at_least=0,
    at_most=365,
    unit="天",
    label="被拒绝或被终止后再次申请的间隔",
    help="员工拒绝申请或终止推广员后，多少天内不能再次申请；之后的申请一律由员工审核。",
)
NOTICE_DAYS = whole_number(
    "referral.promoter_notice_days",
    default=7,
    at_least=0,
    at_most=90,
    unit="天",
    label="推广员协议新版本的公示期",
    help="发布新版本协议时未填写生效时间的，于发布后多少天生效；生效后未同意新版本的推广员不再产生佣金。",
)
DECIDED_TEMPLATE = message_template(
    "referral.promoter_decided_template",
    default=MessageTemplate(fields={"result": "phrase1", "level": "thing2", "note": "thing3"}),
    names=("result", "level", "note"),
    label="推广员审核结果的订阅消息模板",
    help="模板 ID 留空则只进入消息中心，page 例如 pages/promoter。",
)
SETTINGS = (JOINING, AGAIN_DAYS, NOTICE_DAYS, DECIDED_TEMPLATE)
