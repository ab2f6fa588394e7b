"""`mall staff …`: the first administrator, lost passwords, who works here."""

from __future__ import annotations

import json
from typing import Any

import click

from mall.kernel.cli import with_app
from mall.kernel.clock import utc_now
from mall.kernel.db import db
from mall.kernel.errors import NotFound
from mall.staff.admins import create_admin, reset_password_of
from mall.staff.errors import UsernameTaken
from mall.staff.queries import StaffView, all_staff
from mall.staff.schemas import USERNAME

as_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")


@click.group("staff")
def staff_group() -> None:
    """Staff accounts."""


@staff_group.command("create-admin")
@click.argument("username")
@click.option("--if-none", is_flag=True, help="Do nothing when an active admin exists.")
@as_json
@with_app
def create_admin_command(username: str, if_none: bool, as_json: bool) -> None:
    """Make an administrator and print the random password, this once."""
    if not USERNAME.fullmatch(username):
        raise click.BadParameter("3 to 32 of a-z 0-9 . _ -, beginning with a letter")
    try:
        password = create_admin(username, if_none=if_none)
    except UsernameTaken:
        raise click.ClickException(
            f"{username} exists; `mall staff reset-password {username}` gives a new password"
        ) from None
    if password is not None:
        _show_password(username, password, as_json)


@staff_group.command("reset-password")
@click.argument("username")
@as_json
@with_app
def reset_password_command(username: str, as_json: bool) -> None:
    """Print a new random password; every session of theirs ends, a lock is lifted."""
    try:
        password = reset_password_of(username)
    except NotFound:
        raise click.ClickException(f"nobody is named {username}; see `mall staff list`") from None
    _show_password(username, password, as_json)


@staff_group.command("list")
@as_json
@with_app
def list_command(as_json: bool) -> None:
    """Who works here, with roles and state."""
    for view in all_staff(db.session()):
        if as_json:
            click.echo(json.dumps(_row(view), ensure_ascii=False))
        else:
            click.echo("{username:<20} {state:<9} {roles}".format(**_row(view)))


def _show_password(username: str, password: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"username": username, "password": password}))
        return
    click.echo(f"username: {username}")
    click.echo(f"password: {password}")
    click.echo("It is shown this once.", err=True)


def _row(view: StaffView) -> dict[str, Any]:
    locked = view.locked_until is not None and view.locked_until > utc_now()
    state = "disabled" if view.disabled else "locked" if locked else "active"
    return {
        "username": view.username,
        "state": state,
        "roles": ", ".join(role.name for role in view.roles),
    }
