"""What an activity may be like: pure checks of its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations

from mall.groupbuy.activities.errors import (
    GroupFillTooMany,
    GroupLeaderPriceTooHigh,
    GroupLimitsWrong,
    GroupPayTimeTooLong,
    GroupPriceNotLower,
    GroupPricesNotFalling,
    GroupSetDearer,
    GroupSetsWrong,
    GroupSizesWrong,
    GroupStacksWrong,
    GroupStockTooSmall,
)
from mall.groupbuy.activities.models import CHOSEN, DIFFERENCE
from mall.groupbuy.activities.plan import Plan, PlannedSet, PlannedSku
from mall.groupbuy.activities.stacking import POINTS, STACKABLE
from mall.groupbuy.activities.tiers import Tiers
from mall.kernel.errors import ValidationFailed
from mall.pricing.benefits import plain_yuan

SMALLEST, LARGEST = 2, 500
MOST_TIERS, MOST_SETS, MOST_SKUS = 5, 5, 50
_SETS = "tier_sets"


def check(plan: Plan, shop_prices: Mapping[int, int]) -> None:
    """Refuse a plan that can't be; `shop_prices` are those of its SKUs in the shop (fen).

    Raises what `check_sets` says, GroupPriceNotLower, GroupSetDearer, GroupSetsWrong,
    GroupStockTooSmall, GroupLeaderPriceTooHigh, GroupStacksWrong, GroupPayTimeTooLong,
    GroupLimitsWrong, GroupFillTooMany; ValidationFailed for a SKU twice, and for a window that
    ends before it starts.
    """
    if len({sku.sku_id for sku in plan.skus}) != len(plan.skus):
        raise ValidationFailed("规格重复", param="skus")
    check_sets(plan.sets)
    for one in plan.sets:
        _below_the_shop(one, shop_prices)
    _check_sets_together(plan)
    _check_stock(plan)
    _check_leader_prices(plan)
    _check_stacks(plan)
    _check_numbers(plan)


def check_sets(sets: Sequence[PlannedSet]) -> None:
    """Sizes grow, prices fall. Raises GroupSizesWrong, GroupPricesNotFalling."""
    if not 1 <= len(sets) <= MOST_SETS:
        raise ValidationFailed(f"档位方案须为 1 至 {MOST_SETS} 套", param=_SETS)
    for one in sets:
        sizes = one.tiers.sizes
        grow = all(smaller < larger for smaller, larger in pairwise(sizes))
        if not (1 <= len(sizes) <= MOST_TIERS and grow and sizes[0] >= SMALLEST):
            raise GroupSizesWrong(f"档位“{one.name}”：{GroupSizesWrong.message}", param=_SETS)
        if sizes[-1] > LARGEST:
            raise GroupSizesWrong(f"档位“{one.name}”：一个团最多 {LARGEST} 人", param=_SETS)
        for prices in one.tiers.prices.values():
            if not all(higher > lower > 0 for higher, lower in pairwise(prices)):
                message = f"档位“{one.name}”：{GroupPricesNotFalling.message}"
                raise GroupPricesNotFalling(message, param=_SETS)


def price_for(tiers: Tiers, sku_id: int, members: int, mode: str) -> int | None:
    """What a unit costs in a team of so many members; None where the tiers have no such team."""
    if mode == CHOSEN:
        return tiers.price_at(sku_id, members) if members in tiers.sizes else None
    if not tiers.min_size <= members <= tiers.max_size:
        return None
    return tiers.price_at(sku_id, tiers.reached(members))


def _below_the_shop(one: PlannedSet, shop_prices: Mapping[int, int]) -> None:
    for sku_id, prices in one.tiers.prices.items():
        if prices[0] >= shop_prices[sku_id]:
            raise GroupPriceNotLower(
                f"档位“{one.name}”：拼团价 {plain_yuan(prices[0])} 元须低于售价"
                f" {plain_yuan(shop_prices[sku_id])} 元",
                param=_SETS,
            )


def _check_sets_together(plan: Plan) -> None:
    """Whoever is offered the set of larger teams never pays more for as many members."""
    if plan.picks_set and len(plan.sets) < 2:
        raise GroupSetsWrong(param="picks_set")
    for one, other in permutations(plan.sets, 2):
        if not _is_larger(one.tiers, other.tiers):
            continue
        for size in sorted({*one.tiers.sizes, *other.tiers.sizes}):
            for sku_id in one.tiers.prices:
                dear = price_for(one.tiers, sku_id, size, plan.mode)
                cheap = price_for(other.tiers, sku_id, size, plan.mode)
                if dear is not None and cheap is not None and dear > cheap:
                    raise GroupSetDearer(
                        f"{size} 人时，档位“{one.name}”的价格高于“{other.name}”", param=_SETS
                    )


def _is_larger(one: Tiers, other: Tiers) -> bool:
    return (one.min_size, one.max_size) >= (other.min_size, other.max_size)


def _check_stock(plan: Plan) -> None:
    largest = max(one.tiers.max_size for one in plan.sets)
    if sum(sku.stock for sku in plan.skus) < largest:
        raise GroupStockTooSmall(f"活动库存不足以成一个 {largest} 人团", param="skus")


def _check_leader_prices(plan: Plan) -> None:
    """At most what a member pays first; in a team for one tier, at most the price of any."""
    for sku in plan.skus:
        own, least = sku.leader_price_fen, _least_member_price(plan, sku)
        if own is not None and own > least:
            raise GroupLeaderPriceTooHigh(
                f"团长价不得高于成员价 {plain_yuan(least)} 元", param="skus"
            )


def _least_member_price(plan: Plan, sku: PlannedSku) -> int:
    place = 0 if plan.mode == DIFFERENCE else -1
    return min(one.tiers.prices[sku.sku_id][place] for one in plan.sets)


def _check_stacks(plan: Plan) -> None:
    """A difference is paid back in money: of an order paid with points that would turn the
    points into money."""
    for name in plan.stacks:
        if name not in STACKABLE:
            raise GroupStacksWrong(param="stacks")
    if POINTS in plan.stacks and plan.mode == DIFFERENCE:
        raise GroupStacksWrong("退差价的拼团不可使用积分抵扣", param="stacks")


def _check_numbers(plan: Plan) -> None:
    if plan.starts_at >= plan.ends_at:
        raise ValidationFailed("结束时间须晚于开始时间", param="ends_at")
    if plan.pay_min > plan.team_open_min:
        raise GroupPayTimeTooLong(param="pay_min")
    if plan.shopper_units < plan.order_units:
        raise GroupLimitsWrong(param="shopper_units")
    if plan.virtual_seats >= min(one.tiers.min_size for one in plan.sets):
        raise GroupFillTooMany(param="virtual_seats")
