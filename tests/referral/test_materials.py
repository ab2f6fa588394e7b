"""The material library: who may take what, how it is counted, which uploads it holds."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.referral.materials.demo import load_demo_materials
from mall.referral.promoters import deciding
from mall.uploads.commands import sweep
from mall.uploads.models import Upload
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.aftersales import upload
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.orders import make_goods
from tests.support.promoters import STAFF, make_promoter, work
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.videos import mp4

pytestmark = pytest.mark.usefixtures("app")
PATH, ADMIN = "/api/v1/promoter/materials", f"{STAFF}/promoter-materials"
UPLOADS = "/admin/api/v1/uploads"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("material:read", "material:write", "upload:write"))


def promoter(http: Http) -> tuple[int, Http]:
    user_id, token = make_shopper()
    make_promoter(user_id)
    return user_id, http.as_(token)


def picture(staff: Http) -> str:
    return upload(staff, path=UPLOADS)


def made(staff: Http, **more: Any) -> dict[str, Any]:
    body = {"name": "秋茶上新", "text": "头采秋茶，一芽两叶。", **more}
    answer = staff.post(ADMIN, body)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def held(name: str) -> str | None:
    with transaction() as session:
        return session.scalar(select(Upload.attached_to).where(Upload.name == name))


def test_a_promoter_takes_a_material_and_it_is_counted(http: Http, staff: Http) -> None:
    sku_id, first, second = make_goods(), picture(staff), picture(staff)
    material = made(staff, pictures=[second, first], sku_ids=[str(sku_id)])
    user_id, mine = promoter(http)
    (listed,) = mine.get(PATH).get_json()["items"]
    assert (listed["picture_count"], listed["sku_ids"]) == (2, [str(sku_id)])
    assert "text" not in listed, "it comes with the download"
    assert second.partition(".")[0] in listed["cover_url"]
    path = f"{PATH}/{material['id']}/downloads"
    taken = mine.post(path).get_json()
    assert taken["text"] == "头采秋茶，一芽两叶。"
    assert [one["name"] for one in taken["pictures"]] == [second, first]
    assert http.get(taken["pictures"][0]["url"]).status_code == 200
    for _ in range(2):
        assert mine.post(path, key="one-press").status_code == 200
    other_id, other = promoter(http)
    other.post(path)
    assert staff.get(f"{ADMIN}/{material['id']}").get_json()["downloads"] == 3
    rows = staff.get(f"{ADMIN}/{material['id']}/downloads").get_json()["items"]
    counts = [(one["user_id"], one["downloads"]) for one in rows]
    assert counts == [(str(other_id), 1), (str(user_id), 2)]
    check_invariants()


def test_only_promoters(http: Http, staff: Http) -> None:
    material = made(staff)
    user_id, token = make_shopper()
    mine = http.as_(token)
    path = f"{PATH}/{material['id']}/downloads"
    for refused in (mine.get(PATH), mine.post(path)):
        assert (refused.status_code, error_code(refused)) == (409, "promoters_only")
    make_promoter(user_id)
    assert mine.post(path).status_code == 200
    deciding.block(user_id, "违规")
    assert error_code(mine.post(path)) == "promoters_only"
    assert staff.get(f"{ADMIN}/{material['id']}").get_json()["downloads"] == 1
    assert http.as_(make_staff("material:read")).post(ADMIN, {"name": "x"}).status_code == 403


def test_materials_of_a_sku_and_of_a_product(http: Http, staff: Http) -> None:
    one, other = make_goods(), make_goods()
    with transaction() as session:
        spu_id = session.scalar(text("SELECT spu_id FROM skus WHERE id = :id"), {"id": one})
    wanted = made(staff, sku_ids=[str(one)])["id"]
    made(staff, name="别的", sku_ids=[str(other)])
    made(staff, name="全店")
    _, mine = promoter(http)
    assert len(mine.get(PATH).get_json()["items"]) == 3
    for query in ({"sku_id": str(one)}, {"spu_id": str(spu_id)}):
        assert [each["id"] for each in mine.get(PATH, **query).get_json()["items"]] == [wanted]
    page = mine.get(PATH, limit=2).get_json()
    rest = mine.get(PATH, limit=2, cursor=page["next_cursor"]).get_json()
    assert [each["id"] for each in rest["items"]] == [wanted]


def test_what_a_material_shows_is_held_and_let_go(http: Http, staff: Http) -> None:
    first, second = picture(staff), picture(staff)
    material = made(staff, pictures=[first, second])
    path = f"{ADMIN}/{material['id']}"
    assert held(first) == held(second) == f"material:{material['id']}"
    third = picture(staff)
    body = {"name": "秋茶上新", "pictures": [third, second], "replaces": 1}
    changed = staff.put(path, body).get_json()
    assert [one["name"] for one in changed["pictures"]] == [third, second]
    assert (changed["text"], changed["version"]) == ("", 2)
    assert error_code(staff.put(path, body)) == "material_changed"
    assert held(first) is None
    again = staff.post(ADMIN, {"name": "再用", "pictures": [first]})
    assert error_code(again) == "upload_not_found", "what was let go is swept"
    assert sweep() == 1
    for name, status in ((first, 404), (second, 200)):
        assert http.get(f"/api/v1/uploads/{name}").status_code == status
    check_invariants()
    assert staff.delete(path).status_code == 204
    assert error_code(staff.delete(path)) == "material_not_found"
    assert sweep() == 2
    check_invariants()


def test_a_video(http: Http, staff: Http) -> None:
    name = upload(staff, mp4(), path="/admin/api/v1/videos")
    material = made(staff, text="", videos=[name])
    _, mine = promoter(http)
    (listed,) = mine.get(PATH).get_json()["items"]
    assert (listed["video_count"], listed["cover_url"]) == (1, None)
    taken = mine.post(f"{PATH}/{material['id']}/downloads").get_json()
    assert [one["name"] for one in taken["videos"]] == [name]
    check_invariants()


def test_files_that_cant_be_used(http: Http, staff: Http) -> None:
    others = picture(http.as_(make_staff("upload:write")))
    used = made(staff, pictures=[picture(staff)])["pictures"][0]["name"]
    for name in (others, used, "0" * 32 + ".jpg"):
        answer = staff.post(ADMIN, {"name": "素材", "pictures": [name]})
        assert error_code(answer) == "upload_not_found"
    for wrong in (
        {"name": "空"},
        {"name": "重复", "text": "x", "sku_ids": ["1", "1"]},
        {"name": "假", "pictures": ["../etc/passwd"]},
    ):
        assert staff.post(ADMIN, wrong).status_code == 422
    unknown = staff.post(ADMIN, {"name": "无", "text": "x", "sku_ids": ["999999"]})
    assert error_code(unknown) == "material_sku_unknown"
    words = staff.post(ADMIN, {"name": "国家级好茶", "text": "快来"})
    assert error_code(words) == "campaign_refused", "promoters publish what it says"
    check_invariants()


def test_a_closed_material_is_not_there(http: Http, staff: Http) -> None:
    material = made(staff)
    _, mine = promoter(http)
    for _ in range(2):
        answer = staff.put(f"{ADMIN}/{material['id']}/enabled", {"enabled": False})
        assert answer.get_json()["enabled"] is False
    assert mine.get(PATH).get_json()["items"] == []
    path = f"{PATH}/{material['id']}/downloads"
    assert error_code(mine.post(path)) == "material_not_found"
    assert len(staff.get(ADMIN).get_json()["items"]) == 1


def test_downloads_go_with_the_account(app: Flask, http: Http, staff: Http) -> None:
    material = made(staff)
    user_id, mine = promoter(http)
    mine.post(f"{PATH}/{material['id']}/downloads")
    close_account(user_id)
    work(app)
    erasing.erase_at_once(user_id)
    assert staff.get(f"{ADMIN}/{material['id']}/downloads").get_json()["items"] == []
    assert staff.get(f"{ADMIN}/{material['id']}").get_json()["downloads"] == 1
    check_invariants()


def test_the_demo_shop_has_materials(http: Http) -> None:
    sku_id = make_goods()
    console = Console(quiet=True)
    load_demo_materials(console)
    load_demo_materials(console)
    _, mine = promoter(http)
    shown = [one["sku_ids"] for one in mine.get(PATH).get_json()["items"]]
    assert shown == [[str(sku_id)], []]
    check_invariants()
