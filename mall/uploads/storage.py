"""Where the bytes of uploads are. One interface: a directory, or a store that speaks S3."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from flask import Flask, current_app

from mall.config import Config, ConfigurationError
from mall.kernel.errors import MallError, Unavailable

_EXTENSION = "mall.uploads_storage"
CHUNK_BYTES = 64 * 1024
ByteRange = tuple[int, int | None]
"""The first byte and the one behind the last (None: to the end); (-n, None) is the last n."""


class RangeNotSatisfiable(MallError):
    """The bytes end before the range begins."""

    status = 416
    code = "range_not_satisfiable"
    message = "请求的范围无效"

    def __init__(self, total: int | None = None) -> None:
        """`total` bytes are told to the client (RFC 9110, 15.5.17), where they are known."""
        told = {} if total is None else {"Content-Range": f"bytes */{total}"}
        super().__init__(headers=told)


class StorageUnavailable(Unavailable):
    """The store doesn't answer, or refuses us."""

    code = "storage_unavailable"


@dataclass(frozen=True)
class Opened:
    """Bytes to be sent: `length` of `total`, from `first` on. Must be closed."""

    total: int
    first: int
    length: int
    chunks: Iterator[bytes]
    close: Callable[[], None]

    def read(self) -> bytes:
        """All of them; closes."""
        try:
            return b"".join(self.chunks)
        finally:
            self.close()


class Storage(Protocol):
    """Named bytes that never change. Names are ours, never a client's.

    Each raises StorageUnavailable when the store can't be asked.
    """

    def put(self, name: str, data: bytes) -> None:
        """Keep `data`, whole or not at all."""
        ...

    def open(self, name: str, byte_range: ByteRange | None = None) -> Opened | None:
        """The bytes, or a range of them; None for a name that isn't there.

        Raises RangeNotSatisfiable.
        """
        ...

    def delete(self, name: str) -> None:
        """Forget the bytes; nothing happens when they are gone already."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """What is kept under names that begin with these two hex digits."""
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

    def open(self, name: str, byte_range: ByteRange | None = None) -> Opened | None:
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            return None
        try:
            total = os.fstat(file.fileno()).st_size
            first, length = resolve_range(byte_range, total)
        except BaseException:
            file.close()
            raise
        file.seek(first)
        return Opened(total, first, length, _chunks(file, length), file.close)

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self, prefix: str) -> Iterator[str]:
        folder = self._root / prefix
        if folder.is_dir():
            # A hidden one is a draft that is being written, or was when its writer was killed.
            yield from (found.name for found in folder.iterdir() if found.name[0] != ".")


def resolve_range(byte_range: ByteRange | None, total: int) -> tuple[int, int]:
    """First and length of a range of `total` bytes. Raises RangeNotSatisfiable."""
    first, end = byte_range or (0, None)
    if first < 0:
        first = max(total + first, 0)
    end = total if end is None else min(end, total)
    if byte_range is not None and first >= end:
        raise RangeNotSatisfiable(total)
    return first, end - first


def _chunks(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length and (chunk := file.read(min(CHUNK_BYTES, length))):
        length -= len(chunk)
        yield chunk


def init_storage(app: Flask, config: Config) -> None:
    """Give the app the storage of the configuration; nothing is opened before the first use.

    Raises ConfigurationError where what it needs isn't installed.
    """
    app.extensions[_EXTENSION] = _storage(config)


def _storage(config: Config) -> Storage:
    if config.uploads_storage == "disk":
        return LocalDisk(Path(config.uploads_dir).resolve())
    try:
        # By name: whoever keeps uploads on a disk doesn't install boto3.
        bucket: Callable[[Config], Storage] = import_module("mall.uploads.s3").Bucket
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"MALL_UPLOADS_STORAGE=s3 needs the package {missing.name}, which isn't installed: "
            "pip install 'mall[s3]'"
        ) from None
    return bucket(config)


def storage() -> Storage:
    """The app's storage."""
    return cast(Storage, current_app.extensions[_EXTENSION])
