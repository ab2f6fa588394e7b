"""Keeping, attaching and sweeping pictures and videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.staff.audit import record
from mall.uploads.errors import TooManyUploads, UploadNotFound
from mall.uploads.held import keep_repeated
from mall.uploads.models import Upload, UploadReference
from mall.uploads.names import is_video, new_name, thumbnail_name
from mall.uploads.pictures import clean
from mall.uploads.storage import storage
from mall.uploads.videos import clean_video

MAX_WAITING = 50
"""Pictures of one shopper that may wait to be used."""
MAX_STAFF_WAITING = 2_000
"""Of one staff member: a sheet of products names the pictures that were sent before it."""
MAX_VIDEOS_WAITING, MAX_STAFF_VIDEOS_WAITING = 5, 50
UNUSED_FOR = text("interval '1 day'")
# Advisory locks of one person's uploads; the staff's are the negative ones.
_LOCK_SPACE = 41


@dataclass(frozen=True, slots=True)
class Owner:
    """Who sends a picture: a shopper or a staff member."""

    user_id: int | None = None
    staff_id: int | None = None

    @property
    def lock_id(self) -> int:
        """One number an owner."""
        return self.user_id if self.user_id is not None else -(self.staff_id or 0)


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture or a video that was taken. `duration_ms` is None for a picture."""

    name: str
    width: int
    height: int
    duration_ms: int | None = None


def store_picture(owner: Owner, raw: bytes) -> Stored:
    """Clean a picture and keep it for a day, or longer once it is attached.

    The row is there before the bytes, so that the sweep finds whatever a kill leaves.
    Raises PictureInvalid, TooManyUploads, StorageUnavailable.
    """
    picture = clean(raw)
    stored = Stored(new_name(picture.suffix), picture.width, picture.height)
    _insert_row(owner, stored, len(picture.full))
    place = storage()
    place.put(stored.name, picture.full)
    place.put(thumbnail_name(stored.name), picture.thumbnail)
    return stored


def store_video(owner: Owner, raw: bytes) -> Stored:
    """The same for a video, which gets no thumbnail.

    Raises VideoInvalid, TooManyUploads, StorageUnavailable.
    """
    video = clean_video(raw)
    stored = Stored(new_name("mp4"), video.width, video.height, video.duration_ms)
    _insert_row(owner, stored, len(video.data))
    storage().put(stored.name, video.data)
    return stored


def _insert_row(owner: Owner, stored: Stored, size: int) -> None:
    with transaction() as session:
        _check_waiting(session, owner, video=stored.duration_ms is not None)
        session.execute(
            insert(Upload).values(
                name=stored.name,
                user_id=owner.user_id,
                staff_id=owner.staff_id,
                expires_at=func.clock_timestamp() + UNUSED_FOR,
                width=stored.width,
                height=stored.height,
                bytes=size,
                duration_ms=stored.duration_ms,
            )
        )
        if owner.staff_id is not None:
            record(session, action="upload.keep", target_type="upload", target_id=stored.name)


def _check_waiting(session: Session, owner: Owner, *, video: bool) -> None:
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, :space))"),
        {"owner": str(owner.lock_id), "space": _LOCK_SPACE},
    )
    waiting = session.scalar(
        select(func.count()).where(
            Upload.user_id.is_not_distinct_from(owner.user_id),
            Upload.staff_id.is_not_distinct_from(owner.staff_id),
            Upload.expires_at > func.clock_timestamp(),
            Upload.duration_ms.is_not(None) if video else Upload.duration_ms.is_(None),
        )
    )
    pictures, videos = (
        (MAX_WAITING, MAX_VIDEOS_WAITING)
        if owner.staff_id is None
        else (MAX_STAFF_WAITING, MAX_STAFF_VIDEOS_WAITING)
    )
    if (waiting or 0) >= (videos if video else pictures):
        raise TooManyUploads


def attach(session: Session, owner: Owner, names: Sequence[str], to: str) -> None:
    """Use uploads for `to`: each its owner's own, and used so once. All or nothing.

    For columns that take names one by one, mostly of shoppers; what keeps an address is declared
    by its type instead (`mall.kernel.uploaded`).
    Raises UploadNotFound; the caller's transaction must then be rolled back.
    """
    if not names:
        return
    used = session.execute(
        update(Upload)
        .where(
            Upload.name.in_(names),
            Upload.user_id.is_not_distinct_from(owner.user_id),
            Upload.staff_id.is_not_distinct_from(owner.staff_id),
            Upload.attached_to.is_(None),
            or_(Upload.expires_at.is_(None), Upload.expires_at > func.clock_timestamp()),
        )
        .values(attached_to=to, expires_at=None)
        .returning(Upload.id),
        execution_options={"synchronize_session": False},
    ).all()
    if len(used) != len(names):
        raise UploadNotFound(param="pictures")


def release(session: Session, names: Sequence[str], of: str) -> None:
    """Let go of uploads that `of` used: the next sweep takes them, unless a column names them."""
    referred = select(UploadReference).where(UploadReference.name == Upload.name).exists()
    if names:
        session.execute(
            update(Upload)
            .where(Upload.name.in_(names), Upload.attached_to == of)
            .values(
                attached_to=None, expires_at=case((referred, None), else_=func.clock_timestamp())
            )
            .execution_options(synchronize_session=False)
        )


def sweep(batch: int = 200) -> int:
    """Look at up to `batch` uploads that nobody used within a day; how many there were.

    An expired one can't be used any more, so its bytes may go before its row does. One that
    somebody began to use in its last moment is locked, and passed over.
    """
    expired = Upload.expires_at <= func.clock_timestamp()
    with transaction() as session:
        due = session.scalars(
            select(Upload.name)
            .where(expired)
            .order_by(Upload.expires_at)
            .limit(batch)
            .with_for_update(skip_locked=True)
        ).all()
        names = keep_repeated(session, list(due))
    place = storage()
    for name in names:
        place.delete(name)
        if not is_video(name):
            place.delete(thumbnail_name(name))
    with transaction() as session:
        session.execute(delete(Upload).where(Upload.name.in_(names), expired))
    return len(due)
