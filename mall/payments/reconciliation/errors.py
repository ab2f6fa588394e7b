"""Refusals of the reconciliation, as staff see them."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class ReconciliationNotFound(NotFound):
    code = "reconciliation_not_found"
    message = "该日尚未对账"


class ReconciliationDayOutOfRange(Conflict):
    """WeChat has no bill of that day yet (10:00 of the next day), or not any more."""

    code = "reconciliation_day_out_of_range"
    message = "该日账单尚未生成（次日10点后）或已超过三个月"


class FindingNotFound(NotFound):
    code = "finding_not_found"
    message = "对账差异不存在"


class FindingAlreadyResolved(Conflict):
    code = "finding_already_resolved"
    message = "该对账差异已处理"
