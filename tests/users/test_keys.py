"""A new key: everything is re-sealed under it, and nothing is lost."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.config import Config
from mall.kernel import rotation
from mall.kernel.db import db
from mall.kernel.sealed import init_sealer
from mall.users import phones
from mall.users.models import User
from mall.users.queries import address_snapshot
from tests.support.users import make_address, make_shopper


@pytest.fixture
def old(app: Flask, config: Config) -> Iterator[str]:
    """The keys in force; they are again afterwards."""
    yield config.personal_data_keys
    init_sealer(app, config)


def use_keys(app: Flask, config: Config, keys: str) -> None:
    init_sealer(app, replace(config, personal_data_keys=keys))
    db.session.rollback()


def rotate() -> int:
    return sum(sum(rotation.reseal(column)) for column in rotation.sealed_columns())


def test_everything_is_resealed(
    app: Flask, config: Config, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    made = [make_shopper(phone=f"1381234567{n}")[0] for n in range(8)]
    make_shopper()
    places = [make_address(user_id) for user_id in made[:4]]
    fresh = "next:" + base64.b64encode(os.urandom(32)).decode()
    use_keys(app, config, f"{fresh},{old}")
    assert sum(rotation.waiting(column) for column in rotation.sealed_columns()) == 12
    assert rotate() == 12
    assert rotate() == 0
    assert sum(rotation.waiting(column) for column in rotation.sealed_columns()) == 0

    use_keys(app, config, fresh)  # the old key is gone
    user = db.session.scalars(select(User).where(User.id == made[3])).one()
    assert phones.masked_phone(user) == "138****5673"
    assert user.phone_index == phones.index_of("13812345673")
    assert address_snapshot(db.session(), made[3], places[3]).receiver == "张三"


def test_a_missing_key_stops_it_with_nothing_lost(app: Flask, config: Config, old: str) -> None:
    make_shopper(phone="13812345678")
    before = db.session.scalar(text("SELECT phone_sealed FROM users"))
    use_keys(app, config, "other:" + base64.b64encode(os.urandom(32)).decode())
    with pytest.raises(KeyError, match="test"):
        rotate()
    assert db.session.scalar(text("SELECT phone_sealed FROM users")) == before


def test_the_known_columns_declare_themselves() -> None:
    names = {column.name for column in rotation.sealed_columns()}
    assert {"users.phone_sealed", "addresses.contact_sealed"} <= names
    unnamed = {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert unnamed <= names
