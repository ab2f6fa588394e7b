"""Ways to break what must hold of imported reviews: one from a sheet, then the break."""

from __future__ import annotations

SOUND = (
    "INSERT INTO reviews (spu_id, nickname, text, origin, status)"
    " VALUES (1, 'x', 'x', 'import', 'pending');"
    "INSERT INTO imported_reviews (key, review_id, pictures)"
    " SELECT decode(repeat('00', 16), 'hex'), id, '{}' FROM reviews"
)
BREAKS: dict[str, list[str]] = {
    "I20u": [
        f"{SOUND}; UPDATE reviews SET origin = 'shopper'",
        f"{SOUND}; UPDATE reviews SET pictures = ARRAY['x.jpg']",
        f"{SOUND}; DELETE FROM imported_reviews",
        f"{SOUND}; INSERT INTO review_reward_grants (review_id, kind, reward_id, version, times)"
        " SELECT id, 'base', 1, 1, 1 FROM reviews",
    ],
}
