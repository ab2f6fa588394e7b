"""What bindings may refuse, to staff."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class BindingNotFound(NotFound):
    code = "binding_not_found"
    message = "绑定关系不存在"


class BindingOver(Conflict):
    """It has ended already."""

    code = "binding_over"
    message = "该绑定关系已结束"


class BindingCycle(Conflict):
    """The inviter was brought by the invitee, directly or by others, or is the same person."""

    code = "binding_cycle"
    message = "邀请人与被邀请人互为上下级或是同一人，不能绑定"


class BindingUnchanged(Conflict):
    """The invitee belongs to this inviter already."""

    code = "binding_unchanged"
    message = "已经绑定该邀请人"


class InviterUnfit(Conflict):
    """The account is closed or blocked, or there is none."""

    code = "inviter_unfit"
    message = "邀请人或被邀请人的账号不可用"
