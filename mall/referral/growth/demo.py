"""The demo shop's promoters: an agreement, three levels, two lessons, and how one grows."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.kernel.db import transaction
from mall.referral.growth.admin_schemas import GrowthRuleInput
from mall.referral.growth.models import PromoterGrowthRule
from mall.referral.growth.ruling import create_rule
from mall.referral.lessons.admin_schemas import LessonInput
from mall.referral.lessons.models import PromoterLesson
from mall.referral.lessons.writing import create_lesson
from mall.referral.promoters.agreements import newest_agreement, publish_agreement
from mall.referral.promoters.levels import create_level
from mall.referral.promoters.models import PromoterLevel

TITLE = "推广员协议"
TEXT = """\
一、加入免费：申请成为推广员不收取任何费用，也不以购买商品为条件。
二、佣金只按实际成交的订单计算，订单完结且无退款后结算；发生退款的，按比例扣回。
三、不按发展人数计酬，也不按他人团队业绩计酬。
四、请如实介绍商品，不得夸大宣传或骚扰他人；违反的，可停用或终止推广资格。
五、您可以随时退出，已结算的佣金不受影响。
"""
LEVELS = (("推广员", 10), ("资深推广员", 20), ("达人", 30))
LESSONS: tuple[dict[str, Any], ...] = (
    {
        "name": "推广入门",
        "body": "好友通过您的分享下单并完成交易后，您会获得佣金；订单退款时佣金按比例扣回。",
        "questions": [
            {
                "text": "佣金什么时候结算？",
                "options": ["好友付款时", "订单完结且过了退货期", "好友注册时"],
                "answers": [1],
            },
            {
                "text": "加入推广员需要什么？",
                "options": ["缴纳费用", "购买礼包", "阅读并同意协议"],
                "answers": [2],
            },
        ],
        "pass_at": 2,
        "position": 1,
    },
    {
        "name": "如实推荐",
        "body": "只介绍您了解的商品，不使用“最好”“第一”等绝对化用语，不承诺做不到的效果。",
        "questions": [
            {
                "text": "下面哪些说法不可以用？",
                "options": ["全国第一", "我自己一直在用", "包治百病"],
                "answers": [0, 2],
            }
        ],
        "pass_at": 1,
        "position": 2,
    },
)


def load_demo_promoters(console: Console) -> None:
    """Make the shop ready for promoters, where nothing of it is there yet."""
    made = (publish(), make_levels(), make_lessons(), make_rules())
    names = ("agreement", "levels of promoters", "lessons", "growth rules")
    console.print(", ".join(f"{count} {name}" for count, name in zip(made, names, strict=True)))


def publish() -> int:
    """The agreement, unless there is one."""
    with transaction() as session:
        if newest_agreement(session) is not None:
            return 0
    publish_agreement(title=TITLE, text=TEXT, replaces=0, in_force_at=None, accept_warnings=True)
    return 1


def make_levels() -> int:
    """Three levels, unless there are any."""
    if _count(PromoterLevel):
        return 0
    for name, position in LEVELS:
        create_level(name=name, position=position)
    return len(LEVELS)


def make_lessons() -> int:
    """Two lessons, unless there are any."""
    if _count(PromoterLesson):
        return 0
    for terms in LESSONS:
        create_lesson(LessonInput().load(terms))
    return len(LESSONS)


def make_rules() -> int:
    """Regulars need no decision; lessons open the second level, orders the third."""
    with transaction() as session:
        levels = session.scalars(select(PromoterLevel.id).order_by(PromoterLevel.position)).all()
        lessons = session.scalars(select(PromoterLesson.id).order_by(PromoterLesson.id)).all()
    if _count(PromoterGrowthRule) or len(levels) < len(LEVELS):
        return 0
    orders = {"figure": "settled_orders", "label": "已完成订单"}
    rules: tuple[dict[str, Any], ...] = (
        {"name": "老客免审核", "opens": "standing", "figures": [{**orders, "at_least": 3}]},
        {
            "name": "学完课程",
            "opens": "level",
            "level_id": str(levels[1]),
            "lesson_ids": [str(lesson_id) for lesson_id in lessons],
        },
        {
            "name": "成为达人",
            "opens": "level",
            "level_id": str(levels[2]),
            "figures": [{**orders, "at_least": 10}],
        },
    )
    for terms in rules:
        create_rule(GrowthRuleInput().load({**terms, "accept_warnings": True}))
    return len(rules)


def _count(table: type[Any]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
