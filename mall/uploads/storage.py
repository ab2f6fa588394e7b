"""Where the bytes of uploads are. One interface, so that they may move off this disk."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import BinaryIO, Protocol

from mall.config import current_settings


class Storage(Protocol):
    """Named bytes that never change. Names are ours, never a client's."""

    def put(self, name: str, data: bytes) -> None:
        """Keep `data`, whole or not at all."""
        ...

    def open(self, name: str) -> BinaryIO | None:
        """The bytes to read; None for a name that isn't there."""
        ...

    def delete(self, name: str) -> None:
        """Forget the bytes; nothing happens when they are gone already."""
        ...


class LocalDisk:
    """Files of one directory, spread over 256 folders. Several hosts need it shared."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name

    def put(self, name: str, data: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO | None:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            return None

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)


def storage() -> Storage:
    """The storage of the settings."""
    return LocalDisk(Path(current_settings().uploads_dir).resolve())
