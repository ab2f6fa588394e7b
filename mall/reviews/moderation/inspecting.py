"""The shop's own inspection of a content: listed words, texts and pictures that others have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.moderation.check_models import OWN, PASS, REVIEW, RISKY
from mall.reviews.moderation.contents import WITHDRAWN
from mall.reviews.moderation.findings import (
    MACHINE_FAILED,
    SAME_PICTURE,
    SAME_TEXT,
    WORD,
    finding,
)
from mall.reviews.moderation.judging import end_check, lock_by_id
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.same_pictures import (
    Fingerprint,
    fingerprints,
    remember_pictures,
    same_pictures,
)
from mall.reviews.moderation.same_texts import remember_text, same_texts
from mall.reviews.moderation.words import words_in

# One comparison at a time: of two copies that come at once the second sees the first.
_COMPARING = text("SELECT pg_advisory_xact_lock(hashtextextended('reviews.comparing', 0))")


def inspect(content_id: int, version: int) -> None:
    """Inspect this version of a content; nothing for one that was edited or deleted meanwhile.

    Pictures are read outside of transactions. Raises StorageUnavailable: then it is tried again.
    """
    with transaction() as session:
        row = session.execute(
            select(ModeratedContent.version, ModeratedContent.pictures).where(
                ModeratedContent.id == content_id
            )
        ).one_or_none()
    if row is None or row.version != version:
        return
    prints, unread = fingerprints(row.pictures)
    with transaction() as session:
        content = lock_by_id(session, content_id)
        if content is None or content.version != version or content.status == WITHDRAWN:
            return
        session.execute(_COMPARING)
        found, is_risky = _words(session, content)
        found += _copies(session, content, prints)
        found += [finding(MACHINE_FAILED, name) for name in unread]
        status = RISKY if is_risky else REVIEW if found else PASS
        end_check(session, content, OWN, version, status=status, found=found)


def _words(session: Session, content: Any) -> tuple[list[dict[str, Any]], bool]:
    words = words_in(session, content.text)
    found = [finding(WORD, one.word) for one in words]
    return found, any(one.suggest == RISKY for one in words)


def _copies(session: Session, content: Any, prints: Sequence[Fingerprint]) -> list[dict[str, Any]]:
    """What other shoppers have alike. Details name the contents, for staff to compare."""
    bands = remember_text(session, content.id, content.text)
    texts = same_texts(session, content.id, content.user_id, content.text, bands)
    found = [finding(SAME_TEXT, str(one.content_id)) for one in texts[:3]]
    remember_pictures(session, content.id, prints)
    for one in prints:
        alike = same_pictures(session, content.id, content.user_id, one)
        found += [finding(SAME_PICTURE, str(other)) for other in alike[:1]]
    return found
