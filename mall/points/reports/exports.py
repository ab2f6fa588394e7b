"""Reports of points as sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mall.kernel.money import yuan
from mall.kernel.sheet_chunks import Number, Row
from mall.points.reports.queries import FlowMonth, Liability, RuleCost

LIABILITY_HEADER = ("到期月份", "可用积分", "冻结积分", "占用积分", "价值(元)")
FLOW_HEADER = (
    *("月份", "发放", "消费", "退回", "过期", "注销作废", "收回", "净变化"),
    *("当月发放中剩余", "当月发放中已过期", "当月发放中已收回", "过期率(%)"),
)
RULE_HEADER = ("规则编号", "规则", "次数", "发放", "收回", "欠分", "净发放", "价值(元)")


def liability_rows(report: Liability) -> Iterator[Row]:
    """One row a month of expiry; what is held, and the sum of all, at the end."""
    for one in report.months:
        yield (one.month or "永久", *_numbers(one.available, one.frozen, 0), _yuan(one.value_fen))
    figures = _numbers(report.available, report.frozen, report.held)
    yield ("合计", *figures, _yuan(report.value_fen))


def flow_rows(months: Iterable[FlowMonth]) -> Iterator[Row]:
    """One row a month."""
    for one in months:
        yield (
            one.month,
            *_numbers(one.granted, one.spent, one.returned, one.expired),
            *_numbers(one.forfeited, one.reversed, one.net),
            *_numbers(one.of_grants_left, one.of_grants_expired, one.of_grants_reversed),
            Number(f"{one.expired_bp / 100:.2f}"),
        )


def rule_rows(rules: Iterable[RuleCost]) -> Iterator[Row]:
    """One row a rule."""
    for one in rules:
        yield (
            str(one.rule_id),
            one.name,
            *_numbers(one.grants, one.points, one.taken_back, one.owed, one.net),
            _yuan(one.value_fen),
        )


def _numbers(*figures: int) -> tuple[Number, ...]:
    return tuple(Number(figure) for figure in figures)


def _yuan(fen: int) -> Number:
    return Number(yuan(fen))
