"""The doctor: asks what must hold, shows what needs somebody."""

from __future__ import annotations

from mall.doctor import jobs, metrics
from mall.doctor.cli import doctor
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the checks of all invariants that the features declare."""
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.commands(doctor)
