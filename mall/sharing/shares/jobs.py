"""Old openings go; shares and the shoppers that they brought stay."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.sharing.shares.counting import TODAY
from mall.sharing.shares.settings import SHARE_KEEP_DAYS

_FORGET = text(
    f"""
    DELETE FROM share_opens
    WHERE day = (SELECT min(day) FROM share_opens WHERE day < {TODAY} - :keep) RETURNING 1
    """  # noqa: S608
)


@job("sharing.forget_share_opens", retry=SWEEP, cron="50 17 * * *")
def forget_opens() -> None:
    """Delete what is older than the owner keeps: a day a transaction, the oldest first."""
    gone = True
    while gone:
        with transaction() as session:
            gone = bool(session.execute(_FORGET, {"keep": SHARE_KEEP_DAYS.get()}).all())
