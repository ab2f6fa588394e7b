"""A bucket of a store that speaks S3: Amazon's, MinIO, Aliyun OSS, Tencent COS …

Imported only where the configuration asks for it, since boto3 is an extra.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
import structlog
from botocore.config import Config as ClientConfig  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mall.config import Config
from mall.uploads.names import type_of
from mall.uploads.storage import (
    CHUNK_BYTES,
    ByteRange,
    Opened,
    RangeNotSatisfiable,
    StorageUnavailable,
)

_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)", re.ASCII)


class Bucket:
    """Objects of one bucket. The key needs s3:GetObject, PutObject, DeleteObject, and
    s3:ListBucket, without which some stores answer 403 for what isn't there."""

    def __init__(self, config: Config) -> None:
        self._bucket = config.s3_bucket
        self._client = boto3.session.Session().client(
            "s3",
            endpoint_url=config.s3_endpoint or None,
            region_name=config.s3_region,
            aws_access_key_id=config.s3_access_key_id,
            aws_secret_access_key=config.s3_secret_access_key,
            config=ClientConfig(
                connect_timeout=3,
                read_timeout=15,
                retries={"total_max_attempts": 3, "mode": "standard"},
                max_pool_connections=16,
                signature_version="s3v4",
                s3={"addressing_style": config.s3_addressing},
                # The trailing checksums of new boto3 are Amazon's alone.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, name: str, data: bytes) -> None:
        with _store_errors("put"):
            self._client.put_object(
                Bucket=self._bucket, Key=name, Body=data, ContentType=type_of(name)
            )

    def open(self, name: str, byte_range: ByteRange | None = None) -> Opened | None:
        more = {} if byte_range is None else {"Range": _range_header(byte_range)}
        try:
            with _store_errors("get"):
                found = self._client.get_object(Bucket=self._bucket, Key=name, **more)
        except _Gone:
            return None
        body, length = found["Body"], int(found["ContentLength"])
        first, total = _first_and_total(found.get("ContentRange"), length)
        return Opened(total, first, length, _chunks(body), body.close)

    def delete(self, name: str) -> None:
        with _store_errors("delete"):
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def names(self, prefix: str) -> Iterator[str]:
        with _store_errors("list"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (found["Key"] for found in page.get("Contents", ()))


class _Gone(Exception):
    """No such object."""


def _range_header(byte_range: ByteRange) -> str:
    first, end = byte_range
    if first < 0:
        return f"bytes={first}"
    return f"bytes={first}-" if end is None else f"bytes={first}-{end - 1}"


def _first_and_total(content_range: str | None, length: int) -> tuple[int, int]:
    """First byte and total, of a whole answer or of a part."""
    found = _RANGE.fullmatch(content_range or "")
    return (int(found[1]), int(found[3])) if found else (0, length)


def _chunks(body: Any) -> Iterator[bytes]:
    with _store_errors("read"):
        yield from body.iter_chunks(CHUNK_BYTES)


@contextmanager
def _store_errors(what: str) -> Iterator[None]:
    """The store's errors as ours. Its words go to the log, never to a client."""
    try:
        yield
    except ClientError as refusal:
        error: dict[str, Any] = dict(refusal.response.get("Error", {}))
        code = str(error.get("Code", ""))
        if code in _GONE:
            raise _Gone from None
        if code in ("InvalidRange", "416"):
            size = str(error.get("ActualObjectSize", ""))
            raise RangeNotSatisfiable(int(size) if size.isdigit() else None) from None
        structlog.get_logger("mall.uploads").error("store refused", what=what, code=code)
        raise StorageUnavailable from None
    except BotoCoreError as fault:
        name = type(fault).__name__
        structlog.get_logger("mall.uploads").error("store unreachable", what=what, fault=name)
        raise StorageUnavailable from None
