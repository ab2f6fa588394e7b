"""`make soak`: shoppers, staff, WeChat and time play against the model, for as long as told."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import click
import pytest


@click.command()
@click.option("--seconds", type=click.IntRange(1), help="How long to play.")
@click.option("--minutes", type=click.IntRange(1), help="The same in minutes. Default: 10.")
@click.option("--seed", type=click.IntRange(0), help="The first round's seed; drawn if absent.")
def soak(seconds: int | None, minutes: int | None, seed: int | None) -> None:
    """Play the stateful machine against a mall of its own.

    A round is six shops of 90 steps; each is compared with the model step by step, and the
    invariants are asked. Round after round has the next seed. The first disagreement ends
    it with exit code 1, the shortest way to it, and the seed that finds it again.
    """
    if seconds and minutes:
        raise click.UsageError("either --seconds or --minutes")
    length = seconds or (minutes or 10) * 60
    first = random.randrange(1_000_000) if seed is None else seed
    os.environ |= {"SOAK_SECONDS": str(length), "SOAK_SEED": str(first)}
    click.echo(f"Playing for {length} s from seed {first}; Ctrl-C stops", err=True)
    machine = Path(__file__).with_name("soak.py")
    sys.exit(pytest.main([str(machine), "--tb=short", "-p", "no:cacheprovider"]))


soak()
