"""What a shop owner decides of lessons."""

from __future__ import annotations

from mall.settings import whole_number

ATTEMPTS_PER_DAY = whole_number(
    "referral.lesson_attempts_per_day",
    default=3,
    at_least=1,
    at_most=20,
    unit="次",
    label="每门课程每日答题次数",
    help="每人每门课程每天最多答题多少次；已通过的课程不再答题。",
)
SETTINGS = (ATTEMPTS_PER_DAY,)
