"""What compliance may refuse. The messages name each reason with its article."""

from __future__ import annotations

from mall.kernel.errors import Conflict, ValidationFailed


class CampaignRefused(ValidationFailed):
    """Law or platform forbids it. Nobody may save it like this."""

    code = "campaign_refused"
    message = "活动不符合法律或平台规则"


class CampaignWarned(Conflict):
    """It may be forbidden: staff save it again with `accept_warnings`, or change it."""

    code = "campaign_warned"
    message = "活动可能不符合法律或平台规则"
