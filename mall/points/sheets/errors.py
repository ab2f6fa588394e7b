"""What sheets of points may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class PointsSheetNotFound(NotFound):
    code = "points_sheet_not_found"
    message = "积分表格不存在"


class PointsSheetKeyUsed(Conflict):
    """Another sheet has this name: other content, another kind or another reason."""

    code = "points_sheet_key_used"
    message = "该批次名称已用于另一张表格"


class PointsSheetFaulty(Conflict):
    """A sheet with a faulty line gives nothing."""

    code = "points_sheet_faulty"
    message = "表格中有错误的行，请修正后重新上传"


class PointsSheetEnded(Conflict):
    """It was canceled, or all of it was given."""

    code = "points_sheet_ended"
    message = "该表格已取消或已发放完毕"
