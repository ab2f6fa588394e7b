"""I81: portions are used once, no day has more than its caps, a stage is rewarded once, and what is
stored of a pet is what its ledger makes of it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from mall.games.pets.growing import state
from mall.games.pets.ledger import entries_of
from mall.games.pets.models import Pet
from mall.games.pets.seasons import pauses_of, rules_of
from mall.kernel.db import transaction
from mall.kernel.invariants import Invariant, Rows

RECENT = timedelta(days=1)
MOST = 1_000


def _wrong_states() -> Rows:
    """Pets of the last day, the newest thousand, whose stored state isn't computed so."""
    with transaction() as session:
        pets = session.execute(
            select(*Pet.__table__.c)
            .where(Pet.changed_at >= func.now() - RECENT)
            .order_by(Pet.changed_at.desc())
            .limit(MOST)
        ).all()
        rules = {key: rules_of(session, *key) for key in {(p.season_id, p.version) for p in pets}}
        pauses = {one: pauses_of(session, one) for one in {pet.season_id for pet in pets}}
        wrong = []
        for pet in pets:
            found = state(
                rules[pet.season_id, pet.version],
                entries_of(session, pet.id),
                pet.adopted_on,
                pet.as_of,
                pauses[pet.season_id],
            )
            computed = {"growth": found.growth, "stage": found.stage, "reached": found.reached}
            stored = {name: getattr(pet, name) for name in computed}
            if stored != computed:
                wrong.append({"pet_id": pet.id, "stored": stored, "computed": computed})
        return wrong


INVARIANTS = (
    Invariant(
        "I81a",
        "the feed that a shopper has left is what is left of their lots",
        """
        SELECT f.season_id, f.user_id, f.left_portions, r.left_portions AS of_lots
        FROM pet_feeds f CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.portions - l.used - l.taken), 0) AS left_portions
            FROM pet_lots l WHERE l.season_id = f.season_id AND l.user_id = f.user_id
        ) r
        WHERE f.moved_at >= :since
          AND (f.left_portions <> r.left_portions OR f.left_portions < 0)
        """,
    ),
    Invariant(
        "I81b",
        "of a lot so many portions were fed and taken out of history as its pet's entries say",
        """
        WITH moved AS (
            SELECT DISTINCT lot_id AS id FROM pet_entries
            WHERE created_at >= :since AND lot_id IS NOT NULL
            UNION SELECT id FROM pet_lots WHERE created_at >= :since
        )
        SELECT l.id AS lot_id, l.used, l.reversed, l.taken, r.fed, r.gone
        FROM moved m JOIN pet_lots l USING (id)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.portions) FILTER (WHERE e.kind = 'feed'), 0) AS fed,
                   coalesce(sum(e.portions) FILTER (WHERE e.kind = 'reversal'), 0) AS gone
            FROM pet_entries e WHERE e.lot_id = l.id
        ) r
        WHERE (l.used, l.reversed) <> (r.fed, r.gone) OR r.gone > r.fed
           OR l.used + l.taken > l.portions
        """,
    ),
    Invariant(
        "I81c",
        "on no shop day a pet is fed or watered more often than its rules allow",
        """
        WITH days AS (
            SELECT DISTINCT pet_id, day FROM pet_entries WHERE created_at >= :since
        )
        SELECT d.pet_id, d.day, r.portions, r.waterings, r.of_friends, r.friends
        FROM days d JOIN pets p ON p.id = d.pet_id
        JOIN pet_seasons s ON s.id = p.season_id
        JOIN pet_season_versions v ON v.season_id = s.id AND v.version = s.version
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.portions) FILTER (WHERE e.kind = 'feed'), 0) AS portions,
                   count(*) FILTER (WHERE e.kind = 'water') AS waterings,
                   count(*) FILTER (WHERE e.kind = 'friend') AS of_friends,
                   count(DISTINCT e.user_id) FILTER (WHERE e.kind = 'friend') AS friends
            FROM pet_entries e WHERE e.pet_id = d.pet_id AND e.day = d.day
        ) r
        WHERE r.portions > CAST(v.rules ->> 'daily_portions' AS bigint) OR r.waterings > 1
           OR r.of_friends > CAST(v.rules ->> 'friend_waterings' AS bigint)
           OR r.of_friends <> r.friends
        """,
    ),
    Invariant(
        "I81d",
        "a pet eats its owner's feed; friends who water it are others; a season's pets are within"
        " its places",
        """
        SELECT e.id AS entry_id, e.pet_id FROM pet_entries e
        JOIN pets p ON p.id = e.pet_id
        LEFT JOIN pet_lots l ON l.id = e.lot_id
        WHERE e.created_at >= :since
          AND ((e.kind = 'friend') = (e.user_id = p.user_id)
               OR e.lot_id IS NOT NULL
                  AND (l.season_id, l.user_id) IS DISTINCT FROM (p.season_id, p.user_id))
        UNION ALL
        SELECT NULL, s.id FROM pet_seasons s
        WHERE s.published_at >= :since AND (s.adopted > s.places OR s.adopted <> (
            SELECT count(*) FROM pets p WHERE p.season_id = s.id))
        """,
    ),
    Invariant(
        "I81f",
        "a stage's reward is given for its pet, to the owner, and once: none but the newest stands",
        """
        SELECT r.pet_id, r.stage, g.id AS grant_id FROM pet_stages r
        JOIN pets p ON p.id = r.pet_id
        JOIN reward_grants g ON g.ground = 'pet:' || r.pet_id || ':' || r.stage
        WHERE r.created_at >= :since
          AND (g.user_id <> p.user_id
               OR g.status = 'granted' AND g.id IS DISTINCT FROM r.grant_id)
        UNION ALL
        SELECT r.pet_id, r.stage, r.grant_id FROM pet_stages r
        JOIN reward_grants g ON g.id = r.grant_id
        WHERE r.created_at >= :since
          AND g.ground IS DISTINCT FROM 'pet:' || r.pet_id || ':' || r.stage
        """,
    ),
    Invariant(
        "I81g",
        "ten minutes after a pet changed, the rewards of its stages are where they should be",
        """
        SELECT p.id AS pet_id, s.stage, p.reached, g.status FROM pets p
        JOIN pet_season_versions v ON v.season_id = p.season_id AND v.version = p.version
        JOIN users u ON u.id = p.user_id AND u.closed_at IS NULL
        CROSS JOIN LATERAL (
            SELECT o.at - 1 AS stage, o.one ->> 'rule_id' IS NOT NULL AS is_rewarded
            FROM jsonb_array_elements(v.rules -> 'stages') WITH ORDINALITY AS o(one, at)
        ) s
        LEFT JOIN pet_stages r ON r.pet_id = p.id AND r.stage = s.stage
        LEFT JOIN reward_grants g ON g.id = r.grant_id
        WHERE p.changed_at >= :since AND p.changed_at < now() - interval '10 minutes'
          AND (s.stage > p.reached AND g.status = 'granted'
               OR s.stage <= p.reached AND s.is_rewarded AND (r.pet_id IS NULL
                  OR g.status = 'reversed' AND r.refusal IS NULL AND NOT EXISTS (
                      SELECT FROM reward_steps t WHERE t.grant_id = g.id
                        AND t.cause = 'staff' AND t.to_status = 'reversed')))
        """,
    ),
    Invariant(
        "I81h",
        "what is stored of a pet is what its ledger and its rules make of it",
        find=_wrong_states,
    ),
)
