"""Greetings, every morning."""

from __future__ import annotations

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.messages.sending import send_soon_to
from tests.features.birthdays import queries
from tests.features.birthdays.messages import GREETING


@jobs.job("birthdays.greet", retry=jobs.SWEEP, cron="0 1 * * *")
def greet() -> None:
    """Send each shopper whose birthday it is a greeting, once a year (09:00 of the shop)."""
    with transaction() as session:
        day = queries.today(session)
        born = queries.on_day(session, f"{day:%m-%d}")
        shoppers = [birthday.user_id for birthday in born]
        send_soon_to(session, GREETING.name, str(day.year), shoppers)
