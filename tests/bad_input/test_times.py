"""A time that no calendar could show again is refused wherever one is taken."""

from __future__ import annotations

import re

from flask import Flask

from mall.kernel.http.times import Moment, ShopDay
from tests.bad_input.asking import refused
from tests.bad_input.world import World
from tests.support.http import Http
from tests.support.rows import changed, fingerprint
from tests.support.shapes import request_fields

TOO_FAR = ("9999-12-31", "0001-01-01", "1999-12-31", "2101-01-01", "2026-2-30")
MOMENTS = ("9999-12-31T23:59:59-08:00", "0001-01-01T00:00:00+14:00", "2026-12-31T00:00:00")
NOT_SO = "9999-12-31T23:59:59-08:00"


def test_the_catalogue_outlives_a_far_shelf_time(world: World) -> None:
    """It was stored, and then neither shown nor mended."""
    shelf = f"/admin/api/v1/products/{world.product_id}/shelf"
    before = fingerprint()
    for name in ("shelf_on_at", "shelf_off_at"):
        answer = world.admin.put(shelf, {"on_shelf": True, name: NOT_SO})
        assert answer.status_code == 422
        assert answer.get_json()["error"]["param"] == name
        assert "2000 年至 2100 年" in answer.get_json()["error"]["message"]
    assert changed(before) == []
    for who, path in ((world.admin, "/admin"), (world.shopper, "")):
        assert who.get(f"{path}/api/v1/products").status_code == 200
        assert who.get(f"{path}/api/v1/products/{world.product_id}").status_code == 200
    assert (
        world.admin.put(shelf, {"on_shelf": True, "shelf_off_at": "2100-12-31"}).status_code == 200
    )
    shown = world.admin.get(f"/admin/api/v1/products/{world.product_id}").get_json()
    assert shown["shelf_off_at"] == "2100-12-31T16:00:00+00:00"


def test_times_of_a_query(app: Flask, world: World) -> None:
    asked = 0
    for place in request_fields(app):
        if " query " not in place.where or not isinstance(place.field, Moment | ShopDay):
            continue
        method, rule, _, name = place.where.split(" ")
        who: Http = world.admin if rule.startswith("/admin/") else world.shopper
        path = re.sub("<.*?>", "1", rule)
        values = (*TOO_FAR, *MOMENTS) if isinstance(place.field, Moment) else TOO_FAR
        assert place.field.parent is not None
        days = {
            other: "2026-01-01"
            for other, field in place.field.parent.load_fields.items()
            if field.required
        }
        for value in values:
            answer = who.call(method, path, query={**days, name: value})
            refused(answer, f"{place.where} = {value}")
            assert answer.get_json()["error"]["param"] == name
        asked += 1
    assert asked > 15
