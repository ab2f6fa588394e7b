"""What a change of published terms may not do: be worse for any shopper.

A change is in the consumer's favour when all of this holds:

- the name, the text and the start are the same, the end isn't earlier;
- each prize is still there, in its place and under its name, with at least its worth and at least
  its reward; prizes are only added after the others;
- no prize (but the thank-you) is less likely, in the first draw or in the next one, and no count
  is lower; there are not fewer tickets, and tickets don't come to a table without any;
- the guarantee comes no later and gives the same prize; the daily cap isn't lower;
- a chance costs no more points, and what was sold is still sold; the budget isn't lower.
"""

from __future__ import annotations

from collections.abc import Iterator

from mall.lottery.rules.table import THANKS, Pool, Prize, Table, odds

Objection = tuple[str, str]
"""The field, and what is wrong in Chinese."""


def objections(old: Table, new: Table, pool: Pool) -> Iterator[Objection]:
    """Each way in which `new` is worse than `old`, of which `pool` is left."""
    for name, label in (("name", "名称"), ("text", "规则"), ("starts_at", "开始时间")):
        if getattr(old, name) != getattr(new, name):
            yield name, f"{label}公布后不能修改"
    if new.ends_at < old.ends_at:
        yield "ends_at", "结束时间不能提前"
    yield from _bounds(old, new)
    if len(new.prizes) < len(old.prizes):
        yield "prizes", "不能删除奖品"
        return
    for before, after in zip(old.prizes, new.prizes, strict=False):
        yield from _prize(before, after)
    yield from _odds(old, new, pool)


def grown_pool(old: Table, new: Table, pool: Pool) -> Pool:
    """What is left once the counts of `new` are those of the lottery."""
    before = old.counts + (0,) * (len(new.prizes) - len(old.prizes))
    left = pool.left + (0,) * (len(new.prizes) - len(pool.left))
    grown = (now + had - was for now, had, was in zip(left, new.counts, before, strict=True))
    return Pool(pool.drawn, tuple(grown))


def _bounds(old: Table, new: Table) -> Iterator[Objection]:
    if _is_less(old.daily_draws, new.daily_draws):
        yield "daily_draws", "每日抽奖次数上限不能降低"
    if _is_less(old.budget_fen, new.budget_fen):
        yield "budget_fen", "预算不能降低"
    if old.price_points is not None and (
        new.price_points is None or new.price_points > old.price_points
    ):
        yield "price_points", "抽奖机会的积分价格不能提高或取消"
    if _is_less(old.tickets, new.tickets):
        yield "tickets", "抽奖总次数不能减少"
    was, now = old.guarantee, new.guarantee
    if was is not None and (now is None or now.draws > was.draws or now.prize != was.prize):
        yield "guarantee", "保底不能推迟、取消或更换奖品"


def _is_less(old: int | None, new: int | None) -> bool:
    """Of bounds of which None is no bound."""
    return new is not None and (old is None or new < old)


def _prize(old: Prize, new: Prize) -> Iterator[Objection]:
    fixed = (old.name, old.kind, old.weight is None)
    if fixed != (new.name, new.kind, new.weight is None):
        yield "prizes", f"奖品“{old.name}”的名称、类型与计量方式不能修改"
        return
    if new.worth_fen < old.worth_fen:
        yield "prizes", f"奖品“{old.name}”的价值不能降低"
    if (new.count or 0) < (old.count or 0):
        yield "prizes", f"奖品“{old.name}”的数量不能减少"
    given = {(part.kind, part.what): part.count for part in new.reward}
    if any(given.get((part.kind, part.what), 0) < part.count for part in old.reward):
        yield "prizes", f"奖品“{old.name}”的内容不能减少"


def _odds(old: Table, new: Table, pool: Pool) -> Iterator[Objection]:
    if any((now.weight is None) != (was.weight is None) for was, now in _pairs(old, new)):
        return  # said already, and no odds can be compared
    grown = grown_pool(old, new, pool)
    if new.tickets is not None and new.tickets <= grown.drawn:
        return  # nothing is drawn any more
    pairs = ((odds(old), odds(new)), (odds(old, pool), odds(new, grown)))
    for place, prize in enumerate(old.prizes):
        if prize.kind != THANKS and any(now[place] < was[place] for was, now in pairs):
            yield "prizes", f"奖品“{prize.name}”的中奖概率不能降低"


def _pairs(old: Table, new: Table) -> Iterator[tuple[Prize, Prize]]:
    yield from zip(old.prizes, new.prizes, strict=False)
