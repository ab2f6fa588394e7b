"""Pictures: what is taken, what is left out of them, who may use and who may see them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.uploads import commands
from mall.uploads.commands import Owner, attach, sweep
from mall.uploads.errors import PictureInvalid, UploadNotFound
from mall.uploads.models import Upload
from mall.uploads.names import thumbnail_name
from mall.uploads.pictures import MAX_BYTES, MAX_EDGE, THUMBNAIL_EDGE, clean
from mall.uploads.storage import Storage
from tests.support.aftersales import picture, send_picture, upload
from tests.support.http import Http, error_code
from tests.support.users import make_shopper


@pytest.fixture
def shopper(http: Http) -> Http:
    return http.as_(make_shopper()[1])


@pytest.mark.parametrize(
    ("kind", "suffix", "type_"),
    [("JPEG", "jpg", "image/jpeg"), ("PNG", "png", "image/png"), ("WEBP", "webp", "image/webp")],
)
def test_taken_and_served_with_safe_headers(  # noqa: PLR0917 - fixtures come as arguments
    place: Storage, http: Http, shopper: Http, kind: str, suffix: str, type_: str
) -> None:
    taken = send_picture(shopper, picture(kind, (3000, 1500))).get_json()
    assert taken["name"].endswith(f".{suffix}"), "by its content, not by evil.html"
    assert (taken["width"], taken["height"]) == (MAX_EDGE, MAX_EDGE // 2)
    for url, edge in ((taken["url"], MAX_EDGE), (taken["thumbnail_url"], THUMBNAIL_EDGE)):
        shown = http.get(url)
        assert (shown.status_code, shown.content_type) == (200, type_)
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in shown.headers["Cache-Control"]
        assert shown.headers["Content-Disposition"].startswith("inline;")
        assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        with Image.open(BytesIO(shown.data)) as seen:
            assert (max(seen.size), seen.format) == (edge, kind)


def test_where_the_phone_was_stays_with_the_phone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretMaker"
    exif[0x0112] = 6  # held upright: turned by a quarter
    exif.get_ifd(0x8825)[2] = (30.0, 16.0, 12.5)
    raw = picture("JPEG", (60, 40), exif=exif.tobytes(), comment=b"secret comment")
    raw += b"<script>alert(1)</script>"
    found = clean(raw)
    for data in (found.full, found.thumbnail):
        assert b"Secret" not in data
        assert b"secret" not in data
        assert b"script" not in data
        with Image.open(BytesIO(data)) as seen:
            assert not seen.getexif()
            assert seen.size == (40, 60), "as it was seen on the phone"


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG that says it is huge."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + header + b"\0" * 64


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 64,
        picture("GIF"),
        picture("BMP"),
        picture()[:300],
        picture("PNG", (300, 300))[:-40],
        bomb(50_000, 50_000),
        bomb(0, 0),
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
    ],
    ids=["empty", "svg", "gif", "a real gif", "bmp", "cut jpg", "cut png", "bomb", "zero", "junk"],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(PictureInvalid):
        clean(raw)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "1", "I;16"])
def test_every_kind_of_colour_is_understood(mode: str) -> None:
    out = BytesIO()
    kind = "JPEG" if mode in ("L", "CMYK") else "PNG"
    Image.new(mode, (30, 20)).save(out, kind)
    found = clean(out.getvalue())
    assert (found.width, found.height) == (30, 20)


def test_a_body_that_is_too_large_or_has_no_picture(shopper: Http) -> None:
    large = send_picture(shopper, b"\0" * (MAX_BYTES + 1))
    assert (large.status_code, error_code(large)) == (413, "body_too_large")
    huge = send_picture(shopper, b"\0" * (MAX_BYTES * 2))
    assert (huge.status_code, error_code(huge)) == (413, "body_too_large")
    empty = shopper.post("/api/v1/uploads", {"file": "x"})
    assert (empty.status_code, error_code(empty)) == (422, "picture_missing")
    text_ = send_picture(shopper, b"hello")
    assert (text_.status_code, error_code(text_)) == (422, "picture_invalid")
    assert db.session.scalars(select(Upload.id)).all() == []


def test_more_than_a_mb_is_taken(shopper: Http) -> None:
    """Its limit is its own: other bodies end at MALL_MAX_BODY_BYTES."""
    noise = Image.effect_noise((1400, 1400), 100).convert("RGB")
    out = BytesIO()
    noise.save(out, "PNG")
    assert 1_500_000 < len(out.getvalue()) < MAX_BYTES
    assert upload(shopper, out.getvalue())


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "a.jpg", "0" * 32 + ".svg", "0" * 32 + ".jpg", ".", "x\n"]
)
def test_made_up_names_are_not_found(http: Http, name: str) -> None:
    answer = http.get(f"/api/v1/uploads/{name}")
    assert answer.status_code == 404


def test_only_its_owner_uses_it_and_once(app: Flask, http: Http) -> None:
    (mine, token), (theirs, _) = make_shopper(), make_shopper()
    name = upload(http.as_(token))
    for owner in (Owner(user_id=theirs), Owner(staff_id=mine)):
        with pytest.raises(UploadNotFound), transaction() as session:
            attach(session, owner, [name], "x")
    with transaction() as session:
        attach(session, Owner(user_id=mine), [name], "x")
    with pytest.raises(UploadNotFound), transaction() as session:
        attach(session, Owner(user_id=mine), [name], "y")


def a_day_passes() -> None:
    db.session.execute(text("UPDATE uploads SET expires_at = expires_at - interval '25 hours'"))
    db.session.commit()


def test_unused_ones_go_after_a_day(app: Flask, place: Storage, http: Http) -> None:
    user_id, token = make_shopper()
    used, unused = upload(http.as_(token)), upload(http.as_(token))
    with transaction() as session:
        attach(session, Owner(user_id=user_id), [used], "x")
    assert sweep() == 0
    a_day_passes()
    with pytest.raises(UploadNotFound), transaction() as session:
        attach(session, Owner(user_id=user_id), [unused], "x")
    assert sweep() == 1
    assert db.session.scalars(select(Upload.name)).all() == [used]
    for name, there in ((used, True), (unused, False)):
        for file in (name, thumbnail_name(name)):
            found = place.open(file)
            assert (found is not None) == there
            if found is not None:
                found.close()


def test_not_too_many_wait_at_once(shopper: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MAX_WAITING", 2)
    upload(shopper), upload(shopper)
    third = send_picture(shopper, picture())
    assert (third.status_code, error_code(third)) == (429, "too_many_uploads")
    a_day_passes()
    upload(shopper)
