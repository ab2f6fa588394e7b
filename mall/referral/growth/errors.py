"""What growth rules may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class GrowthRuleNotFound(NotFound):
    code = "growth_rule_not_found"
    message = "成长规则不存在"


class GrowthRuleChanged(Conflict):
    """Somebody else saved the rule since it was read."""

    code = "growth_rule_changed"
    message = "成长规则已被他人修改，请刷新后再试"


class GrowthRuleLimit(Conflict):
    """So many rules may be enabled at once: each promoter is compared with all of them."""

    code = "growth_rule_limit"
    message = "启用中的成长规则数量已达上限，请先停用其他规则"


class GrowthFigureUnknown(ValidationFailed):
    code = "growth_figure_unknown"
    message = "成长规则引用的用户指标不存在"


class GrowthLessonUnknown(ValidationFailed):
    code = "growth_lesson_unknown"
    message = "成长规则引用的课程不存在"


class GrowthLevelInvalid(ValidationFailed):
    """No level to rise to: it isn't there, or it is where each promoter begins."""

    code = "growth_level_invalid"
    message = "成长规则开通的等级不存在，或是最低等级"
