"""Videos: what is taken, what is blanked in them, who may use them, how they are played."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.kernel.db import db
from mall.uploads import commands
from mall.uploads.commands import sweep
from mall.uploads.errors import VideoInvalid
from mall.uploads.storage import Storage
from mall.uploads.videos import MAX_BYTES, MAX_SECONDS, clean_video
from tests.support.aftersales import AfterSalesShop
from tests.support.http import Http, error_code
from tests.support.orders import buy, make_buyer, make_goods
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.videos import WHERE, box, full, located, mp4, track

VIDEOS = "/api/v1/videos"


@pytest.fixture
def shopper(http: Http) -> Http:
    return http.as_(make_shopper()[1])


def send(http: Http, raw: bytes, path: str = VIDEOS) -> TestResponse:
    headers = {"Authorization": f"Bearer {http.token}"}
    form = {"file": (BytesIO(raw), "evil.html", "text/html")}
    with http.app.app_context(), http.app.test_client() as client:
        return client.post(path, data=form, headers=headers)


def test_taken_and_played(place: Storage, http: Http, shopper: Http) -> None:
    raw = mp4(seconds=3.5)
    taken = send(shopper, raw).get_json()
    assert taken["name"].endswith(".mp4"), "by its content, not by evil.html"
    assert (taken["width"], taken["height"], taken["duration_ms"]) == (640, 360, 3500)
    whole = http.get(taken["url"])
    assert (whole.status_code, whole.content_type) == (200, "video/mp4")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"frames of the film" in whole.data
    # What AVPlayer of iOS asks first; it plays nothing without a 206.
    first = http.call("GET", taken["url"], headers={"Range": "bytes=0-1"})
    assert (first.status_code, first.data) == (206, raw[:2])
    assert first.headers["Content-Range"] == f"bytes 0-1/{len(raw)}"
    assert http.get(taken["url"].replace(".mp4", "_small.mp4")).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        mp4(moov=located()),
        mp4(track(extra=located())),
        mp4(behind=box(b"uuid", bytes(16), b"<x:xmpmeta>", WHERE)),
        mp4(behind=full(b"meta", WHERE)),
        mp4(behind=box(b"free", WHERE)),
        mp4(moov=full(b"meta", box(b"keys", b"com.apple.quicktime.location"), WHERE)),
        mp4(moov=struct.pack(">I4sQ", 1, b"uuid", 16 + len(WHERE)) + WHERE),
        mp4(behind=struct.pack(">I4s", 0, b"skip") + WHERE),
    ],
    ids=["moov udta", "trak udta", "xmp", "meta", "free", "quicktime", "large", "to the end"],
)
def test_where_the_phone_was_is_blanked_in_place(raw: bytes) -> None:
    assert WHERE in raw
    found = clean_video(raw).data
    assert WHERE not in found
    assert len(found) == len(raw), "or every offset would be wrong"
    frames = raw.index(b"frames")
    assert found[frames : frames + 100] == raw[frames : frames + 100]
    assert clean_video(found).data == found, "what is left is a clean video"


def test_when_and_with_what_is_blanked_too() -> None:
    for version in (0, 1):
        raw = mp4(version=version)
        found = clean_video(raw).data
        for n in range(1, 5):
            time = struct.pack(">I", 0xC0FFEE00 + n)
            assert (time in raw, time in found) == (True, False)
        assert (b"Secret Camera" in raw, b"Secret Camera" in found) == (True, False)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x1aE\xdf\xa3" + b"\0" * 64,
        b"<html>" + b"x" * 100,
        mp4()[:-10],
        mp4() + b"<script>",
        mp4(brand=b"qt  "),
        mp4(brand=b"heic").replace(b"mp42", b"mif1"),
        mp4(seconds=MAX_SECONDS + 1),
        mp4(track(seconds=MAX_SECONDS + 1), seconds=1),
        mp4(seconds=0),
        mp4(track(size=(8000, 8000))),
        mp4(track(size=(0, 0))),
        mp4(track(b"soun", b"mp4a")),
        mp4(track(), track()),
        mp4(track(codec=b"jpeg")),
        mp4(track(), track(b"meta", b"mebx")),
        mp4(track(), track(b"text", b"tx3g")),
        mp4(track(flags=0)),
        mp4(moov=box(b"mvex")),
        mp4(behind=box(b"moof")),
        mp4(behind=box(b"moov")),
        mp4(moov=box(b"free") * 3000),
        mp4(moov=struct.pack(">I4s", 2**31, b"udta")),
        mp4(moov=struct.pack(">I4sQ", 1, b"udta", 2**63)),
        mp4(moov=struct.pack(">I4sQ", 1, b"udta", 3)),
        box(b"ftyp", b"isom", bytes(4)) + box(b"moov"),
    ],
)
def test_what_is_no_short_video_is_refused(raw: bytes) -> None:
    with pytest.raises(VideoInvalid):
        clean_video(raw)


GOOD = mp4(moov=located())


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(GOOD)),
)
@settings(max_examples=400, deadline=None)
def test_broken_files_break_nothing(changes: list[tuple[int, int]], cut: int) -> None:
    raw = bytearray(GOOD if cut % 2 else GOOD[:cut])
    for at, value in changes:
        if at < len(raw):
            raw[at] = value
    try:
        found = clean_video(bytes(raw))
    except VideoInvalid:
        return
    assert len(found.data) == len(raw)
    assert 0 < found.duration_ms <= MAX_SECONDS * 1000
    assert clean_video(found.data).data == found.data


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_noise_breaks_nothing(noise: bytes, size: int) -> None:
    for raw in (noise, GOOD[:28] + noise, mp4(moov=struct.pack(">I4s", size, b"trak") + noise)):
        with pytest.raises(VideoInvalid):
            clean_video(raw)


def test_too_large_missing_or_a_picture(shopper: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    large = send(shopper, b"\0" * (MAX_BYTES + 1))
    assert (large.status_code, error_code(large)) == (413, "body_too_large")
    missing = shopper.post(VIDEOS, {"file": "x"})
    assert (missing.status_code, error_code(missing)) == (422, "video_missing")
    wrong = send(shopper, mp4(), "/api/v1/uploads")
    assert (wrong.status_code, error_code(wrong)) == (422, "picture_invalid")
    monkeypatch.setattr(commands, "MAX_VIDEOS_WAITING", 1)
    assert send(shopper, mp4()).status_code == 201
    more = send(shopper, mp4())
    assert (more.status_code, error_code(more)) == (429, "too_many_uploads")


def test_a_note_takes_videos(app: Flask, http: Http) -> None:
    buyer = make_buyer()
    order_no = buy(buyer, {make_goods(): 1})
    shopper = http.as_(buyer.token)
    video = send(shopper, mp4()).get_json()
    path = f"/api/v1/orders/{order_no}/dispute-notes"
    said = shopper.post(path, {"text": "坏了", "videos": [video["name"]]})
    assert said.status_code == 201, said.get_json()
    shown = [{"name": video["name"], "url": video["url"]}]
    assert (said.get_json()["videos"], said.get_json()["pictures"]) == (shown, [])
    again = shopper.post(path, {"text": "坏了", "videos": [video["name"]]})
    assert error_code(again) == "upload_not_found"
    for wrong in ({"pictures": [video["name"]]}, {"videos": ["0" * 32 + ".jpg"]}):
        assert shopper.post(path, {"text": "坏了", **wrong}).status_code == 422

    clerk = http.as_(make_staff("upload:write", "aftersale:write", "aftersale:read"))
    theirs = send(clerk, mp4(), "/admin/api/v1/videos").get_json()["name"]
    answer = clerk.post(f"/admin{path}", {"text": "看看", "videos": [theirs]})
    assert [one["name"] for one in answer.get_json()["videos"]] == [theirs]


def test_an_after_sale_shows_its_videos(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> None:
    shop = AfterSalesShop(app, simulator, work)
    order_no = shop.bought(1)
    video = send(shop.shopper, mp4()).get_json()
    asked = shop.apply(order_no, 1, videos=[video["name"]])
    assert asked.status_code == 201, asked.get_json()
    assert asked.get_json()["videos"] == [{"name": video["name"], "url": video["url"]}]


def test_unused_ones_go_after_a_day(place: Storage, shopper: Http) -> None:
    name = send(shopper, mp4()).get_json()["name"]
    db.session.execute(text("UPDATE uploads SET expires_at = expires_at - interval '25 hours'"))
    db.session.commit()
    assert sweep() == 1
    assert place.open(name) is None
