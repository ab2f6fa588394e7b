"""Holding an upload and sweeping it at the same time; bytes and rows that don't agree."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from mall.kernel.db import db, transaction
from mall.uploads.commands import sweep
from mall.uploads.files import misplaced
from mall.uploads.storage import Storage
from tests.catalog.test_admin import ADMIN
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.uploads import PATH, days_later, done, sent, there


def test_bytes_without_a_row_and_a_row_without_bytes_are_found(place: Storage, staff: Http) -> None:
    lost, sound = sent(staff)["name"], sent(staff)["name"]
    done(staff.post(f"{ADMIN}/brands", {"name": "甲", "image": lost}), 201)
    done(staff.post(f"{ADMIN}/brands", {"name": "乙", "image": sound}), 201)
    with transaction() as session:
        session.execute(text("UPDATE uploads SET created_at = now() - interval '1 hour'"))
    place.delete(lost)
    stray = lost[:2] + "f" * 30 + ".png"
    place.put(stray, b"x")
    found = [row for row in misplaced(lost[:2]) if row["file"] in (lost, sound, stray)]
    assert found == [
        {"file": stray, "fault": "file_unknown"},
        {"file": lost, "fault": "file_missing"},
    ]
    place.delete(stray)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_an_upload_that_is_used_in_its_last_moment_is_not_swept(
    app: Flask, http: Http, staff: Http, guarded: bool
) -> None:
    """The product is being saved while the upload expires and the sweep comes by."""
    name = sent(staff)["name"]
    with transaction() as session:
        session.execute(text("UPDATE uploads SET expires_at = now() + interval '300 ms'"))
    with db.engine.connect() as saving:
        if guarded:
            saving.execute(
                text("INSERT INTO brands (name, image) VALUES ('甲', :image)"),
                {"image": PATH + name},
            )
        _until(db.engine, name)
        sweep()
        assert there(http, name) == guarded
        saving.commit()
    check_invariants()


def _until(engine: Engine, name: str) -> None:
    """Wait in the database until the upload has expired, by its clock."""
    with engine.connect() as other:
        other.execute(
            text(
                "SELECT pg_sleep(greatest(0, extract(epoch FROM expires_at - clock_timestamp()))"
                " + 0.02) FROM uploads WHERE name = :name"
            ),
            {"name": name},
        )


def test_products_that_share_a_picture_take_and_drop_it_at_once(
    app: Flask, http: Http, staff: Http
) -> None:
    """Whoever comes last decides whether the picture stays: it is neither lost nor left over."""
    name = sent(staff)["name"]
    brands = [done(staff.post(f"{ADMIN}/brands", {"name": f"甲{n}"}), 201)["id"] for n in range(6)]
    done(staff.put(f"{ADMIN}/brands/{brands[0]}", {"name": "甲0", "image": name}), 204)

    def turn(number: int) -> None:
        body = {"name": f"甲{number}", "image": "" if number == 0 else name}
        for _ in range(3):
            done(staff.put(f"{ADMIN}/brands/{brands[number]}", body), 204)
            body["image"] = "" if body["image"] else name

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn, range(6)))
    check_invariants()
    for number, brand in enumerate(brands):
        done(staff.put(f"{ADMIN}/brands/{brand}", {"name": f"甲{number}"}), 204)
    check_invariants()
    days_later()
    assert not there(http, name)
