"""What promoters may be refused."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, NotPermitted, ValidationFailed


class PromoterNotFound(NotFound):
    """The shopper never applied."""

    code = "promoter_not_found"
    message = "该用户未申请过推广员"


class PromoterChanged(Conflict):
    """The promoter isn't in a state in which this can be done; somebody else may have decided."""

    code = "promoter_changed"
    message = "推广员当前状态无法执行该操作，请刷新后再试"


class PromoterBlocked(NotPermitted):
    """Staff blocked this promoter."""

    code = "promoter_blocked"
    message = "您的推广员资格已被停用，请联系客服"


class PromoterTooEarly(Conflict):
    """Staff refused or ended it not long ago."""

    code = "promoter_too_early"
    message = "距上次申请结果时间过短，请稍后再申请"


class PromotersNotReady(Conflict):
    """The shop has no agreement in force, or no level: nobody can be a promoter yet."""

    code = "promoters_not_ready"
    message = "推广员招募尚未开放"


class PromotersClosed(Conflict):
    """The shop takes no applications now."""

    code = "promoters_closed"
    message = "推广员招募已暂停"


class PromoterAgreementOld(Conflict):
    """There is a newer agreement than the one that was read."""

    code = "promoter_agreement_old"
    message = "推广员协议已更新，请阅读最新版本后再同意"


class PromoterAgreementChanged(Conflict):
    """Somebody else published a version since the last one was read."""

    code = "promoter_agreement_changed"
    message = "协议已被他人更新，请刷新后再试"


class PromoterAgreementTimeInvalid(ValidationFailed):
    """A version comes into force neither in the past nor before the one that it replaces."""

    code = "promoter_agreement_time_invalid"
    message = "协议生效时间不能早于当前时间或上一版本的生效时间"


class PromoterLevelNotFound(NotFound):
    code = "promoter_level_not_found"
    message = "推广员等级不存在"


class PromoterLevelTaken(Conflict):
    """Another level has this name or this position."""

    code = "promoter_level_taken"
    message = "等级名称或顺序与已有等级重复"
