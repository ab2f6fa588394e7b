"""Addresses: sealed, the shopper's own, one default."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from mall.kernel.errors import NotFound
from mall.users.addressing import AddressSnapshot
from mall.users.queries import address_snapshot
from mall.users.regions import joined
from mall.users.settings import PHONES_ABROAD
from tests.support.http import Http, error_code
from tests.support.settings import set_setting
from tests.support.users import WEST_LAKE, make_address, make_regions, make_shopper

GOOD = {
    "receiver": "王小明",
    "phone": "13812345678",
    "region_code": WEST_LAKE,
    "detail": "文三路 1 号",
}


def at(number: int) -> dict[str, Any]:
    """A good address of its own."""
    return GOOD | {"detail": f"文三路 {number} 号"}


@pytest.fixture
def shopper(app: Flask, http: Http) -> Http:
    make_regions()
    return http.as_(make_shopper()[1])


def test_a_life_of_an_address(shopper: Http) -> None:
    made = shopper.post("/api/v1/addresses", GOOD)
    assert made.status_code == 201, made.text
    address = made.get_json()
    assert address["region_names"] == "浙江省 杭州市 西湖区"
    assert address["is_default"] is True
    path = f"/api/v1/addresses/{address['id']}"
    changed = shopper.put(path, GOOD | {"receiver": "李四", "is_default": True}).get_json()
    assert changed == address | {"receiver": "李四"}
    assert shopper.get(path).get_json() == changed
    assert shopper.delete(path).status_code == 204
    assert shopper.get(path).status_code == 404
    assert shopper.delete(path).status_code == 404


def test_another_shopper_keeps_their_default(shopper: Http, http: Http) -> None:
    theirs = make_address(make_shopper()[0], is_default=True)
    mine = shopper.post("/api/v1/addresses", at(1) | {"is_default": True}).get_json()["id"]
    assert shopper.put(f"/api/v1/addresses/{mine}", at(2) | {"is_default": True}).status_code == 200
    query = text("SELECT is_default FROM addresses WHERE id = :id")
    assert db.session.scalar(query, {"id": theirs})


def test_personal_parts_are_sealed(shopper: Http) -> None:
    shopper.post("/api/v1/addresses", GOOD)
    stored = db.session.scalar(text("SELECT a::text FROM addresses a"))
    assert isinstance(stored, str)
    for value in ("王小明", "13812345678", "文三路"):
        assert value not in stored
        assert value.encode().hex() not in stored


def test_one_default_and_it_comes_first(shopper: Http) -> None:
    first = shopper.post("/api/v1/addresses", at(1)).get_json()["id"]
    second = shopper.post("/api/v1/addresses", at(2)).get_json()
    assert second["is_default"] is False
    third = shopper.post("/api/v1/addresses", at(3) | {"is_default": True}).get_json()["id"]
    items = shopper.get("/api/v1/addresses").get_json()["items"]
    assert [(item["id"], item["is_default"]) for item in items] == [
        (third, True),
        (second["id"], False),
        (first, False),
    ]


def test_at_most_twenty(shopper: Http) -> None:
    for number in range(20):
        assert shopper.post("/api/v1/addresses", at(number)).status_code == 201
    reply = shopper.post("/api/v1/addresses", at(99))
    assert (reply.status_code, error_code(reply)) == (409, "too_many_addresses")


def test_anothers_address_is_404(app: Flask, http: Http) -> None:
    owner, _ = make_shopper()
    other, token = make_shopper()
    address_id = make_address(owner, is_default=True)
    path = f"/api/v1/addresses/{address_id}"
    stranger = http.as_(token)
    for reply in (
        stranger.get(path),
        stranger.put(path, GOOD | {"is_default": True}),
        stranger.delete(path),
    ):
        assert (reply.status_code, error_code(reply)) == (404, "not_found")
    with pytest.raises(NotFound):
        address_snapshot(db.session(), other, address_id)
    assert db.session.scalar(text("SELECT is_default FROM addresses"))


@pytest.mark.parametrize(
    "path_id", ["0", "-1", "abc", "9223372036854775808", "1" * 40, "1;--", "1.0"]
)
def test_ids_that_are_none(shopper: Http, path_id: str) -> None:
    assert shopper.get(f"/api/v1/addresses/{path_id}").status_code == 404


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": "+852 6123 4567"}, "phone"),
        ({"phone": "13812345678\n1"}, "phone"),
        ({"region_code": "330100"}, "region_code"),
        ({"region_code": "999999"}, "region_code"),
        ({"region_code": "33010"}, "region_code"),
        ({"region_code": "330106\n"}, "region_code"),
        ({"receiver": "  "}, "receiver"),
        ({"receiver": "王" * 26}, "receiver"),
        ({"detail": "x" * 121}, "detail"),
        ({"is_default": "yes"}, "is_default"),
        ({"region_names": "火星"}, "region_names"),
        ({"user_id": "1"}, "user_id"),
    ],
)
def test_bad_addresses(shopper: Http, change: dict[str, Any], param: str) -> None:
    reply = shopper.post("/api/v1/addresses", GOOD | change)
    assert reply.status_code == 422
    assert reply.get_json()["error"]["param"] == param
    assert shopper.get("/api/v1/addresses").get_json() == {"items": []}


@pytest.mark.parametrize("phone", ["0571-87654321", "01087654321-802", "19912345678"])
def test_phones_that_a_courier_can_call(shopper: Http, phone: str) -> None:
    assert shopper.post("/api/v1/addresses", GOOD | {"phone": phone}).status_code == 201


def test_a_snapshot_survives_its_text(app: Flask) -> None:
    user_id, _ = make_shopper()
    snapshot = address_snapshot(db.session(), user_id, make_address(user_id))
    assert snapshot.region_names == "浙江省 杭州市 西湖区"
    assert AddressSnapshot.from_json(snapshot.to_json()) == snapshot
    assert "13812345678" not in repr(snapshot)


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (("北京市", "市辖区", "东城区"), "北京市 东城区"),
        (("广东省", "东莞市", "东莞市"), "广东省 东莞市"),
        (("湖北省", "省直辖县级行政区划", "仙桃市"), "湖北省 仙桃市"),
        (("浙江省", "杭州市", "西湖区"), "浙江省 杭州市 西湖区"),
    ],
)
def test_names_as_a_parcel_bears_them(names: tuple[str, str, str], written: str) -> None:
    assert joined(*names) == written


@pytest.mark.parametrize(
    "pasted",
    ["\u202d138 0000 1234\u202c", "+86 138-0000-1234", "１３８００００１２３４", "8613800001234"],
)
def test_a_pasted_phone_is_taken_in_one_way(shopper: Http, pasted: str) -> None:
    made = shopper.post("/api/v1/addresses", GOOD | {"phone": pasted})
    assert made.status_code == 201, made.get_json()
    kept = shopper.get("/api/v1/addresses").get_json()["items"][0]
    assert kept["phone"] == "13800001234"


def test_a_phone_abroad_is_taken_if_the_shop_says_so(shopper: Http) -> None:
    abroad = GOOD | {"phone": "+852 6123 4567"}
    refused = shopper.post("/api/v1/addresses", abroad)
    assert "中国大陆以外" in refused.get_json()["error"]["message"]
    set_setting(PHONES_ABROAD, True)
    assert shopper.post("/api/v1/addresses", abroad).status_code == 201


@pytest.mark.parametrize("hidden", ["\u200b\u2060", "\u3164", "\u2800", "\u202e"])
@pytest.mark.parametrize("field", ["receiver", "detail"])
def test_what_shows_nothing_is_nothing(shopper: Http, field: str, hidden: str) -> None:
    reply = shopper.post("/api/v1/addresses", GOOD | {field: hidden})
    assert (reply.status_code, reply.get_json()["error"]["param"]) == (422, field)


def test_the_same_again_is_the_address_that_is_there(shopper: Http) -> None:
    first = shopper.post("/api/v1/addresses", GOOD).get_json()
    assert shopper.post("/api/v1/addresses", GOOD).get_json() == first
    other = shopper.post("/api/v1/addresses", GOOD | {"detail": "文三路 2 号"}).get_json()
    assert other["id"] != first["id"]
    assert len(shopper.get("/api/v1/addresses").get_json()["items"]) == 2


def test_a_name_isnt_turned_around(shopper: Http) -> None:
    shopper.post("/api/v1/addresses", GOOD | {"receiver": "\u202e王\u200b小明"})
    assert shopper.get("/api/v1/addresses").get_json()["items"][0]["receiver"] == "王小明"
