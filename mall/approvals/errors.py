"""Refusals of approvals, as staff see them."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, NotPermitted


class ApprovalNotFound(NotFound):
    code = "approval_not_found"
    message = "审批单不存在"


class ApprovalPending(Conflict):
    """One open request about a thing at a time."""

    code = "approval_pending"
    message = "已有同一事项的审批在等待处理"


class ApprovalEnded(Conflict):
    """Somebody decided it, the requester withdrew it, or its time is over."""

    code = "approval_ended"
    message = "该审批已结束，请刷新后查看"


class OwnApproval(NotPermitted):
    """Four eyes: whoever asked doesn't decide."""

    code = "own_approval"
    message = "不能审批自己发起的申请"


class NotOwnApproval(NotPermitted):
    """Only whoever asked may withdraw."""

    code = "not_own_approval"
    message = "只有发起人可以撤回申请"


class ApprovalKindUnknown(Conflict):
    """The feature that asked for it is no longer installed."""

    code = "approval_kind_unknown"
    message = "该类审批所属的功能已停用，无法批准"
