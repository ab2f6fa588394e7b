"""What the processes do: give chances, draw, verify."""

from __future__ import annotations

import multiprocessing as mp
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flask import Flask, current_app

from benchmarks.million_draws.lotteries import Drawn
from mall.kernel.db import db, transaction
from mall.lottery.draws.drawing import draw
from mall.lottery.errors import LotteryBudgetSpent, LotteryDrawnOut, LotteryNoChance
from mall.lottery.proofs.rows import verify_lottery
from mall.rewards.granting import Source, grant


@dataclass(frozen=True, slots=True)
class Verified:
    """The draws that didn't agree (0: a table), how long it took, what memory it took more."""

    faults: list[int]
    seconds: float
    cpu_seconds: float
    peak_mib: float


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """So many, each with connections of its own. Needs an app context."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    fork = mp.get_context("fork")
    with ProcessPoolExecutor(count, mp_context=fork, initializer=_open, initargs=(app,)) as pool:
        yield pool


def _open(app: Flask) -> None:
    """What is open is the parent's: it's left alone."""
    app.app_context().push()
    db.engine.dispose(close=False)


def give_chances(user_ids: Sequence[int], lotteries: Sequence[Drawn]) -> int:
    """As staff give them by hand, as rewards of a rule: how many rewards."""
    for user_id in user_ids:
        for one in lotteries:
            for number in range(one.rewards):
                with transaction() as session:
                    grant(session, user_id, Source(one.rule_id, f"million:{number}"))
    return len(user_ids) * sum(one.rewards for one in lotteries)


def draw_all(lottery_id: int, user_ids: Sequence[int]) -> int:
    """Draw for shoppers at random until the last ticket or the budget is gone: how many draws.

    RuntimeError when the shoppers have no chances left.
    """
    left, dice, made = list(user_ids), Random(), 0
    while left:
        at = dice.randrange(len(left))
        try:
            draw(left[at], lottery_id, secrets.token_hex(16))
        except LotteryNoChance:
            left[at] = left[-1]
            left.pop()
        except (LotteryDrawnOut, LotteryBudgetSpent):
            return made
        else:
            made += 1
    raise RuntimeError(f"nobody has a chance in lottery {lottery_id} any more")


def verify(lottery_id: int) -> Verified:
    """What `mall lottery verify` does."""
    before, began, cpu = _peak_mib(), time.perf_counter(), time.process_time()
    faults = [one.number for one in verify_lottery(lottery_id)]
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return Verified(faults, seconds, cpu_seconds, _peak_mib() - before)


def _peak_mib() -> float:
    """The most memory that this process ever had; 0 where the system doesn't say."""
    status = Path("/proc/self/status")
    found = status.exists() and re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.M)
    return int(found[1]) / 1024 if found else 0.0
