"""The list of features, in the order in which they are installed: the ground first, then the
shop, then marketing. Order participants are asked in this order, too."""

from __future__ import annotations

from mall.aftersales import feature as aftersales
from mall.approvals import feature as approvals
from mall.boards import feature as boards
from mall.cart import feature as cart
from mall.catalog import feature as catalog
from mall.compliance import feature as compliance
from mall.console import feature as console
from mall.coupons import feature as coupons
from mall.doctor import feature as doctor
from mall.flashsale import feature as flashsale
from mall.games import feature as games
from mall.groupbuy import feature as groupbuy
from mall.inventory import feature as inventory
from mall.kernel import feature as kernel
from mall.kernel.features import Feature
from mall.lottery import feature as lottery
from mall.messages import feature as messages
from mall.missions import feature as missions
from mall.orders import feature as orders
from mall.payments import feature as payments
from mall.payouts import feature as payouts
from mall.points import feature as points
from mall.prizes import feature as prizes
from mall.promotions import feature as promotions
from mall.referral import feature as referral
from mall.reviews import feature as reviews
from mall.rewards import feature as rewards
from mall.settings import feature as settings
from mall.sharing import feature as sharing
from mall.shipping import feature as shipping
from mall.staff import feature as staff
from mall.uploads import feature as uploads
from mall.users import feature as users

FEATURES: tuple[Feature, ...] = (
    kernel,
    settings,
    staff,
    users,
    approvals,
    uploads,
    catalog,
    inventory,
    cart,
    orders,
    shipping,
    payments,
    aftersales,
    messages,
    compliance,
    promotions,
    rewards,
    coupons,
    payouts,
    points,
    prizes,
    boards,
    sharing,
    missions,
    flashsale,
    groupbuy,
    referral,
    reviews,
    lottery,
    games,
    doctor,
    console,
)
