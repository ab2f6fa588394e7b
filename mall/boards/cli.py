"""`mall boards …`: views built anew, digests of closed boards computed anew."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from sqlalchemy import func, select

from mall.boards.auditing import audit, closed_boards
from mall.boards.models import BoardScore
from mall.boards.recounting import recount
from mall.boards.tending import open_boards
from mall.boards.view.building import build_view
from mall.kernel.cli import make_console, progress, with_app
from mall.kernel.db import db


@click.group()
def boards() -> None:
    """Leaderboards: their views in Redis, and the digests of frozen ranks."""


@boards.command()
@click.argument("board_ids", nargs=-1, type=click.IntRange(min=1))
@click.option("--recount/--no-recount", "anew", default=True, help="Sum up the facts first.")
@with_app
def rebuild(board_ids: tuple[int, ...], *, anew: bool) -> None:
    """Build the views of live boards (all, or those named) anew from PostgreSQL.

    Safe at any time: meanwhile ranks are read from PostgreSQL. Exit code 1 when another build
    of the same board took over.
    """
    console = make_console(stderr=True)
    taken_over = [one for one in board_ids or open_boards() if not _rebuild(console, one, anew)]
    for board_id in taken_over:
        click.echo(f"board {board_id}: another build took over")
    sys.exit(1 if taken_over else 0)


@boards.command("audit")
@click.argument("board_ids", nargs=-1, type=click.IntRange(min=1))
@with_app
def audit_command(board_ids: tuple[int, ...]) -> None:
    """Compute the digests of closed boards (all, or those named) anew, from the frozen ranks and
    from the facts. Exit code 1 when one differs."""
    differing = False
    for board_id in board_ids or closed_boards(0):
        found = audit(board_id)
        if found is None:
            click.echo(f"board {board_id}: not closed")
            continue
        differing = differing or not found.holds
        click.echo(f"board {board_id}: {found.kept} {'holds' if found.holds else 'DIFFERS'}")
        if not found.holds:
            click.echo(f"  of the frozen ranks: {found.of_results}")
            click.echo(f"  of the facts:        {found.of_facts}")
    sys.exit(1 if differing else 0)


def _rebuild(console: Console, board_id: int, anew: bool) -> bool:
    total = db.session.scalar(select(func.count()).where(BoardScore.board_id == board_id)) or 0
    db.session.rollback()
    with progress(console) as bar:
        if anew:
            counting = bar.add_task(f"board {board_id}: scores", total=total)
            wrong = recount(board_id, lambda count: bar.advance(counting, count))
            if wrong:
                click.echo(f"board {board_id}: {wrong} scores corrected")
        loading = bar.add_task(f"board {board_id}: view", total=total)
        return build_view(board_id, lambda count: bar.advance(loading, count))
