"""`make mutants`: switch each guard off, and see that a test notices."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import click

from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.running import Outcome, RedBase, Worker, working


@click.command()
@click.option("--only", metavar="PATTERN", default="", help="Mutants whose name has this in it.")
@click.option("--list", "is_list", is_flag=True, help="Name the mutants, and run nothing.")
@click.option("--jobs", type=click.IntRange(1), default=1, help="Mutants at a time (1).")
@click.option("--limit", type=click.IntRange(1), default=240, help="Seconds for each (240).")
@click.option("--skip-base", is_flag=True, help="Don't run the tests without a mutant first.")
def mutants(only: str, is_list: bool, jobs: int, limit: int, skip_base: bool) -> None:
    """Switch off the guards of money, ownership and limits, one at a time.

    Everything happens in copies of this checkout. First the tests run without any mutant; then
    each mutant with the tests that ought to notice. Exit code 1: a mutant survived and nobody
    explained why, or no longer fits the code. Exit code 2: the tests fail without a mutant.
    """
    chosen = [one for one in MUTANTS if only.lower() in one.name.lower()]
    if not chosen:
        raise click.UsageError(f"no mutant has {only!r} in its name")
    if is_list:
        for one in chosen:
            click.echo(one.name)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="mall-mutants-"))
        try:
            workers = [
                stack.enter_context(working(Path(name) / str(number)))
                for number in range(min(jobs, len(chosen)))
            ]
            if not skip_base:
                _run_base(chosen, workers[0])
        except RedBase as red:
            click.echo(f"{red}\nThe tests fail without any mutant: mend that first.")
            sys.exit(2)
        is_good = _report(chosen, _judge_all(chosen, workers, limit))
    sys.exit(0 if is_good else 1)


def _run_base(chosen: Sequence[Mutant], worker: Worker) -> None:
    tests = sorted({test for one in chosen for test in one.tests})
    click.echo(f"{len(tests)} tests and files of tests without a mutant")
    start = time.monotonic()
    worker.check_base(tests)
    click.echo(f"good, {time.monotonic() - start:.0f} s")


def _judge_all(
    chosen: Sequence[Mutant], workers: Sequence[Worker], limit: float
) -> Iterator[Outcome]:
    """Each worker has one mutant at a time."""
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def judge_one(mutant: Mutant) -> Outcome:
        worker = free.get()
        try:
            return worker.judge(mutant, limit)
        finally:
            free.put(worker)

    with ThreadPoolExecutor(len(workers)) as threads:
        waiting = [threads.submit(judge_one, mutant) for mutant in chosen]
        try:
            for done in as_completed(waiting):
                yield done.result()
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def _report(chosen: Sequence[Mutant], outcomes: Iterator[Outcome]) -> bool:
    """A line for each as it comes, then those that are not as they should be."""
    start = time.monotonic()
    seen: list[Outcome] = []
    for one in outcomes:
        seen.append(one)
        place = f"[{len(seen)}/{len(chosen)}]"
        click.echo(f"{place} {one.verdict.value}, {one.seconds:.0f} s: {one.mutant.name}")
        if one.note:
            click.echo(f"      {one.note}")
    bad = [one for one in seen if not one.verdict.is_good]
    counts = Counter(one.verdict.value for one in seen)
    spent = time.monotonic() - start
    summary = ", ".join(f"{number} {word}" for word, number in counts.items())
    click.echo(f"{summary}; {spent:.0f} s")
    for one in bad:
        click.echo(f"{one.verdict.value}: {one.mutant.name}")
    return not bad


if __name__ == "__main__":
    mutants()
