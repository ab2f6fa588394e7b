"""Collages: own pictures in a design, drawn by workers, checked, with the shopper's share."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.reviews.collages.drawing import draw_collage
from mall.reviews.collages.forgetting import sweep_collages
from mall.reviews.collages.names import COLLAGE
from mall.reviews.collages.settings import COLLAGES_PER_DAY
from mall.reviews.moderation import deciding
from mall.reviews.moderation.verdicts import take_push
from mall.staff.models import StaffMember
from mall.uploads import names
from mall.uploads.models import Upload
from mall.uploads.storage import storage
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.browsing import make_product
from tests.support.collages import collage_row, make_collage, make_collage_template, places
from tests.support.drawing import box, layout, opened
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.moderated import photo, trace_of, visitor, work
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.wechat import control
from tests.support.written import approved, decide, received

pytestmark = pytest.mark.usefixtures("app")
TEMPLATES, COLLAGES = "/admin/api/v1/collage-templates", "/api/v1/collages"


@pytest.fixture
def staff(http: Http) -> Http:
    """Somebody who designs collages."""
    return http.as_(make_staff("collage:read", "collage:write", "upload:write"))


@pytest.fixture
def me(http: Http) -> tuple[int, Http]:
    user_id, token = make_shopper()
    return user_id, http.as_(token)


def ask(http: Http, template_id: int, product_id: int, *pictures: str) -> Any:
    page = {"kind": "product", "id": str(product_id)}
    body = {"template_id": str(template_id), "page": page, "pictures": list(pictures)}
    return http.post(COLLAGES, body)


def drawn(collage_id: int) -> Any:
    """The collage's row once the workers had their turn at it."""
    work()
    return collage_row(collage_id)


def decided(status: str, collage_id: int, reason: str | None = None) -> None:
    """Somebody of the staff decides on a collage."""
    make_staff("content:moderate")
    with transaction() as session:
        staff_id = session.scalar(select(func.max(StaffMember.id)))
        ground = {"legal_reason": "privacy"} if status == "hidden" else {}
        assert deciding.decide(
            session, COLLAGE, collage_id, status, reason=reason, staff_id=staff_id, **ground
        )


# -- designs ------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [places(0), places(10), layout(box("photo", fit="stretch"))])
def test_a_wrong_layout_is_refused(staff: Http, wrong: dict[str, Any]) -> None:
    body = {"name": "错", "page_kinds": ["product"], "layout": wrong}
    refused = staff.post(TEMPLATES, body)
    assert (refused.status_code, error_code(refused)) == (422, "validation_failed")


def test_staff_design_and_shoppers_see_the_places(staff: Http, me: tuple[int, Http]) -> None:
    body = {"name": "三图", "page_kinds": ["product"], "layout": places(3), "enabled": True}
    made = staff.post(TEMPLATES, body)
    assert made.status_code == 201, made.json
    shown = staff.post("/admin/api/v1/collage-previews", {"layout": places(9)})
    assert opened(shown.data).size == (600, 900)
    (offered,) = me[1].get("/api/v1/collage-templates?page_kind=product").json["items"]
    assert (offered["id"], offered["width"], len(offered["places"])) == (made.json["id"], 600, 3)
    assert offered["places"][1] == {
        "x": 60,
        "y": 0,
        "width": 50,
        "height": 80,
        "radius": 8,
        "fit": "cover",
    }
    assert me[1].get("/api/v1/collage-templates?page_kind=category").json["items"] == []
    changed = staff.put(f"{TEMPLATES}/{made.json['id']}", {**body, "enabled": False})
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    assert me[1].get("/api/v1/collage-templates?page_kind=product").json["items"] == []


# -- from pictures to a collage -------------------------------------------------------------


def test_a_collage_is_made_once_checked_and_carries_the_share(me: tuple[int, Http]) -> None:
    user_id, http = me
    template_id, product = make_collage_template(2), make_product()[0]
    pictures = [photo(user_id, 1), photo(user_id, 2)]
    asked = ask(http, template_id, product, *pictures)
    assert asked.status_code == 200, asked.json
    assert (asked.json["status"], asked.json["url"]) == ("waiting", None)
    assert drawn(int(asked.json["id"])).status == "checking"
    assert http.get(f"{COLLAGES}/{asked.json['id']}").json["url"] is None, "not shown unchecked"
    decided("approved", int(asked.json["id"]))
    ready = http.get(f"{COLLAGES}/{asked.json['id']}").json
    assert ready["status"] == "ready"
    assert opened(http.get(ready["url"]).data).size == (600, 900)
    assert ask(http, template_id, product, *pictures).json == ready
    page = {"kind": "product", "id": str(product)}
    shared = http.post("/api/v1/shares", {"page": page, "medium": "poster"}).json
    assert ready["token"] == shared["token"]
    other = ask(http, template_id, product, *reversed(pictures)).json
    assert other["id"] != ready["id"], "another order is another collage"
    check_invariants()


def test_wechat_checks_what_was_drawn(simulator: LiveServer) -> None:
    control(simulator, "/settings", push_mode="off")
    user_id = visitor(simulator)
    asked = make_collage(user_id, make_collage_template(1), make_product()[0])
    row = drawn(asked.id)
    with transaction() as session:
        content = session.execute(
            text("SELECT id, pictures FROM moderated_contents WHERE kind = 'collage'")
        ).one()
    assert content.pictures == [row.name]
    verdict = {"trace_id": trace_of(content.id), "errcode": 0, "appid": "wx", "version": 2}
    with transaction() as session:
        take_push(session, {**verdict, "result": {"suggest": "risky", "label": 20002}})
    row = collage_row(asked.id)
    assert row.status == "refused"
    assert row.reason
    control(simulator, "/settings", push_mode="encrypted")
    check_invariants()


def test_a_hidden_collage_is_not_shown(me: tuple[int, Http]) -> None:
    user_id, http = me
    asked = make_collage(user_id, make_collage_template(1), make_product()[0])
    drawn(asked.id)
    decided("approved", asked.id)
    decided("hidden", asked.id, "含有他人隐私")
    shown = http.get(f"{COLLAGES}/{asked.id}").json
    assert (shown["status"], shown["url"], shown["reason"]) == ("hidden", None, "含有他人隐私")


def test_pictures_of_an_own_review_may_be_used(http: Http) -> None:
    order = received()
    picture = photo(order.user_id, 3)
    review_id = approved(order, pictures=(picture,))
    template_id, product = make_collage_template(1), make_product()[0]
    assert make_collage(order.user_id, template_id, product, picture).status == "waiting"
    other = make_collage_template(1)
    decide("hidden", review_id, reason="侵权")
    with pytest.raises(Exception, match="upload_not_found"):
        make_collage(order.user_id, other, product, picture)


# -- what is refused ------------------------------------------------------------------------


def test_what_is_no_own_picture_is_refused(me: tuple[int, Http]) -> None:
    user_id, http = me
    template_id, product = make_collage_template(2), make_product()[0]
    mine, foreign, gone = photo(user_id, 1), photo(make_shopper()[0], 2), photo(user_id, 3)
    with transaction() as session:
        expired = text("clock_timestamp() - interval '1 second'")
        session.execute(update(Upload).where(Upload.name == gone).values(expires_at=expired))
    for other in (foreign, gone, names.new_name("jpg")):
        refused = ask(http, template_id, product, mine, other)
        assert (refused.status_code, error_code(refused)) == (404, "upload_not_found")
    for pictures in ((), (mine,), (mine, photo(user_id, 4), photo(user_id, 5))):
        refused = ask(http, template_id, product, *pictures)
        assert (refused.status_code, error_code(refused)) == (422, "collage_pictures_unfit")
    for pictures in ((mine, mine), (mine, "../../etc/passwd"), (mine, names.new_name("mp4"))):
        refused = ask(http, template_id, product, *pictures)
        assert (refused.status_code, error_code(refused)) == (422, "validation_failed")


def test_which_design_for_which_page(me: tuple[int, Http]) -> None:
    user_id, http = me
    picture, product = photo(user_id, 1), make_product()[0]
    off = make_collage_template(1, enabled=False)
    assert error_code(ask(http, off, product, picture)) == "collage_template_not_found"
    assert error_code(ask(http, 999, product, picture)) == "collage_template_not_found"
    elsewhere = make_collage_template(1, page_kinds=["group_activity"])
    assert error_code(ask(http, elsewhere, product, picture)) == "collage_page_unfit"
    good = make_collage_template(1)
    assert error_code(ask(http, good, 999_999, picture)) == "page_not_found"


def test_another_shoppers_collage_is_not_found(me: tuple[int, Http], http: Http) -> None:
    asked = make_collage(me[0], make_collage_template(1), make_product()[0])
    theirs = http.as_(make_shopper()[1]).get(f"{COLLAGES}/{asked.id}")
    assert (theirs.status_code, error_code(theirs)) == (404, "collage_not_found")


def test_only_so_many_a_day(me: tuple[int, Http]) -> None:
    user_id, http = me
    set_setting(COLLAGES_PER_DAY, 2)
    template_id, product = make_collage_template(1), make_product()[0]
    pictures = [photo(user_id, seed) for seed in range(3)]
    found = [ask(http, template_id, product, one) for one in pictures]
    assert [one.status_code for one in found] == [200, 200, 429]
    assert error_code(found[-1]) == "collage_limit"
    assert ask(http, template_id, product, pictures[0]).status_code == 200, "the same again"
    with transaction() as session:
        session.execute(text("UPDATE collages SET created_at = created_at - interval '1 day'"))
    assert ask(http, template_id, product, pictures[2]).status_code == 200


# -- what can't be drawn --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"), [(b"no picture", "第 1 张图片无法读取"), (None, "第 1 张图片已失效")]
)
def test_a_picture_that_broke_meanwhile(
    me: tuple[int, Http], raw: bytes | None, words: str
) -> None:
    user_id, http = me
    template_id, product, picture = make_collage_template(1), make_product()[0], photo(me[0], 1)
    asked = ask(http, template_id, product, picture).json
    storage().delete(picture)
    if raw is not None:
        storage().put(picture, raw)
    assert drawn(int(asked["id"])).status == "failed"
    shown = http.get(f"{COLLAGES}/{asked['id']}").json
    assert (shown["status"], shown["url"]) == ("failed", None)
    assert shown["reason"].startswith(words)
    again = make_collage(user_id, template_id, product, picture)
    assert str(again.id) != asked["id"], "what failed is tried anew"
    check_invariants()


def test_a_design_that_changed_meanwhile(me: tuple[int, Http], staff: Http) -> None:
    template_id = make_collage_template(1)
    asked = make_collage(me[0], template_id, make_product()[0])
    body = {"name": "新", "page_kinds": ["product"], "layout": places(2), "enabled": True}
    assert staff.put(f"{TEMPLATES}/{template_id}", body).status_code == 200
    row = drawn(asked.id)
    assert (row.status, row.reason) == ("failed", "模板已更新，请重新生成")


def test_wechat_is_asked_again_when_it_fails(me: tuple[int, Http], simulator: LiveServer) -> None:
    asked = make_collage(me[0], make_collage_template(1), make_product()[0])
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa/getwxacode")
    assert drawn(asked.id).status == "waiting"
    with transaction() as session:
        session.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        )
    run_pending()
    draw_collage(asked.id)
    assert collage_row(asked.id).status == "checking"
    count = text("SELECT version FROM moderated_contents WHERE kind = 'collage'")
    assert db.session.scalars(count).all() == [1], "drawn twice, checked once"


# -- forgetting -----------------------------------------------------------------------------


def is_kept(name: str) -> list[bool]:
    """Whether the bytes of a collage and of its thumbnail are there."""
    found = [storage().open(one) for one in (name, names.thumbnail_name(name))]
    for one in found:
        if one is not None:
            one.close()
    return [one is not None for one in found]


def test_old_collages_go_with_their_bytes(me: tuple[int, Http]) -> None:
    asked = make_collage(me[0], make_collage_template(1), make_product()[0])
    row = drawn(asked.id)
    assert is_kept(row.name) == [True, True]
    assert sweep_collages(30) == 0
    with transaction() as session:
        session.execute(text("UPDATE collages SET used_at = used_at - interval '31 days'"))
    assert sweep_collages(30) == 1
    assert is_kept(row.name) == [False, False]
    assert me[1].get(f"{COLLAGES}/{asked.id}").status_code == 404
    check_invariants()


@pytest.mark.parametrize("when", ["before it is drawn", "after"])
def test_collages_of_a_closed_account_are_erased(me: tuple[int, Http], when: str) -> None:
    asked = make_collage(me[0], make_collage_template(1), make_product()[0])
    name = collage_row(asked.id).name
    if when == "after":
        assert drawn(asked.id).status == "checking"
    close_account(me[0])
    erasing.erase_at_once(me[0])
    erasing.erase_at_once(me[0])
    assert drawn(asked.id) is None
    assert is_kept(name) == [False, False]
    check_invariants()
