"""What a shop owner decides of reviews."""

from __future__ import annotations

from mall.settings import MessageTemplate, boolean, message_template, text, whole_number

MAX_TAG = 10
"""Characters of a tag."""
WINDOW_DAYS = whole_number(
    "reviews.window_days",
    default=15,
    at_least=1,
    at_most=180,
    unit="天",
    label="可评价的期限",
    help="确认收货后多少天内可以评价；修改只对之后收货的订单生效。",
)
FOLLOW_UP_DAYS = whole_number(
    "reviews.follow_up_days",
    default=180,
    at_least=1,
    at_most=365,
    unit="天",
    label="可追评的期限",
    help="评价后多少天内可以追评一次。",
)
DEFAULT_STARS = boolean(
    "reviews.default_stars",
    default=True,
    label="逾期未评价时默认五星",
    help="默认评价单独标注，不计入平均分，也没有奖励；关闭后逾期不再生成默认评价。",
)
ANSWER_HOURS = whole_number(
    "reviews.answer_hours",
    default=24,
    at_least=1,
    at_most=240,
    unit="小时",
    label="一星、二星评价的处理时限",
    help="商家须在多少小时内回复或处理一星、二星的评价，逾期会出现在待办中。",
)
TAGS = text(
    "reviews.tags",
    default="质量很好,做工精细,性价比高,尺码合适,物流很快,包装精美,服务周到,有色差,做工一般,尺码不准",
    pattern=rf"([^,\s]{{1,{MAX_TAG}}}(,[^,\s]{{1,{MAX_TAG}}}){{0,29}})?",
    at_most=400,
    label="评价标签",
    help="顾客评价时可选的标签，用英文逗号隔开，最多 30 个，每个最多 10 个字；留空则不提供标签。",
)
REPLY_TEMPLATE = message_template(
    "reviews.reply_template",
    default=MessageTemplate(fields={"goods": "thing1", "reply": "thing2"}),
    names=("goods", "reply"),
    placeholders=("review_id",),
    label="商家回复评价的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/review?id={review_id}。",
)
SETTINGS = (WINDOW_DAYS, FOLLOW_UP_DAYS, DEFAULT_STARS, ANSWER_HOURS, TAGS, REPLY_TEMPLATE)


def offered_tags() -> list[str]:
    """The tags that shoppers may choose from."""
    return list(dict.fromkeys(tag for tag in TAGS.get().split(",") if tag))
