"""Ways to break what must hold of campaigns of lots: two entries, of which the first won."""

from __future__ import annotations

LOTS = (
    "INSERT INTO lot_campaigns (id, name, terms, starts_at, ends_at, draws_at, published_at,"
    " canonical, digest, commitment, secret_sealed, entered, drawn_at, secret, eligible,"
    " entries_digest) OVERRIDING SYSTEM VALUE VALUES (1, 'x', CAST('{\"prizes\"' || chr(58) ||"
    " ' [{\"count\"' || chr(58) || '1}]}' AS jsonb), now() - interval '2 hours',"
    " now() - interval '1 hour', now() - interval '1 hour', now(), 'x',"
    " encode(sha256(convert_to('x', 'UTF8')), 'hex'),"
    " encode(sha256(decode('abcd', 'hex')), 'hex'), 'x', 2, now() - interval '30 minutes',"
    " 'abcd', '{1,2}', 'x');"
    "INSERT INTO lot_entries (campaign_id, number, user_id, review_id, alias, nonce)"
    " SELECT 1, n, (SELECT min(id) FROM users) + 1000 * (n - 1), n, CAST(n AS text), 'x'"
    " FROM generate_series(1, 2) n;"
    "INSERT INTO reward_grants (rule_id, event, user_id, day)"
    " SELECT 1, 'lots' || chr(58) || '1' || chr(58) || '1', user_id, current_date"
    " FROM lot_entries WHERE number = 1;"
    "INSERT INTO lot_wins (campaign_id, place, number, prize, grant_id, created_at)"
    " SELECT 1, 1, 1, 0, max(id), now() - interval '30 minutes' FROM reward_grants"
)
_NOT_DRAWN = (
    "UPDATE lot_campaigns SET drawn_at = NULL, secret = NULL, eligible = NULL,"
    " entries_digest = NULL"
)
BREAKS: dict[str, list[str]] = {
    "I87a": [
        f"{LOTS}; UPDATE lot_campaigns SET entered = 3",
        f"{LOTS}; DELETE FROM lot_entries WHERE number = 1",
    ],
    "I87b": [
        f"{LOTS}; DELETE FROM lot_wins; {_NOT_DRAWN}",
        f"{LOTS}; UPDATE lot_campaigns SET drawn_at = draws_at - interval '1 minute'",
        f"{LOTS}; UPDATE lot_campaigns SET canonical = 'y'",
        f"{LOTS}; UPDATE lot_campaigns SET secret = 'abce'",
    ],
    "I87c": [
        f"{LOTS}; UPDATE lot_campaigns SET eligible = '{{2}}'",
        f"{LOTS}; DELETE FROM lot_wins",
        f"{LOTS}; {_NOT_DRAWN}",
    ],
    "I87d": [
        f"{LOTS}; UPDATE lot_wins SET grant_id = NULL",
        f"{LOTS}; UPDATE reward_grants SET event = 'x'",
        f"{LOTS}; UPDATE reward_grants SET user_id = user_id + 1",
    ],
}
