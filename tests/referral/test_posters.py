"""Posters: made by workers, kept by what they show, with the shopper's share in the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, text, update

from mall.catalog.models import Sku, Spu
from mall.drawing.qr import qr_code
from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.referral.posters.making import MOST_WAITING, sweep_posters
from mall.sharing.pictures.settings import LINK_PREFIX
from mall.uploads.storage import storage
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.aftersales import picture, upload
from tests.support.browsing import make_product
from tests.support.drawing import box, layout, opened
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.wechat import control

pytestmark = pytest.mark.usefixtures("app")
TEMPLATES, POSTERS = "/admin/api/v1/poster-templates", "/api/v1/posters"
Work = Callable[[], None]


@pytest.fixture
def staff(http: Http) -> Http:
    """Somebody who designs posters."""
    return http.as_(make_staff("poster:read", "poster:write", "upload:write"))


@pytest.fixture
def shopper(http: Http) -> Http:
    return http.as_(make_shopper()[1])


def make_template(staff: Http, drawn: dict[str, Any] | None = None, **more: Any) -> str:
    """A design for product pages: its id."""
    body = {"name": "简洁", "page_kinds": ["product"], "layout": drawn or layout(), **more}
    made = staff.post(TEMPLATES, body)
    assert made.status_code == 201, made.json
    return str(made.json["id"])


def ask(http: Http, template_id: str, product_id: int) -> Any:
    page = {"kind": "product", "id": str(product_id)}
    return http.post(POSTERS, {"template_id": template_id, "page": page})


# -- designs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        layout(box("title", width=601)),
        layout(box("picture", y=880)),
        layout(box("text")),
        layout(box("qr", width=300, height=300)),
        {"width": 600, "height": 900, "boxes": [box("title")]},
        layout(code="code", width=199),
        layout(height=3001),
        layout(color="red"),
        layout(box("title", font_px=201)),
        layout(*[box("title")] * 30),
        layout(background="../../etc/passwd"),
        layout(box("code", width=100, height=100)),
    ],
)
def test_a_wrong_layout_is_refused(staff: Http, wrong: dict[str, Any]) -> None:
    body = {"name": "错", "page_kinds": ["product"], "layout": wrong}
    refused = staff.post(TEMPLATES, body)
    assert (refused.status_code, error_code(refused)) == (422, "validation_failed")
    assert staff.get(TEMPLATES).json == {"items": []}


# -- from a design to a picture -------------------------------------------------------------


def test_a_poster_is_made_once_and_shows_what_is_true(
    shopper: Http, staff: Http, work: Work
) -> None:
    background = upload(staff, picture("PNG", (300, 450)), "/admin/api/v1/uploads")
    title = box("title", max_lines=2, height=120)
    template_id = make_template(staff, layout(title, box("price", y=200), background=background))
    product, _ = make_product()
    offered = shopper.get("/api/v1/poster-templates?page_kind=product").json["items"]
    assert [one["id"] for one in offered] == [template_id]

    asked = ask(shopper, template_id, product)
    assert asked.status_code == 200, asked.json
    assert (asked.json["status"], asked.json["url"]) == ("waiting", None)
    work()
    poster = shopper.get(f"{POSTERS}/{asked.json['id']}").json
    assert poster["status"] == "ready"
    shown = shopper.get(poster["url"])
    assert shown.status_code == 200
    assert opened(shown.data).size == (600, 900)
    assert ask(shopper, template_id, product).json == poster
    page = {"kind": "product", "id": str(product)}
    shared = shopper.post("/api/v1/shares", {"page": page, "medium": "poster"}).json
    assert poster["token"] == shared["token"]

    with transaction() as session:
        session.execute(update(Spu).where(Spu.id == product).values(min_price_fen=1))
        session.execute(update(Sku).where(Sku.spu_id == product).values(price_fen=1))
    dearer = ask(shopper, template_id, product).json
    assert dearer["id"] != poster["id"]
    staff.put(
        f"{TEMPLATES}/{template_id}",
        {
            "name": "新",
            "page_kinds": ["product"],
            "layout": layout(title),
            "enabled": True,
        },
    )
    redesigned = ask(shopper, template_id, product).json
    assert redesigned["id"] not in (poster["id"], dearer["id"])
    assert redesigned["token"] == poster["token"]
    work()
    check_invariants()


def test_a_background_is_kept_by_its_designs(staff: Http) -> None:
    background = upload(staff, picture("PNG", (300, 450)), "/admin/api/v1/uploads")
    for _ in range(2):
        make_template(staff, layout(background=background))
    query = text("SELECT expires_at FROM uploads WHERE name = :name")
    assert db.session.execute(query, {"name": background}).scalar_one() is None
    unknown = {
        "name": "另",
        "page_kinds": ["product"],
        "layout": layout(background="0" * 32 + ".png"),
    }
    refused = staff.post(TEMPLATES, unknown)
    assert (refused.status_code, error_code(refused)) == (422, "background_missing")


def test_a_plain_code_needs_the_shops_link(staff: Http, shopper: Http, work: Work) -> None:
    body = {"name": "二维码", "page_kinds": ["product"], "layout": layout(code="qr")}
    refused = staff.post(TEMPLATES, body)
    assert (refused.status_code, error_code(refused)) == (422, "share_link_missing")
    set_setting(LINK_PREFIX, "https://shop.example/s/")
    template_id = make_template(staff, layout(code="qr"))
    asked = ask(shopper, template_id, make_product()[0]).json
    work()
    poster = shopper.get(f"{POSTERS}/{asked['id']}").json
    made = opened(shopper.get(poster["url"]).data).crop((200, 680, 400, 880)).convert("1")
    wanted = opened(qr_code(f"https://shop.example/s/{poster['token']}"))
    wanted = wanted.resize((200, 200), Image.Resampling.LANCZOS).convert("1")
    same = sum(
        a == b for a, b in zip(made.get_flattened_data(), wanted.get_flattened_data(), strict=True)
    )
    assert same > 0.9 * 200 * 200


def test_who_may_have_which_poster(shopper: Http, staff: Http, http: Http) -> None:
    template_id = make_template(staff)
    product, _ = make_product()
    mine = ask(shopper, template_id, product).json["id"]
    theirs = http.as_(make_shopper()[1]).get(f"{POSTERS}/{mine}")
    assert (theirs.status_code, error_code(theirs)) == (404, "poster_not_found")
    assert error_code(ask(shopper, "999", product)) == "poster_template_not_found"
    assert error_code(ask(shopper, template_id, 999_999)) == "page_not_found"
    activity_only = make_template(staff, page_kinds=["group_activity"])
    assert error_code(ask(shopper, activity_only, product)) == "poster_page_unfit"
    off = make_template(staff, enabled=False)
    assert error_code(ask(shopper, off, product)) == "poster_template_not_found"


def test_a_shopper_has_only_so_many_in_the_making(shopper: Http, staff: Http) -> None:
    templates = [make_template(staff, name=f"第{n}款") for n in range(MOST_WAITING + 1)]
    product, _ = make_product()
    asked = [ask(shopper, one, product) for one in templates]
    assert [one.status_code for one in asked] == [200] * MOST_WAITING + [429]
    assert error_code(asked[-1]) == "poster_limit"


def test_wechat_is_asked_again_when_it_fails(
    shopper: Http, staff: Http, work: Work, simulator: LiveServer
) -> None:
    template_id = make_template(staff)
    asked = ask(shopper, template_id, make_product()[0]).json
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa")
    work()
    assert shopper.get(f"{POSTERS}/{asked['id']}").json["status"] == "waiting"
    with transaction() as session:
        session.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        )
    run_pending()
    assert shopper.get(f"{POSTERS}/{asked['id']}").json["status"] == "ready"


def test_a_preview_shows_a_sample(staff: Http) -> None:
    shown = staff.post("/admin/api/v1/poster-previews", {"layout": layout(box("title"))})
    assert shown.status_code == 200
    assert opened(shown.data).size == (600, 900)


# -- forgetting -----------------------------------------------------------------------------


def test_old_posters_go_with_their_bytes(shopper: Http, staff: Http, work: Work) -> None:
    template_id = make_template(staff)
    asked = ask(shopper, template_id, make_product()[0]).json
    work()
    name = shopper.get(f"{POSTERS}/{asked['id']}").json["url"].rsplit("/", 1)[1]
    assert sweep_posters(30) == 0
    with transaction() as session:
        session.execute(text("UPDATE posters SET used_at = used_at - interval '31 days'"))
    assert sweep_posters(30) == 1
    assert storage().open(name) is None
    assert shopper.get(f"{POSTERS}/{asked['id']}").status_code == 404


def test_posters_of_a_closed_account_are_erased(staff: Http, http: Http, work: Work) -> None:
    user_id, token = make_shopper()
    shopper = http.as_(token)
    template_id = make_template(staff)
    asked = ask(shopper, template_id, make_product()[0]).json
    work()
    name = shopper.get(f"{POSTERS}/{asked['id']}").json["url"].rsplit("/", 1)[1]
    close_account(user_id)
    erasing.erase_at_once(user_id)
    erasing.erase_at_once(user_id)
    assert storage().open(name) is None
    assert db.session.execute(select(text("1")).select_from(text("posters"))).all() == []
    check_invariants()
