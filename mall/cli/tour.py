"""`mall tour`: see the whole mall at work."""

from __future__ import annotations

import sys
import time

import click
from rich.console import Console

from mall.kernel.cli import make_console
from mall.runtime.ensure import RunningMall, ensure_running
from mall.runtime.errors import RuntimeFault
from mall.tour.client import Client, TourFailed
from mall.tour.scene import Story
from mall.tour.story import CHAPTERS


@click.command()
def tour() -> None:
    """Play a shopper's whole story against the running mall, starting one if none runs.

    Ends with exit code 1 at the first thing that isn't as promised.
    """
    console = make_console()
    try:
        with ensure_running() as mall:
            _play(mall, console)
    except RuntimeFault as fault:
        raise click.ClickException(str(fault)) from None
    except TourFailed as fault:
        console.print(f"[bold red]Not as promised:[/] {fault}", markup=True)
        sys.exit(1)


def _play(mall: RunningMall, console: Console) -> None:
    story = Story(
        shop=Client(mall.base_url),
        staff=_staff(mall),
        wechat=Client(mall.simulator_url),
        say=lambda line: console.print(f"   {line}", markup=False),
    )
    started = time.monotonic()
    for number, (title, chapter) in enumerate(CHAPTERS, 1):
        console.print(f"[bold]{number}. {title}[/]")
        chapter(story)
    console.print(f"\nEverything was as promised, in {time.monotonic() - started:.1f} s.")


def _staff(mall: RunningMall) -> Client:
    """The staff account that `make run` made."""
    path = mall.layout.staff_login
    if not path.exists():
        raise TourFailed(f"{path} is missing: the tour needs the staff login of `make run`")
    words = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    login = {name.strip(): value.strip() for name, value in words.items()}
    staff = Client(mall.base_url)
    answer = staff.post(
        "/admin/api/v1/sessions",
        {"username": login["username"], "password": login["password"]},
    )
    staff.token = answer["token"]
    return staff
