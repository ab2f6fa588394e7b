"""Pets by the clock. Nothing has to run at night: what a pet is follows from the dates."""

from __future__ import annotations

from mall.games.pets import refreshing, reminding, settling
from mall.games.pets.ledger import SETTLE_JOB
from mall.kernel.jobs import SWEEP, job

_OLD = """
    SELECT FROM pet_seasons s
    WHERE s.version > 1
      AND EXISTS (SELECT FROM pets p WHERE p.season_id = s.id AND p.version < s.version)
"""


@job(SETTLE_JOB)
def settle_stage(pet_id: int, stage: int) -> None:
    """Give or take back the reward of a stage."""
    settling.settle_stage(pet_id, stage)


@job("pets.refresh", retry=SWEEP, cron="* * * * *", look=_OLD)
def refresh() -> None:
    """Bring pets to better rules."""
    refreshing.refresh_all()


@job("pets.give_refused", retry=SWEEP, cron="47 * * * *")
def give_refused() -> None:
    """Try rewards of stages again that could not be given."""
    settling.give_all_refused()


@job("pets.remind_of_care", retry=SWEEP, cron="0 3 * * *")
def remind_of_care() -> None:
    """At eleven by the shop's clock: tell owners whose pets lose growth tonight."""
    reminding.remind_all()
