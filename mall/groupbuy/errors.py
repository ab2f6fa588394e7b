"""What group-buy may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class GroupActivityNotFound(NotFound):
    code = "group_activity_not_found"
    message = "拼团活动不存在"


class GroupTeamNotFound(NotFound):
    """No team has this code, or it isn't the shopper's affair."""

    code = "group_team_not_found"
    message = "拼团不存在"


class GroupSkuNotIncluded(NotFound):
    """The SKU isn't one of the activity."""

    code = "group_sku_not_included"
    message = "该规格不参加此拼团"


class GroupActivityNotOpen(Conflict):
    """No teams can be opened now: not yet, or no longer."""

    code = "group_activity_not_open"
    message = "当前不可开团"


class GroupTierUnknown(ValidationFailed):
    """The activity has no such tier set, or no such tier to choose."""

    code = "group_tier_unknown"
    message = "没有这个拼团档位"


class GroupTeamFull(Conflict):
    code = "group_team_full"
    message = "该团已满员"


class GroupTeamOver(Conflict):
    """Nobody joins the team any more: its time is over, or its end was decided."""

    code = "group_team_over"
    message = "该团已结束"


class GroupTeamUnpaid(Conflict):
    """The leader hasn't paid yet."""

    code = "group_team_unpaid"
    message = "团长尚未付款，暂不可参团"


class GroupMemberAlready(Conflict):
    code = "group_member_already"
    message = "您已在该团中"


class GroupNewOnly(Conflict):
    """The team takes new customers only, one unpaid order each."""

    code = "group_new_only"
    message = "该团仅限新客参加"


class GroupCustomersOnly(Conflict):
    """Only who has bought before may open a team."""

    code = "group_customers_only"
    message = "仅限老客开团"


class GroupUnitsLimit(Conflict):
    """More units than an order, or a shopper, may have in the activity."""

    code = "group_units_limit"
    message = "超出限购数量"


class GroupTeamsLimit(Conflict):
    """The shopper leads as many unfinished teams of the activity as one may."""

    code = "group_teams_limit"
    message = "您还有未成团的拼团，请先完成"


class GroupSoldOut(Conflict):
    """Fewer units are left of what was set aside."""

    code = "group_sold_out"
    message = "拼团库存不足"


class GroupWaits(Conflict):
    """The order waits for its team: no refund but by leaving the team."""

    code = "group_waits"
    message = "订单正在拼团中，可退出拼团后退款"


class GroupRefundDue(Conflict):
    """The team has failed: all of the order's money is about to go back by itself."""

    code = "group_refund_due"
    message = "拼团未成功，款项将原路退回"


class GroupNotMember(Conflict):
    """The shopper has no seat in the team."""

    code = "group_not_member"
    message = "您不在该团中"


class GroupTeamStands(Conflict):
    """A formed team isn't left, failed or formed any more."""

    code = "group_team_stands"
    message = "该团已成团或已结束"


class GroupMemberNotFound(NotFound):
    """No team, or not this one, has such a member."""

    code = "group_member_not_found"
    message = "拼团成员不存在"


class GroupActivityNotStarted(Conflict):
    """A draft has no teams: it is deleted, not ended."""

    code = "group_activity_not_started"
    message = "活动尚未开始，无需结束"
