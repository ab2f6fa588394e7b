"""What sheets of points do after the commit, and by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.points.sheets.forgetting import forget_batch
from mall.points.sheets.giving import give_batch
from mall.points.sheets.starting import JOB


@jobs.job(JOB)
def give_sheet(sheet_id: int) -> None:
    """Give what is left of a sheet, batch by batch. Nothing when it was stopped or is done."""
    while give_batch(sheet_id):
        pass


@jobs.job("points.forget_sheets", retry=jobs.SWEEP, cron="27 20 * * *")
def forget_sheets() -> None:
    """Delete sheets that gave nothing and are a month old."""
    while forget_batch():
        pass
