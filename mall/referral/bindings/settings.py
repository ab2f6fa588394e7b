"""What a shop owner decides of bindings."""

from __future__ import annotations

from mall.settings import boolean, whole_number

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
MAY_BE_WON = boolean(
    "referral.may_be_won",
    default=False,
    label="保护期后可被他人重新绑定",
    help="打开后，过了保护期且仍未下过单的顾客打开另一位分享者的分享时，改绑为新的分享者；"
    "下过单的顾客不会被改绑。",
)
SETTINGS = (BINDING_DAYS, PROTECTION_DAYS, MAY_BE_WON)
