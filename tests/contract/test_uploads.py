"""Whatever keeps the address of an upload says so by its column's type, and is held by triggers."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import Base, db
from mall.kernel.uploaded import Holder, holders

_SPEAKS_OF_FILES = re.compile(
    r"picture|image|photo|gallery|avatar|video|cover|logo|icon|banner|poster|html|layout|url|body"
)
NOT_DECLARED = {
    # Attached one by one to what a shopper or a member of the staff writes (`uploads.attach`).
    "after_sales.pictures", "dispute_notes.pictures",
    "reviews.pictures", "reviews.video", "review_follow_ups.pictures",
    # A repetition of what the content itself has; a collage is drawn once from its photos.
    "moderated_contents.pictures", "moderated_contents.video", "collages.photos",
    # Others' addresses, never shown.
    "imported_reviews.pictures",
    # Words of ours.
    "inbox_messages.body",
}  # fmt: skip


def test_every_column_of_pictures_is_declared() -> None:
    declared = {
        f"{holder.table}.{column}"
        for snapshots in (False, True)
        for holder in holders(Base.metadata, snapshots=snapshots)
        for column in holder.columns
    }
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if _SPEAKS_OF_FILES.search(column.name)
        and re.search("TEXT|JSON|Upload", repr(column.type), re.IGNORECASE)
    }
    assert found - declared == NOT_DECLARED, "each is declared, or it is said why not"


def test_the_triggers_are_what_the_models_declare(migrated_app: Flask) -> None:
    with migrated_app.app_context():
        rows = db.session.execute(
            text(
                "SELECT c.relname, t.tgname, encode(t.tgargs, 'escape') FROM pg_trigger t"
                " JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE 'hold_uploads%'"
            )
        ).all()
        db.session.remove()
    found: dict[Holder, set[str]] = {}
    for table, name, arguments in rows:
        owner, bare, *columns = arguments.removesuffix("\\000").split("\\000")
        holder = Holder(table, owner, bare == "true", tuple(columns))
        found.setdefault(holder, set()).add(name.removeprefix("hold_uploads_"))
    every = {"insert", "update", "delete"}
    assert found == dict.fromkeys(holders(Base.metadata), every)
