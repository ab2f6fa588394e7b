"""What refers to rows that are copied without a foreign key, so that copies hang together."""

from __future__ import annotations

NUMBERS = frozenset({("moderated_contents", "ref"), ("outbound_calls", "key")})
"""Columns with the id of a row of some table that grows."""
TEXTS = frozenset(
    {
        ("commission_entries", "source"),
        ("mission_facts", "key"),
        ("points_entries", "source"),
        ("points_holds", "source"),
        ("reward_grants", "event"),
        ("reward_grants", "ground"),
        ("stock_movements", "ref"),
        ("uploads", "attached_to"),
    }
)
"""Columns with a kind and what it is about: review:7, order:26112907045731870683."""
CAMPAIGNS = {
    "groupbuy_activities": "id",
    "groupbuy_skus": "activity_id",
    "groupbuy_tier_sets": "id",
    "ladder_campaigns": "id",
    "ladder_versions": "campaign_id",
    "ladder_rungs": "campaign_id",
}
"""What a shop makes anew each week, and the column that says of which campaign a row is, or of
which set of tiers."""
OF_CAMPAIGNS = frozenset({("ladder_grants", "campaign_id")})
"""Columns that refer to one by a foreign key of several columns."""
_OF_ROWS = "^(line|review|ladder|shopper):[0-9]+(:|$)"
_OF_ORDERS = "^[a-z]+:[0-9]{16,}$"


def copied_text(column: str, otherwise: str, stride: int) -> str:
    """SQL of the value in copy n; what refers to neither a row nor an order is `otherwise`."""
    return f"""
        CASE WHEN {column} ~ '{_OF_ORDERS}' THEN {column} || '~' || n
             WHEN {column} ~ '{_OF_ROWS}' THEN
                 split_part({column}, ':', 1)
                 || ':' || CAST(split_part({column}, ':', 2) AS bigint) + n * {stride}
                 || regexp_replace({column}, '^[^:]*:[0-9]+', '')
             ELSE {otherwise} END
    """
