"""The points mall."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

ELIGIBILITY = "mall/points/exchange/orders/eligibility.py"
EXCHANGE_STOCK = "mall/points/exchange/items/stock.py"
EXCHANGING = "mall/points/exchange/orders/exchanging.py"
ITEMS = ("tests/points/exchange/test_items.py",)
EXCHANGES = ("tests/points/exchange/test_exchanges.py",)
MALL_RACES = ("tests/races/test_points_mall.py",)

MUTANTS = (
    Mutant(
        "more units are exchanged than are left",
        EXCHANGE_STOCK,
        "WHERE id = :item_id AND sold + :units <= stock RETURNING id",
        "WHERE id = :item_id RETURNING id",
        (*EXCHANGES, *MALL_RACES),
        "the item is locked and its units are looked at before (`why_not`), and the table's own"
        " check stands behind: `too_few_points_or_units_change_nothing`",
    ),
    Mutant(
        "staff set an item's stock below what was exchanged",
        "mall/points/exchange/items/saving.py",
        "        if stock < item.sold:\n",
        "        if stock < 0:\n",
        ITEMS,
        "`change_stock` asks in its own statement and gives the same answer",
    ),
    Mutant(
        "an item's stock is set below what was exchanged",
        EXCHANGE_STOCK,
        "WHERE id = :item_id AND stock + :change >= sold",
        "WHERE id = :item_id",
        ITEMS,
        "`set_stock` looks first, under the item's lock, and the table's check (`stock`)"
        " stands behind",
    ),
    Mutant(
        "an item that is sold out is exchanged",
        ELIGIBILITY,
        "    if one.left < units:\n        refusals.append(ExchangeSoldOut())\n",
        "",
        (*ITEMS, *EXCHANGES),
    ),
    Mutant(
        "a shopper exchanges more than they may",
        ELIGIBILITY,
        "if limit is not None and facts.used.get(item.id, 0) + units > limit:",
        "if limit is not None and facts.used.get(item.id, 0) + units > limit + 1_000:",
        ITEMS,
    ),
    Mutant(
        "what others exchanged counts against a shopper",
        ELIGIBILITY,
        "ON x.item_id = w.item_id AND x.user_id = :user_id",
        "ON x.item_id = w.item_id AND :user_id > 0",
        ITEMS,
    ),
    Mutant(
        "who isn't entitled exchanges",
        ELIGIBILITY,
        'if any(facts.figures.get(each["figure"], 0) < each["at_least"] for each',
        'if any(each["at_least"] < 0 for each',
        ITEMS,
    ),
    Mutant(
        "an item that has ended is exchanged",
        ELIGIBILITY,
        "if item.ended_at is not None or (item.ends_at is not None and item.ends_at <= now):",
        "if item.id < 0:",
        ITEMS,
        "an item that is over isn't found (`is_not_exchanged_before_the_sweep`); this is"
        " for the last moment",
    ),
    Mutant(
        "an item that staff switched off is exchanged",
        ELIGIBILITY,
        "    if not item.enabled:\n        return [ExchangeNotOpen()]\n",
        "",
        ITEMS,
        "an item that is switched off isn't found (`why_not`); this is for the last moment",
    ),
    Mutant(
        "an item is exchanged at other points than it costs",
        "mall/points/exchange/orders/participant.py",
        "        if Choice(one.item.id, one.points, one.cash_fen) != choice:\n"
        "            raise ExchangePriceChanged\n",
        "",
        (*EXCHANGES, *ITEMS),
        "the claim looks once more under the item's lock",
    ),
    Mutant(
        "an item's price changes between quote and claim",
        "mall/points/exchange/orders/claiming.py",
        "    if Choice(one.item.id, one.points, one.cash_fen) != choice:\n"
        "        raise ExchangePriceChanged\n",
        "",
        (*EXCHANGES, *MALL_RACES),
    ),
    Mutant(
        "a shopper is charged other points than they were shown",
        EXCHANGING,
        "    if points != one.points * wanted.units:\n",
        "    if points < 0:\n",
        EXCHANGES,
    ),
    Mutant(
        "several rewards are exchanged for the points of one",
        EXCHANGING,
        "    if wanted.units > 1 and one.item.kind != SKU:\n",
        "    if wanted.units > 1_000:\n",
        (*EXCHANGES, *ITEMS),
    ),
    Mutant(
        "a shopper names an item as a choice",
        "mall/points/exchange/orders/participant.py",
        "            if self.name in context.choices:\n"
        '                raise ValidationFailed("没有这项选择", param="choices")\n',
        "",
        (*EXCHANGES, *ITEMS),
    ),
    Mutant(
        "a reward is given twice for an order",
        "mall/points/exchange/orders/delivering.py",
        "WHERE x.order_id = :order_id AND x.awaits_delivery",
        "WHERE x.order_id = :order_id",
        (*EXCHANGES, *MALL_RACES),
        "an order that was delivered is completed, and only a paid one is delivered",
    ),
    Mutant(
        "an exchange that isn't paid is delivered",
        "mall/points/exchange/orders/delivering.py",
        "        if found is None or order.status != PAID:\n",
        "        if found is None:\n",
        (*EXCHANGES, *MALL_RACES),
    ),
)
