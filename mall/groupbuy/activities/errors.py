"""What of an activity's terms may be refused, and when."""

from __future__ import annotations

from mall.kernel.errors import Conflict, ValidationFailed


class GroupActivityNotDraft(Conflict):
    """The activity was started: its terms stand for good."""

    code = "group_activity_not_draft"
    message = "活动已开始，条款不可更改或删除"


class GroupActivityOver(Conflict):
    """Its end is in the past."""

    code = "group_activity_over"
    message = "活动结束时间已过"


class GroupWindowsCross(Conflict):
    """A started activity of the same product is open at some of the same time."""

    code = "group_windows_cross"
    message = "该商品在此时间段已有拼团活动"


class GroupSizesWrong(ValidationFailed):
    """Sizes begin with 2 and grow from tier to tier."""

    code = "group_sizes_wrong"
    message = "成团人数至少 2 人，且须逐档增加"


class GroupPricesNotFalling(ValidationFailed):
    code = "group_prices_not_falling"
    message = "拼团价须逐档降低"


class GroupPriceNotLower(ValidationFailed):
    """A tier's price isn't below what the SKU costs in the shop."""

    code = "group_price_not_lower"
    message = "拼团价须低于商品售价"


class GroupPricesMissing(ValidationFailed):
    """Each SKU of the activity, and no other, has a price at each tier of each set."""

    code = "group_prices_missing"
    message = "每个规格在每一档都须有价格"


class GroupSkuForeign(ValidationFailed):
    """A SKU of another product."""

    code = "group_sku_foreign"
    message = "规格不属于该商品"


class GroupStockTooSmall(ValidationFailed):
    """The largest team couldn't be filled."""

    code = "group_stock_too_small"
    message = "活动库存不足以成一个满员团"


class GroupLeaderPriceTooHigh(ValidationFailed):
    """A leader would pay more than a member."""

    code = "group_leader_price_too_high"
    message = "团长价不得高于成员价"


class GroupPayTimeTooLong(ValidationFailed):
    code = "group_pay_time_too_long"
    message = "支付时限不得长于拼团时长"


class GroupLimitsWrong(ValidationFailed):
    """A shopper may have fewer units than an order."""

    code = "group_limits_wrong"
    message = "每人限购数量不得小于每单限购数量"


class GroupStacksWrong(ValidationFailed):
    """What can't be used with this activity's prices."""

    code = "group_stacks_wrong"
    message = "该活动不可叠加此优惠"


class GroupSetsWrong(ValidationFailed):
    """A choice between sets without two of them."""

    code = "group_sets_wrong"
    message = "按团长推荐档位须至少有两套档位"


class GroupSetDearer(ValidationFailed):
    """For as many members, the set of larger teams costs more than another of the activity."""

    code = "group_set_dearer"
    message = "相同人数下，大团档位的价格不得高于其他档位"


class GroupFillTooMany(ValidationFailed):
    """The shop could fill all seats but the leader's, and more."""

    code = "group_fill_too_many"
    message = "商家补位数须小于最小成团人数"


class GroupRuleUnknown(ValidationFailed):
    """The leader's reward is by a rule that isn't there, or is paused."""

    code = "group_rule_unknown"
    message = "奖励规则不存在或已停用"
