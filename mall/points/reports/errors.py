"""What reports may refuse."""

from __future__ import annotations

from mall.kernel.errors import NotFound


class PointsReportNotYet(NotFound):
    """The first roll-up is made in the first night."""

    code = "points_report_not_yet"
    message = "报表尚未生成，每天零点后自动生成"
