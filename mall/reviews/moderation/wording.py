"""Staff keep the list of words."""

from __future__ import annotations

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from mall.kernel.db import transaction
from mall.reviews.moderation.check_models import BlockedWord
from mall.reviews.moderation.errors import WordInvalid, WordNotFound
from mall.reviews.moderation.words import letters
from mall.staff.audit import record

# One change of the list at a time: its version (highest id and count) then never repeats itself.
_CHANGING = text("LOCK TABLE blocked_words IN SHARE ROW EXCLUSIVE MODE")


def save_word(word: str, suggest: str) -> int:
    """Put a word on the list, or change what it leads to; its id. It counts for what is inspected
    from now on. Raises WordInvalid for one without a letter or digit."""
    if not letters(word):
        raise WordInvalid(param="word")
    with transaction() as session:
        session.execute(_CHANGING)
        # Taken out and put in again: a new id is how the processes see the change.
        session.execute(delete(BlockedWord).where(BlockedWord.word == word))
        word_id = session.execute(
            insert(BlockedWord).values(word=word, suggest=suggest).returning(BlockedWord.id)
        ).scalar_one()
        record(
            session,
            action="blocked_word.save",
            target_type="blocked_word",
            target_id=word_id,
            after={"word": word, "suggest": suggest},
        )
        return word_id


def remove_word(word_id: int) -> None:
    """Take a word off the list. Raises WordNotFound."""
    with transaction() as session:
        session.execute(_CHANGING)
        word = session.scalar(
            delete(BlockedWord).where(BlockedWord.id == word_id).returning(BlockedWord.word)
        )
        if word is None:
            raise WordNotFound
        record(
            session,
            action="blocked_word.remove",
            target_type="blocked_word",
            target_id=word_id,
            before={"word": word},
        )
