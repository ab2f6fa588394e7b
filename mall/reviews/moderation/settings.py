"""What a shop owner decides of moderation."""

from __future__ import annotations

from mall.settings import boolean, whole_number

MACHINE_APPROVES = boolean(
    "reviews.machine_approves",
    default=True,
    label="机器审核通过后自动展示",
    help="开启后，机器检查全部通过且无任何疑点的内容直接展示；关闭后全部由人工审核。",
)
REPORTS_BEFORE_REVIEW = whole_number(
    "reviews.reports_before_review",
    default=3,
    at_least=1,
    at_most=100,
    unit="人",
    label="转人工复核的举报人数",
    help="多少位不同的顾客举报后转入人工复核；复核结束前内容照常展示。",
)
SETTINGS = (MACHINE_APPROVES, REPORTS_BEFORE_REVIEW)
