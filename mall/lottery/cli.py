"""`mall lottery …`: draws computed again, proof rows for others to do the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from mall.kernel.cli import with_app
from mall.lottery.lots.errors import LotCampaignNotFound
from mall.lottery.lots.verifying import drawn_ids, verify_campaign
from mall.lottery.proofs import rows as proofs
from mall.lottery.proofs.verifying import Fault, verify_export


@click.group()
def lottery() -> None:
    """Lotteries: verifying what was drawn."""


@lottery.command()
@click.argument("lottery_ids", nargs=-1, type=click.IntRange(min=1))
@with_app
def verify(lottery_ids: tuple[int, ...]) -> None:
    """Compute every draw of lotteries (all, or those named) again.

    Names each row that doesn't agree; exit code 1 when there is one.
    """
    wrong = False
    for lottery_id in lottery_ids or proofs.published_ids():
        wrong = _say(f"lottery {lottery_id}", list(proofs.verify_lottery(lottery_id))) or wrong
    sys.exit(1 if wrong else 0)


@lottery.command("verify-lots")
@click.argument("campaign_ids", nargs=-1, type=click.IntRange(min=1))
@with_app
def verify_lots(campaign_ids: tuple[int, ...]) -> None:
    """Draw the lots of campaigns (all that were drawn, or those named) again.

    Names each prize that doesn't agree; exit code 1 when there is one.
    """
    wrong = False
    for campaign_id in campaign_ids or drawn_ids():
        try:
            faults = list(verify_campaign(campaign_id))
        except LotCampaignNotFound:
            raise click.ClickException(f"no lots of campaign {campaign_id} were drawn") from None
        wrong = _say(f"lots {campaign_id}", faults) or wrong
    sys.exit(1 if wrong else 0)


@lottery.command()
@click.argument("lottery_id", type=click.IntRange(min=1))
@with_app
def export(lottery_id: int) -> None:
    """Write tables, hashes, the revealed secret and all proof rows of a lottery, as JSON."""
    click.echo(json.dumps(proofs.export(lottery_id), ensure_ascii=False))


@lottery.command("verify-export")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_file(file: Path) -> None:
    """Verify an export without any database. Exit code 1 when a row doesn't agree."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    try:
        faults = verify_export(stored)
    except ValueError as fault:
        raise click.ClickException(str(fault)) from None
    sys.exit(1 if _say(str(file), faults) else 0)


def _say(what: str, faults: list[Fault]) -> bool:
    """Tell what was found; whether anything was."""
    click.echo(f"{what}: {'DIFFERS' if faults else 'holds'}")
    for fault in faults:
        where = f"draw {fault.number}: " if fault.number else ""
        click.echo(f"  {where}{fault.what}")
    return bool(faults)
