"""Whatever refers to an upload holds it, and lets go of it when it stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import ValidationError
from rich.console import Console
from sqlalchemy import select, text, update

from mall.catalog.models import Spu
from mall.inventory.cli import import_files
from mall.kernel.db import db, transaction
from mall.kernel.sheets import SheetError
from mall.uploads.schemas import pictures
from tests.catalog.test_admin import ADMIN, product, sku
from tests.support.aftersales import upload
from tests.support.catalog import make_category, make_sku
from tests.support.drawing import layout
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.promoters import STAFF as PROMOTERS
from tests.support.promoters import lesson_terms
from tests.support.uploads import PATH, days_later, done, own, sent, there
from tests.support.users import make_address, make_shopper


def test_pictures_of_a_product_outlive_the_day_and_go_when_it_lets_go(
    http: Http, staff: Http
) -> None:
    """Names and addresses of every form, in each field; a second product shares one."""
    kinds = ["main", "name", "full", "small", "sku", "html", "html_name", "poster", "brand", "tree"]
    one = {kind: sent(staff) for kind in kinds}
    body = product(
        make_category("家"),
        main_image=one["main"]["url"] + "?x=1#y",
        gallery=[one["name"]["name"], own() + one["full"]["url"], one["small"]["thumbnail_url"]],
        detail_html=f'<p><img src="{own()}{one["html"]["url"]}">'
        f"<img src={one['html_name']['name']}>"
        f'<video poster="{one["poster"]["url"]}"></video></p>',
        skus=[sku("P1-1", "红", image=one["sku"]["name"])],
    )
    spu = done(staff.post(f"{ADMIN}/products", body), 201)["id"]
    done(staff.post(f"{ADMIN}/brands", {"name": "某", "image": one["brand"]["name"]}), 201)
    done(staff.post(f"{ADMIN}/categories", {"name": "某", "image": one["tree"]["url"]}), 201)
    shared = product(make_category("家"), spu_code="P2", main_image=one["main"]["name"])
    shared["skus"] = [sku("P2-1", "红")]
    done(staff.post(f"{ADMIN}/products", shared), 201)
    stray = sent(staff)["name"]
    days_later()
    assert all(there(http, found["name"]) for found in one.values())
    assert not there(http, stray)
    shown = done(staff.get(f"{ADMIN}/products/{spu}"), 200)
    assert shown["main_image"] == one["main"]["url"], "without what stood behind it"
    assert shown["gallery"][:2] == [one["name"]["url"], one["full"]["url"]]
    check_invariants()

    bare = {**body, "main_image": "", "gallery": [], "detail_html": "", "skus": [sku("P1-1", "红")]}
    done(staff.put(f"{ADMIN}/products/{spu}", bare), 200)
    assert there(http, one["sku"]["name"]), "for a day, for those who look at the page"
    days_later()
    left = {kind for kind, found in one.items() if there(http, found["name"])}
    assert left == {"main", "brand", "tree"}, "the other product has the first one, too"
    check_invariants()


def test_an_import_a_lesson_and_a_design_hold_their_pictures(
    app: Flask, http: Http, staff: Http, tmp_path: Path
) -> None:
    names = {kind: sent(staff)["name"] for kind in ("import", "lesson", "design", "old")}
    sheet = tmp_path / "goods.csv"
    sheet.write_text(
        "商品编号,商品名称,一级分类,SKU编号,售价(元),主图\n"
        + f"I1,枕头,家,I1-1,10,{names['import']}\n"
    )
    result = import_files(sheet, None, None, console=Console(quiet=True))
    assert not result.refusals, result.refusals
    terms = lesson_terms(body=f"看图：{own()}{PATH}{names['lesson']} 。")
    lesson = done(staff.post(f"{PROMOTERS}/promoter-lessons", terms), 201)
    assert f"看图：{PATH}{names['lesson']}" in lesson["body"]
    design = {"name": "简洁", "page_kinds": ["product"], "layout": layout(background=names["old"])}
    made = done(staff.post(f"{ADMIN}/poster-templates", design), 201)
    design["layout"] = layout(background=names["design"])
    changed = staff.put(f"{ADMIN}/poster-templates/{made['id']}", design)
    assert changed.status_code in (200, 204), changed.get_json()
    days_later()
    assert {kind for kind, name in names.items() if there(http, name)} == names.keys() - {"old"}
    check_invariants()


def test_an_import_refuses_what_names_a_picture_that_is_not_there(
    app: Flask, tmp_path: Path
) -> None:
    gone = "0" * 32 + ".jpg"
    goods, brands = tmp_path / "goods.csv", tmp_path / "brands.csv"
    goods.write_text(
        "商品编号,商品名称,一级分类,SKU编号,售价(元),主图\n"
        f"I1,枕头,家,I1-1,10,{gone}\nI2,被子,家,I2-1,10,\n"
    )
    brands.write_text(f"品牌,图片\n甲,{gone}\n")
    result = import_files(goods, None, None, console=Console(quiet=True))
    assert [(refusal.line, "上传" in refusal.reason) for refusal in result.refusals] == [(2, True)]
    assert db.session.scalars(select(Spu.spu_code)).all() == ["I2"]
    with pytest.raises(SheetError, match="上传"):
        import_files(goods, None, brands, console=Console(quiet=True))


def test_an_order_shows_its_picture_after_the_product_has_another(http: Http, staff: Http) -> None:
    user_id, token = make_shopper()
    shopper, sku_id = http.as_(token), stock(make_sku(), 5)
    old = sent(staff)["name"]
    _set_picture(PATH + old)
    goods = {
        "lines": [{"sku_id": str(sku_id), "quantity": 1}],
        "address_id": str(make_address(user_id)),
    }
    payable = done(shopper.post("/api/v1/quotes", goods), 200)["payable_fen"]
    placed = shopper.post("/api/v1/orders", {**goods, "expected_payable_fen": payable})
    order_no = done(placed, 201)["order_no"]
    _set_picture("https://img.example/new.jpg")
    for _ in range(2):
        days_later()
    assert done(shopper.get(f"/api/v1/orders/{order_no}"), 200)["lines"][0]["image"] == PATH + old
    assert there(http, old)
    check_invariants()


def _set_picture(address: str) -> None:
    with transaction() as session:
        session.execute(update(Spu).values(main_image=address))


def test_an_avatar_is_held_until_another_is_set(http: Http) -> None:
    me, other = (http.as_(make_shopper()[1]) for _ in range(2))
    mine = upload(me)
    done(me.put("/api/v1/me", {"avatar_url": mine}), 200)
    days_later()
    assert there(http, mine)
    newer, theirs = upload(me), upload(other)
    stolen = me.put("/api/v1/me", {"avatar_url": theirs})
    assert (stolen.status_code, error_code(stolen)) == (422, "upload_gone")
    assert done(me.get("/api/v1/me"), 200)["avatar_url"] == PATH + mine
    done(me.put("/api/v1/me", {"avatar_url": PATH + newer}), 200)
    days_later()
    assert not there(http, mine)
    assert there(http, newer)
    check_invariants()


@pytest.mark.parametrize("whose", ["nobody's", "a shopper's", "expired"])
def test_what_is_not_there_or_not_theirs_is_refused_and_nothing_is_changed(
    http: Http, staff: Http, whose: str
) -> None:
    make: dict[str, Callable[[], str]] = {
        "nobody's": lambda: "0" * 32 + ".jpg",
        "a shopper's": lambda: upload(http.as_(make_shopper()[1])),
        "expired": lambda: str(sent(staff)["name"]),
    }
    name = make[whose]()
    if whose == "expired":
        with transaction() as session:
            session.execute(text("UPDATE uploads SET expires_at = now() - interval '1 s'"))
    category = make_category("家")
    for more in (
        {"main_image": name},
        {"gallery": [PATH + name]},
        {"detail_html": f"<img src='{PATH}{name}'>"},
    ):
        answer = staff.post(f"{ADMIN}/products", product(category, **more))
        assert (answer.status_code, error_code(answer)) == (422, "upload_gone")
    answer = staff.post(f"{ADMIN}/brands", {"name": "某", "image": name})
    assert (answer.status_code, error_code(answer)) == (422, "upload_gone")
    assert db.session.scalars(select(Spu.id)).all() == []


def test_addresses_elsewhere_are_nobodys_upload(http: Http, staff: Http) -> None:
    """A CDN's name may look like one of ours."""
    elsewhere = f"https://cdn.example.com/{'0' * 32}.jpg"
    other_mall = f"https://other.example.com{PATH}{'0' * 32}.jpg"
    body = product(
        make_category("家"),
        main_image=elsewhere,
        gallery=[other_mall],
        detail_html=f"<p>{'0' * 32}.jpg<img src='{other_mall}'></p>",
    )
    spu = done(staff.post(f"{ADMIN}/products", body), 201)["id"]
    shown = done(staff.get(f"{ADMIN}/products/{spu}"), 200)
    assert (shown["main_image"], shown["gallery"]) == (elsewhere, [other_mall])


def test_addresses_are_absolute_in_every_answer_where_it_is_so_configured(
    app: Flask, http: Http, staff: Http
) -> None:
    base = "https://img.shop.example"
    before = app.extensions["mall.config"]
    app.extensions["mall.config"] = replace(before, uploads_base_url=base + "/")
    try:
        one = sent(staff)
        assert one["url"] == f"{base}{PATH}{one['name']}"
        body = product(
            make_category("家"),
            main_image=one["url"],
            gallery=[one["name"]],
            detail_html=f'<img src="{one["url"]}">',
            skus=[sku("P1-1", "红", image=one["thumbnail_url"])],
        )
        spu = done(staff.post(f"{ADMIN}/products", body), 201)["id"]
        done(staff.put(f"{ADMIN}/products/{spu}/shelf", {"on_shelf": True}), 200)
        stored = db.session.execute(select(Spu.main_image, Spu.detail_html)).one()
        assert stored == (PATH + one["name"], f'<img src="{PATH}{one["name"]}">')
        for answer in (
            staff.get(f"{ADMIN}/products/{spu}"),
            http.get(f"/api/v1/products/{spu}"),
            http.get("/api/v1/products"),
            staff.get(f"{ADMIN}/products"),
        ):
            assert answer.status_code == 200
            said = answer.get_data(as_text=True)
            assert PATH in said
            assert said.count(PATH) == said.count(base + PATH), "each of them"
    finally:
        app.extensions["mall.config"] = before


def test_names_and_addresses_are_taken_where_uploads_are_named_one_by_one(app: Flask) -> None:
    name = "0" * 31 + "1.jpg"
    for given in (name, PATH + name, own() + PATH + name, PATH + name.replace(".", "_small.")):
        assert pictures(9).deserialize([given]) == [name]
    with pytest.raises(ValidationError):
        pictures(9).deserialize([name, PATH + name])
    with pytest.raises(ValidationError):
        pictures(9).deserialize(["https://other.example" + PATH + name])
