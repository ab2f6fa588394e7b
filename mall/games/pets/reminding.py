"""Reminders of care: who is told that the pet will lose growth tonight.

Once a day the pets are looked at that changed last when the grace ends today, and some days before,
for a run that was missed. What a pet is says its ledger. A message is unique by season, last day
with care, and shopper: so a run that is killed or comes twice says nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.pets.care_message import PET_CARE, is_neglected, may_remind, ref_of
from mall.games.pets.ledger import state_of_pet
from mall.games.pets.models import Pet
from mall.games.pets.seasons import Season, seasons_not_over
from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db, db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.messages.sending import send_soon_to

BATCH = 200
CATCH_UP_DAYS = 2
_DAY = timedelta(days=1)


def remind_all() -> int:
    """Tell the owners of all pets that lose growth tonight; how many were found. Safe to repeat
    and to break off."""
    with transaction() as session:
        seasons = [one for one in seasons_not_over(session) if may_remind(session, one)]
    found = 0
    for season in seasons:
        for cared_on, user_ids in _neglected(season):
            _tell(season.id, cared_on, user_ids)
            found += len(user_ids)
    return found


def _tell(season_id: int, cared_on: date, user_ids: Sequence[int]) -> None:
    with transaction() as session:
        around_commit(session, "pets.before_reminder_commit", "pets.after_reminder_commit")
        tomorrow = day_start(shop_day(db_now(session)) + _DAY)
        ref = ref_of(season_id, cared_on)
        send_soon_to(session, PET_CARE.name, ref, user_ids, good_until=tomorrow)


def _neglected(season: Season) -> Iterator[tuple[date, list[int]]]:
    """Owners by the last day with care, some hundreds at a time."""
    after = 0
    while True:
        with transaction() as session:
            pets = _candidates(session, season, after)
            lapses: defaultdict[date, list[int]] = defaultdict(list)
            for pet in pets:
                now = state_of_pet(session, season, pet)
                if is_neglected(now):
                    lapses[now.cared_on].append(pet.user_id)
        db.session.remove()
        yield from lapses.items()
        if len(pets) < BATCH:
            return
        after = pets[-1].id


def _candidates(session: Session, season: Season, after: int) -> Sequence[Any]:
    """The next pets of which nothing was changed for so long. Days of pauses don't count as days
    without care: as many days more are looked at."""
    today = shop_day(db_now(session))
    last = today - season.rules.grace_days * _DAY
    paused = sum(((until or today) - first).days + 1 for first, until in season.excused)
    first = last - (1 + CATCH_UP_DAYS + paused) * _DAY
    return session.execute(
        select(Pet.id, Pet.user_id, Pet.adopted_on)
        .where(
            Pet.season_id == season.id,
            Pet.changed_at >= day_start(first),
            Pet.changed_at < day_start(last),
            Pet.id > after,
        )
        .order_by(Pet.id)
        .limit(BATCH)
    ).all()
