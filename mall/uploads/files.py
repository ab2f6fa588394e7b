"""Bytes against rows: files that nothing names, and uploads whose bytes are gone.

Neither comes of a crash: a row is written before its bytes and removed after them. They come of
a disk that was lost, or of a backup of one of the two.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.clock import utc_now
from mall.kernel.db import Base, transaction
from mall.kernel.invariants import AttentionList, Rows
from mall.kernel.uploaded import stored_files
from mall.uploads.names import is_video, thumbnail_name
from mall.uploads.storage import StorageUnavailable, storage

ALL_AT_ONCE = 20_000
"""Up to so many uploads are looked at each time; of more, one part in 256, in turn."""
_PREFIXES = [f"{number:02x}" for number in range(256)]
_TURN_S = 600
_LASTING = text(
    "SELECT name FROM uploads WHERE name LIKE :start"
    " AND (expires_at IS NULL OR expires_at > clock_timestamp() + interval '1 hour')"
    " AND created_at < clock_timestamp() - interval '10 minutes'"
)


def misplaced(prefix: str) -> Rows:
    """What is wrong among the names that begin so: `file_unknown`, `file_missing`."""
    kept = set(storage().names(prefix))
    with transaction() as session:
        unknown = kept - _named(session, prefix)
        lasting = set(session.scalars(_LASTING, {"start": f"{prefix}%"}))
    if unknown:  # unless it was just removed, and its row with it
        unknown &= set(storage().names(prefix))
    missing = sorted(_files(lasting) - kept)
    return [
        *({"file": name, "fault": "file_unknown"} for name in sorted(unknown)),
        *({"file": name, "fault": "file_missing"} for name in missing),
    ]


def _named(session: Session, prefix: str) -> set[str]:
    """All files that some row names."""
    asked = " UNION ALL ".join(
        f"SELECT {column} FROM {table} WHERE {column} LIKE :start"  # noqa: S608 - of the models
        for table, column in stored_files(Base.metadata)
    )
    return _files(set(session.scalars(text(asked), {"start": f"{prefix}%"})))


def _files(names: set[str]) -> set[str]:
    return names | {thumbnail_name(name) for name in names if not is_video(name)}


def _in_turn() -> Rows:
    with transaction() as session:
        some = "SELECT count(*) FROM (SELECT FROM uploads LIMIT :most) found"
        count = session.scalar(text(some), {"most": ALL_AT_ONCE + 1}) or 0
    turn = int(utc_now().timestamp()) // _TURN_S % len(_PREFIXES)
    prefixes = _PREFIXES if count <= ALL_AT_ONCE else [_PREFIXES[turn]]
    try:
        return [row for prefix in prefixes for row in misplaced(prefix)]
    except StorageUnavailable as fault:
        return [{"file": "", "fault": fault.code}]


FILES = AttentionList(
    "stored_files",
    "Stored files that nothing names, and uploads without a file",
    "无人引用的文件，或缺少文件的上传",
    find=_in_turn,
    reads_storage=True,
)
