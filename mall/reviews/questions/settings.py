"""What a shop owner decides of questions and answers."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, whole_number

QUESTIONS_PER_DAY = whole_number(
    "reviews.questions_per_day",
    default=10,
    at_least=0,
    at_most=100,
    unit="个",
    label="每位顾客每天可提问的次数",
    help="问大家：超过后当天不能再提问；0 表示不开放提问。",
)
ASK_BUYERS = whole_number(
    "reviews.ask_buyers",
    default=10,
    at_least=0,
    at_most=50,
    unit="人",
    label="每个提问邀请多少位买家回答",
    help="提问通过审核后，邀请最近收到该商品的买家回答；0 表示不邀请。",
)
ASK_WITHIN_DAYS = whole_number(
    "reviews.ask_within_days",
    default=180,
    at_least=1,
    at_most=730,
    unit="天",
    label="邀请多少天内收货的买家",
    help="只邀请在这么多天内收到商品、且未全部退货的买家。",
)
ASK_AGAIN_DAYS = whole_number(
    "reviews.ask_again_days",
    default=7,
    at_least=1,
    at_most=365,
    unit="天",
    label="同一位买家两次被邀请回答的最短间隔",
    help="间隔内不会再邀请同一位买家，无论是哪件商品。",
)
ANSWER_RULE = whole_number(
    "reviews.answer_rule",
    default=0,
    at_least=0,
    at_most=2**53,
    unit="",
    label="回答通过审核后的奖励规则编号",
    help="填写奖励规则的编号，次数上限与预算以该规则为准；0 表示没有奖励。"
    "回答被隐藏或删除时收回奖励。",
)
_HELP = "模板 ID 留空则只进入消息中心；page 可含 {question_id}。"
ASKED_TEMPLATE = message_template(
    "reviews.question_asked_template",
    default=MessageTemplate(fields={"goods": "thing1", "question": "thing2", "note": "thing3"}),
    names=("goods", "question", "note"),
    placeholders=("question_id",),
    label="邀请买家回答的订阅消息模板",
    help=_HELP,
)
ANSWERED_TEMPLATE = message_template(
    "reviews.question_answered_template",
    default=MessageTemplate(fields={"goods": "thing1", "answer": "thing2", "note": "thing3"}),
    names=("goods", "answer", "note"),
    placeholders=("question_id",),
    label="提问有了回答的订阅消息模板",
    help=_HELP,
)
SETTINGS = (
    QUESTIONS_PER_DAY,
    ASK_BUYERS,
    ASK_WITHIN_DAYS,
    ASK_AGAIN_DAYS,
    ANSWER_RULE,
    ASKED_TEMPLATE,
    ANSWERED_TEMPLATE,
)
