"""Reviews' speed: a product's list of a million beside one of a thousand, the list beside that of
products, submissions, rows of an import, how long a text is measured, a picture among many,
a collage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.report import Row, attempt
from benchmarks.reviews import collages, copies, importing, pages, submitting
from benchmarks.shop import say
from benchmarks.stack import Stack, running, stop

MEASUREMENTS: dict[str, Callable[[Stack, int, float], Iterator[Row]]] = {
    "review pages": pages.measure,
    "submission": submitting.measure,
    "import": importing.measure,
    "copies": copies.measure,
    "collages": collages.measure,
}


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Every figure, medians over `rounds` interleaved rounds."""
    with running() as stack:
        stop(stack.worker)  # its jobs would be measured along
        for name, measure in MEASUREMENTS.items():
            say(f"measuring: {name} …")
            yield from attempt(name, lambda measure=measure: measure(stack, rounds, seconds))  # type: ignore[misc]
