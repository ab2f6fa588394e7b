"""What every storage promises, asked of each."""

from __future__ import annotations

import builtins
import sys
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from mall.application import create_app
from mall.config import Config, ConfigurationError
from mall.uploads.storage import (
    CHUNK_BYTES,
    ByteRange,
    Opened,
    RangeNotSatisfiable,
    Storage,
    StorageUnavailable,
    init_storage,
    storage,
)
from tests.support.http import Http, error_code

NAME = "0123456789abcdef0123456789abcdef.jpg"
DATA = bytes(range(256)) * 1000


def opened(place: Storage, name: str, byte_range: ByteRange | None = None) -> Opened:
    found = place.open(name, byte_range)
    assert found is not None
    return found


def test_kept_opened_and_forgotten(place: Storage) -> None:
    assert place.open(NAME) is None
    place.put(NAME, DATA)
    found = opened(place, NAME)
    assert (found.total, found.first, found.length) == (len(DATA), 0, len(DATA))
    assert found.read() == DATA
    place.delete(NAME)
    assert place.open(NAME) is None
    place.delete(NAME)


@pytest.mark.parametrize(
    ("byte_range", "first", "data"),
    [
        ((0, 2), 0, DATA[:2]),
        ((0, None), 0, DATA),
        (
            (CHUNK_BYTES - 1, CHUNK_BYTES + 2),
            CHUNK_BYTES - 1,
            DATA[CHUNK_BYTES - 1 : CHUNK_BYTES + 2],
        ),
        ((255_990, 10**9), 255_990, DATA[-10:]),
        ((-5, None), 255_995, DATA[-5:]),
        ((-(10**9), None), 0, DATA),
    ],
)
def test_a_byte_range(place: Storage, byte_range: ByteRange, first: int, data: bytes) -> None:
    place.put(NAME, DATA)
    found = opened(place, NAME, byte_range)
    assert (found.total, found.first, found.length) == (len(DATA), first, len(data))
    assert found.read() == data


def test_a_byte_range_behind_the_end(place: Storage) -> None:
    place.put(NAME, DATA)
    with pytest.raises(RangeNotSatisfiable):
        place.open(NAME, (len(DATA), None))


@pytest.mark.parametrize(
    ("asked", "status", "range_", "length"),
    [
        ({}, 200, None, 256_000),
        ({"Range": "bytes=0-1"}, 206, "bytes 0-1/256000", 2),
        ({"Range": "bytes=0-"}, 206, "bytes 0-255999/256000", 256_000),
        ({"Range": "bytes=-100"}, 206, "bytes 255900-255999/256000", 100),
        ({"Range": "bytes=0-1,5-6"}, 200, None, 256_000),
        ({"Range": "lines=0-1"}, 200, None, 256_000),
        ({"Range": "bytes=x"}, 200, None, 256_000),
        ({"Range": "bytes=0-1", "If-Range": f'"{NAME[:32]}"'}, 206, "bytes 0-1/256000", 2),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200, None, 256_000),
        ({"If-None-Match": f'"{NAME[:32]}"'}, 304, None, None),
    ],
)
def test_answers_to_ranges(  # noqa: PLR0917 - fixtures come as arguments
    place: Storage,
    http: Http,
    asked: dict[str, str],
    status: int,
    range_: str | None,
    length: int | None,
) -> None:
    place.put(NAME, DATA)
    for method in ("GET", "HEAD"):
        answer = http.call(method, f"/api/v1/uploads/{NAME}", headers=asked)
        assert (answer.status_code, answer.headers.get("Content-Range")) == (status, range_)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if length is not None:
            assert answer.content_length == length
            assert len(answer.data) == (length if method == "GET" else 0)


def test_a_range_behind_the_end_is_told(place: Storage, http: Http) -> None:
    place.put(NAME, DATA)
    answer = http.call("GET", f"/api/v1/uploads/{NAME}", headers={"Range": "bytes=256000-"})
    assert (answer.status_code, error_code(answer)) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_a_store_that_is_away_is_a_503(
    app: Flask, http: Http, config: Config, s3_config: Config
) -> None:
    away = replace(s3_config, s3_endpoint="http://127.0.0.1:9")
    stranger = replace(s3_config, s3_bucket="no-such-bucket")
    try:
        for changed in (away, stranger):
            init_storage(app, changed)
            with pytest.raises(StorageUnavailable):
                storage().put(NAME, DATA)
            with pytest.raises(StorageUnavailable):
                storage().open(NAME)
            answer = http.get(f"/api/v1/uploads/{NAME}")
            assert (answer.status_code, error_code(answer)) == (503, "storage_unavailable")
    finally:
        init_storage(app, config)


def test_what_to_install_is_told(
    s3_config: Config, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_boto3(name: str, *args: Any, **more: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "boto3":
            raise ModuleNotFoundError("No module named 'boto3'", name="boto3")
        return real(name, *args, **more)

    monkeypatch.delitem(sys.modules, "mall.uploads.s3", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_boto3)
    with pytest.raises(ConfigurationError, match=r"boto3.*pip install 'mall\[s3\]'"):
        create_app(s3_config)
    create_app(config)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"MALL_UPLOADS_STORAGE": "ftp"}, "MALL_UPLOADS_STORAGE"),
        ({"MALL_S3_BUCKET": ""}, "MALL_S3_BUCKET"),
        ({"MALL_S3_SECRET_ACCESS_KEY": ""}, "MALL_S3_SECRET_ACCESS_KEY"),
        ({"MALL_S3_ADDRESSING": "x"}, "MALL_S3_ADDRESSING"),
        ({"MALL_S3_ENDPOINT": "minio:9000"}, "MALL_S3_ENDPOINT"),
        ({"MALL_ENV": "production", "MALL_S3_ENDPOINT": "http://minio:9000"}, "https"),
        ({"MALL_ENV": "production", "MALL_S3_SECRET_ACCESS_KEY": "minioadmin"}, "everybody"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(
    environment: dict[str, str], change: dict[str, str], fault: str
) -> None:
    good = {
        "MALL_UPLOADS_STORAGE": "s3",
        "MALL_S3_BUCKET": "pictures",
        "MALL_S3_REGION": "cn-hangzhou",
        "MALL_S3_ACCESS_KEY_ID": "AK",
        "MALL_S3_SECRET_ACCESS_KEY": "a-long-secret",
    }
    Config.from_env({**environment, **good})
    with pytest.raises(ConfigurationError, match=fault):
        Config.from_env({**environment, **good, **change})
