"""The nightly look at who may have grown, for figures that no event of ours tells of.

The first look, and the first with other rules, is at every promoter. Each after it is only at those
of whom something rose since the one before: what they are compared with is the same, and rules ask
for nothing but "at least".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.referral.growth.evaluating import (
    Rules,
    enabled_rules,
    first_met,
    know,
    positions,
    rules_of_next_level,
    rules_of_standing,
)
from mall.referral.growth.growing import grow
from mall.referral.growth.models import PromoterGrowthLook
from mall.referral.lessons.queries import passed_since
from mall.referral.promoters.models import ACTIVE, APPLIED, Promoter, PromoterChange
from mall.users.figures import figure_names, risen

BATCH = 200
MOST_BETWEEN = timedelta(days=7)
"""After longer everybody is looked at, batch by batch: who rose may be too many to read at once."""
OPEN_AT_MOST = timedelta(hours=1)
"""Longer than any transaction: what was written before the last look may have been seen only
after it."""
_MAY_GROW: ColumnElement[bool] = (Promoter.status == ACTIVE) & ~Promoter.level_fixed | (
    Promoter.status == APPLIED
) & ~Promoter.staff_first


@dataclass(frozen=True, slots=True)
class Look:
    """What promoters are compared with, as it is when the look begins at `at`.

    `user_ids` are those who may have grown since the look before; None for everybody.
    """

    at: datetime
    rules: Rules
    opening: Rules
    places: dict[int, int]
    digest: str
    user_ids: list[int] | None


def grow_all() -> int:
    """Compare promoters with the rules, batch by batch; how many rose or were accepted.

    Each who may grow does so in a transaction of their own. Only a look that came to its end, and
    whose finds all grew, is one that the next goes on from: so it may be killed and repeated.
    """
    with transaction() as session:
        look = _begin(session)
    found = grown = 0
    for batch in _batches(look) if look.rules else ():
        for user_id in _ready(look, batch):
            with transaction() as session:
                grown += grow(session, user_id)
            found += 1
    if found == grown:
        _end(look)
    return grown


def _begin(session: Session) -> Look:
    at, rules, places = db_now(session), enabled_rules(session), positions(session)
    opening = rules_of_standing(rules)
    digest = _digest(rules, opening, places)
    last = session.scalar(
        select(PromoterGrowthLook).execution_options(populate_existing=True).limit(1)
    )
    user_ids = None
    is_recent = last is not None and at - last.looked_at < MOST_BETWEEN
    if last is not None and is_recent and last.digest == digest:
        user_ids = _risen(session, rules, last.looked_at - OPEN_AT_MOST)
    return Look(at, rules, opening, places, digest, user_ids)


def _digest(rules: Rules, opening: Rules, places: dict[int, int]) -> str:
    """Of all that decides who grows, beside what is known of each shopper."""
    terms = {
        "rules": [[one.id, one.version] for one in rules],
        "opening": [one.id for one in opening],
        "places": sorted(places.items()),
        "figures": sorted(set(figure_names()) & _figures(rules)),
    }
    return hashlib.sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()


def _figures(rules: Rules) -> set[str]:
    return {one["figure"] for rule in rules for one in rule.figures}


def _risen(session: Session, rules: Rules, since: datetime) -> list[int] | None:
    """Who may have grown since then by these rules; None when that isn't known."""
    found = risen(session, _figures(rules), since)
    if found is None:
        return None
    if any(rule.lesson_ids for rule in rules):
        found |= passed_since(session, since)
    changed = select(PromoterChange.user_id).where(PromoterChange.created_at >= since)
    return sorted(found | set(session.scalars(changed)))


def _batches(look: Look) -> Iterator[Sequence[Promoter]]:
    """Promoters, and applications, that growth may change."""
    if look.user_ids is None:
        after = 0
        while batch := _read(Promoter.user_id > after):
            yield batch
            after = batch[-1].user_id
        return
    for first in range(0, len(look.user_ids), BATCH):
        yield _read(Promoter.user_id.in_(look.user_ids[first : first + BATCH]))


def _read(which: ColumnElement[bool]) -> Sequence[Promoter]:
    with transaction() as session:
        return session.scalars(
            select(Promoter)
            .where(which, _MAY_GROW)
            .order_by(Promoter.user_id)
            .limit(BATCH)
            .execution_options(populate_existing=True)
        ).all()


def _ready(look: Look, batch: Sequence[Promoter]) -> list[int]:
    """Those of them who meet a rule that opens something to them."""
    with transaction() as session:
        known = know(session, [one.user_id for one in batch])
    ready = []
    for one in batch:
        wanted = look.opening
        if one.status == ACTIVE:
            wanted = rules_of_next_level(look.rules, look.places, one.level_id)
        if first_met(wanted, known[one.user_id]):
            ready.append(one.user_id)
    return ready


def _end(look: Look) -> None:
    values = {"looked_at": look.at, "digest": look.digest}
    with transaction() as session:
        session.execute(
            insert(PromoterGrowthLook)
            .values(id=1, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )
