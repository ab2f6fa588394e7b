"""What a shop owner decides of moderation."""

from __future__ import annotations

from mall.settings import MessageTemplate, boolean, message_template, whole_number

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
DECISION_TEMPLATE = message_template(
    "reviews.decision_template",
    default=MessageTemplate(fields={"content": "thing1", "outcome": "phrase2", "reason": "thing3"}),
    names=("content", "outcome", "reason"),
    placeholders=("kind", "ref"),
    label="内容审核结果的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/mine/{kind}?id={ref}。",
)
SETTINGS = (MACHINE_APPROVES, REPORTS_BEFORE_REVIEW, DECISION_TEMPLATE)
