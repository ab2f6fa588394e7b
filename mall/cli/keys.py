"""`mall keys …`: a new key for personal data at rest."""

from __future__ import annotations

import click

from mall.kernel.cli import make_console, progress, with_app
from mall.kernel.rotation import reseal, sealed_columns, waiting


@click.group("keys")
def keys_group() -> None:
    """Keys of the personal data at rest."""


@keys_group.command()
@with_app
def rotate() -> None:
    """Re-seal all personal data under the first key of MALL_PERSONAL_DATA_KEYS.

    Put the new key first, keep the old ones after it, restart the mall, then run this. It
    may be stopped and run again. When it says that nothing is left, the old keys can go.
    """
    console = make_console()
    left = 0
    with progress(console) as bar:
        for sealed in sealed_columns():
            task = bar.add_task(sealed.name, total=waiting(sealed))
            try:
                for count in reseal(sealed):
                    bar.advance(task, count)
            except KeyError as missing:
                raise click.ClickException(
                    f"{sealed.name} holds values of key {missing}, which isn't among"
                    " MALL_PERSONAL_DATA_KEYS: add it after the new one"
                ) from None
            left += waiting(sealed)
    if left:
        raise click.ClickException(f"{left} values were sealed meanwhile: run it again")
    console.print("Nothing is left under an older key.")
