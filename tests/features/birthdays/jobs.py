"""Greetings, every morning."""

from __future__ import annotations

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.messages.sending import send_soon
from tests.features.birthdays import queries
from tests.features.birthdays.messages import GREETING


@jobs.job("birthdays.greet", retry=jobs.SWEEP, cron="0 1 * * *")
def greet() -> None:
    """Send each shopper whose birthday it is a greeting, once a year (09:00 of the shop)."""
    with transaction() as session:
        day = queries.today(session)
        for birthday in queries.on_day(session, f"{day:%m-%d}"):
            ref = f"{birthday.user_id}-{day.year}"
            send_soon(session, GREETING.name, ref, birthday.user_id)
