"""What a text may be copied from: the first review that has each of its phrases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from mall.reviews.rewarding.phrases import phrases_of

_PHRASES = bindparam("phrases", type_=ARRAY(BigInteger))
_FORGET = text(
    "DELETE FROM review_phrases WHERE review_id = :review_id AND phrase <> ALL(:phrases)"
).bindparams(_PHRASES)
# In one order everywhere: two reviews that share phrases wait for each other, never in a circle.
_KEEP = text(
    """
    INSERT INTO review_phrases (phrase, review_id)
    SELECT phrase, :review_id FROM unnest(:phrases) AS phrase ORDER BY phrase
    ON CONFLICT (phrase) DO NOTHING
    """
).bindparams(_PHRASES)
_OTHERS = text(
    """
    SELECT r.text FROM reviews r
    WHERE r.id IN (SELECT review_id FROM review_phrases WHERE phrase = ANY(:phrases))
      AND r.id IS DISTINCT FROM CAST(:review_id AS bigint)
    ORDER BY r.id LIMIT 50
    """
).bindparams(_PHRASES)


def remember(session: Session, review_id: int, written: str) -> None:
    """Keep the phrases of a review's text that no review had before; forget those of its text
    before an edit."""
    phrases = sorted(phrases_of(written))
    session.execute(_FORGET, {"review_id": review_id, "phrases": phrases})
    if phrases:
        session.execute(_KEEP, {"review_id": review_id, "phrases": phrases})


def others_of(session: Session, written: str, review_id: int | None) -> Sequence[str]:
    """The texts of other reviews that this one shares phrases with, which had them first."""
    phrases = sorted(phrases_of(written))
    if not phrases:
        return ()
    return session.scalars(_OTHERS, {"review_id": review_id, "phrases": phrases}).all()
