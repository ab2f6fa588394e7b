"""Drawing collages, and forgetting old ones."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.reviews.collages.composing import DRAW
from mall.reviews.collages.drawing import draw_collage
from mall.reviews.collages.forgetting import sweep_collages
from mall.reviews.collages.settings import KEEP_DAYS

BATCH = 200


@job(DRAW)
def draw(*, collage_id: int) -> None:
    """Draw a collage and have it checked."""
    draw_collage(collage_id)


@job("reviews.sweep_collages", retry=SWEEP, cron="38 19 * * *")
def sweep() -> None:
    """Remove collages that nobody asked for in the days that the owner set."""
    while sweep_collages(KEEP_DAYS.get(), BATCH) == BATCH:
        pass
