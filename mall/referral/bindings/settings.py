"""What a shop owner decides of bindings."""

from __future__ import annotations

from mall.settings import choice, whole_number

NOBODY, OPENING, ORDER = "nobody", "opening", "first_order"

BINDING_DAYS = whole_number(
    "referral.binding_days",
    default=365,
    at_least=0,
    at_most=3650,
    unit="天",
    label="绑定有效期",
    help="邀请人与被邀请人的绑定关系保持的天数；0 表示长期有效。修改只影响之后的绑定。",
)
PROTECTION_DAYS = whole_number(
    "referral.protection_days",
    default=30,
    at_least=0,
    at_most=3650,
    unit="天",
    label="绑定保护期",
    help="绑定后多少天内不会被其他人抢走；0 表示没有保护期。",
)
WON_BY = choice(
    "referral.binding_won_by",
    default=NOBODY,
    choices={
        NOBODY: "不能改绑",
        OPENING: "打开另一位分享者的分享",
        ORDER: "首单归因于另一位分享者",
    },
    label="保护期后改绑的方式",
    help="过了保护期且仍未下过单的顾客，如何改绑为另一位分享者；下过单的顾客不会被改绑，"
    "员工变更绑定不受此限制。",
)
SETTINGS = (BINDING_DAYS, PROTECTION_DAYS, WON_BY)
