"""Pets after better rules: their stored state follows in batches, with the rewards that are due.

What is shown is computed by the newest rules at once; this brings what is stored, and the rewards.
"""

from __future__ import annotations

from sqlalchemy import select

from mall.games.pets.ledger import recompute
from mall.games.pets.models import Pet, PetSeason
from mall.games.pets.seasons import season_of
from mall.kernel.db import db, transaction

BATCH = 100


def refresh_all() -> int:
    """Compute every pet anew that was computed by older rules, a batch a transaction; how many.
    Safe to repeat and to break off."""
    done = 0
    while True:
        with transaction() as session:
            due = session.execute(
                select(Pet.id, Pet.season_id, Pet.user_id, Pet.adopted_on, Pet.reached)
                .join(PetSeason, PetSeason.id == Pet.season_id)
                .where(Pet.version < PetSeason.version)
                .order_by(Pet.season_id, Pet.id)
                .limit(BATCH)
                # Nobody waits for one pet with others in hand; the next minute has what is held.
                .with_for_update(of=Pet, key_share=True, skip_locked=True)
            ).all()
            seasons = {one: season_of(session, one) for one in {row.season_id for row in due}}
            for row in due:
                recompute(session, seasons[row.season_id], row)
        db.session.remove()
        done += len(due)
        if len(due) < BATCH:
            return done
