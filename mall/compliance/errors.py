"""What compliance may refuse. The messages name each reason with its article."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class CampaignRefused(ValidationFailed):
    """Law or platform forbids it. Nobody may save it like this."""

    code = "campaign_refused"
    message = "活动不符合法律或平台规则"


class CampaignWarned(Conflict):
    """It may be forbidden: staff save it again with `accept_warnings`, or change it."""

    code = "campaign_warned"
    message = "活动可能不符合法律或平台规则"


class RecheckNotFound(NotFound):
    code = "compliance_recheck_not_found"
    message = "复查记录不存在"


class RecheckRefused(Conflict):
    """It is forbidden, so accepting it is no way: end or change the campaign."""

    code = "compliance_recheck_refused"
    message = "该活动不符合法律或平台规则，请修改或结束活动"
