"""A function on a stranger's bytes runs in a process of its own: whatever it does there, the
caller gets a result or one error, and goes on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mall.kernel.contained import Contained, ContainedError, Limits, Reason, Refused
from tests.kernel import contained_work as work

LIMITS = Limits(memory_mb=256, seconds=1)


@pytest.fixture(scope="module")
def contained() -> Iterator[Contained]:
    one = Contained()
    yield one
    one.stop()


def test_plain_values_come_back_as_they_are_and_a_refusal_as_itself(contained: Contained) -> None:
    value = {"rows": [("a", 1, 2.5, None, True)], "picture": b"\x00" * 3_000_000}
    assert contained.run(work.echo, LIMITS, value) == value
    with pytest.raises(Refused, match="too large"):
        contained.run(work.refuse, LIMITS, "too large")


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (work.take_memory, Reason.MEMORY),
        (work.sleep, Reason.TIME),
        (work.loop_in_c, Reason.TIME),
        (work.abort, Reason.CRASHED),
        (work.stopped, Reason.CRASHED),
        (work.exit_silently, Reason.ERROR),
        (work.fail, Reason.ERROR),
        (work.an_object, Reason.ERROR),
        (work.kill_server, Reason.CRASHED),
    ],
)
def test_whatever_a_child_does_the_caller_gets_one_error_and_goes_on(
    contained: Contained, deed: Callable[[], Any], reason: Reason
) -> None:
    started = time.monotonic()
    with pytest.raises(ContainedError) as error:
        contained.run(deed, LIMITS)
    assert error.value.reason == reason
    assert time.monotonic() - started < 4
    assert contained.run(work.echo, LIMITS, 7) == 7


def test_an_answer_without_end_is_refused(contained: Contained) -> None:
    with pytest.raises(ContainedError, match="too long"):
        contained.run(work.echo, Limits(answer_bytes=1000), b"x" * 5_000_000)


def test_a_child_has_no_secret_no_connection_and_writes_no_file(
    contained: Contained, tmp_path: Path
) -> None:
    os.environ["MALL_PAY_SECRET"] = "s"
    found = contained.run(work.surroundings, LIMITS)
    del os.environ["MALL_PAY_SECRET"]
    assert set(found["variables"]) <= {"PYTHONPATH", "LC_ALL", "LC_CTYPE"}
    assert found["modules"] == [
        "mall.kernel",
        "mall.kernel.contained",
        "mall.kernel.contained_server",
        "mall.kernel.plain",
    ]
    assert len(found["sockets"]) == 1, "the one that it answers on"
    with pytest.raises(ContainedError):
        contained.run(work.write_file, LIMITS, str(tmp_path / "f"))
    assert not (tmp_path / "f").read_bytes()


def test_children_at_once_are_bounded_and_so_are_those_who_wait() -> None:
    contained = Contained(at_once=1, waiting=1)
    barrier = threading.Barrier(4)

    def slow(_: int) -> str:
        barrier.wait()
        try:
            contained.run(work.sleep, LIMITS)
        except ContainedError as error:
            return str(error.reason)
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ends = sorted(pool.map(slow, range(4)))
    assert ends.count("busy") >= 2, "one ran, at most one waited"
    assert "time" in ends
    assert contained.run(work.echo, LIMITS, 1) == 1
    contained.stop()


def test_the_server_is_one_and_ends_with_its_owner(contained: Contained) -> None:
    first = contained.run(work.surroundings, LIMITS)["parent"]
    assert contained.run(work.surroundings, LIMITS)["parent"] == first
    child = os.fork()
    if child == 0:
        contained.forget()
        ok = contained.run(work.surroundings, LIMITS)["parent"] != first
        os._exit(0 if ok else 1)  # as a killed process: nothing is stopped
    assert os.waitpid(child, 0)[1] == 0, "a forked process starts a server of its own"
    contained.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
