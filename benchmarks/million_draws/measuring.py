"""The whole run: a shop, chances, draws, checks, and a row that is tampered with."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait

from sqlalchemy import text

from benchmarks.million_draws.checks import ask_doctor, check
from benchmarks.million_draws.drawing import draw_all, give_chances, processes, verify
from benchmarks.million_draws.lotteries import Drawn, make_lottery, make_shoppers, make_smaller
from benchmarks.report import Row, exactly
from benchmarks.shop import say
from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.lottery.campaigns.running import end, end_due

_LOOK_S = 10
_SO_FAR = (
    "SELECT count(*) FROM reward_grants g JOIN reward_rules r ON r.id = g.rule_id"
    " WHERE r.name = '抽奖机会'"
)
_TAMPER = (
    "prize = (prize + 1) % 6",
    "nonce = 'x' || nonce",
    "random = repeat('0', 64)",
    "guaranteed = NOT guaranteed",
    "left_counts = jsonb_set(left_counts, '{0}', '-1')",
)


def measure(draws: int, count: int) -> Iterator[Row]:
    """Draw so often, in `count` processes. Needs an app context, in a shop without lotteries."""
    user_ids = make_shoppers(draws)
    lottery = make_lottery(draws, len(user_ids))
    smaller = make_smaller(draws, len(user_ids))
    yield Row("shoppers", len(user_ids), "shoppers")
    with processes(count) as pool:
        yield _give(pool, count, user_ids, [lottery, smaller])
        yield _draw(pool, count, user_ids, smaller.lottery_id, "draws until the budget is spent")
        yield _draw(pool, count, user_ids, lottery.lottery_id, "draws until the last ticket")
        end_due()
        end(smaller.lottery_id, "预算用完")
        run_pending()
        yield from check(lottery.lottery_id, smaller.lottery_id, draws)
        yield from ask_doctor()
        yield from _verify(pool, lottery.lottery_id, smaller.lottery_id)
        yield _tamper(pool, lottery.lottery_id, draws)


def _give(
    pool: ProcessPoolExecutor, count: int, user_ids: Sequence[int], lotteries: list[Drawn]
) -> Row:
    say("giving shoppers their chances …")
    began = time.perf_counter()
    given = _sum(
        [pool.submit(give_chances, user_ids[n::count], lotteries) for n in range(count)], _SO_FAR
    )
    return Row("rewards of chances", given / (time.perf_counter() - began), "1/s")


def _draw(
    pool: ProcessPoolExecutor, count: int, user_ids: Sequence[int], lottery_id: int, figure: str
) -> Row:
    say(f"{figure} …")
    began = time.perf_counter()
    made = _sum(
        [pool.submit(draw_all, lottery_id, user_ids) for _ in range(count)],
        f"SELECT drawn FROM lotteries WHERE id = {lottery_id}",
    )
    return Row(figure, made / (time.perf_counter() - began), "1/s")


def _sum(working: list[Future[int]], so_far: str) -> int:
    """What all brought, once they are done or one failed; tells now and then how far they are."""
    began = time.perf_counter()
    while wait(working, _LOOK_S, FIRST_EXCEPTION).not_done:
        if any(one.done() and one.exception() for one in working):
            break
        with transaction() as session:
            done = session.scalars(text(so_far)).one()
        say(f"  {done:,} after {time.perf_counter() - began:,.0f} s")
    return sum(one.result() for one in working)


def _verify(pool: ProcessPoolExecutor, lottery_id: int, smaller_id: int) -> Iterator[Row]:
    say("computing the draws again …")
    smaller, found = (pool.submit(verify, one).result() for one in (smaller_id, lottery_id))
    differ = len(smaller.faults) + len(found.faults)
    yield exactly("verify: draws that don't agree", differ, "draws", 0)
    yield Row("verify", found.seconds, "s")
    yield Row("verify: CPU", found.cpu_seconds, "s")
    yield Row("verify: memory beyond the app's", found.peak_mib, "MiB")


def _tamper(pool: ProcessPoolExecutor, lottery_id: int, draws: int) -> Row:
    """Change a row past the trigger, as who owns the server could: that one is named."""
    number, change = secrets.randbelow(draws) + 1, secrets.choice(_TAMPER)
    say(f"tampering with draw {number}: {change}")
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text(f"UPDATE lottery_draws SET {change} WHERE lottery_id = :id AND number = :number"),
            {"id": lottery_id, "number": number},
        )
    faults = pool.submit(verify, lottery_id).result().faults
    if faults != [number]:
        say(f"  named were {faults[:10]}")
    wrong = len({number} ^ set(faults))
    return exactly("verify: draws named wrongly, or not, after one was changed", wrong, "draws", 0)
