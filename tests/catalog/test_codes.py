"""Ways into the mini-program, made by WeChat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import select

from mall.catalog.models import Sku, SpuCode
from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.servers import LiveServer
from tests.support.wechat import control


@pytest.fixture
def broken_wechat(simulator: LiveServer) -> Iterator[None]:
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa", count=None)
    yield
    clear_faults(simulator)


def clear_faults(simulator: LiveServer) -> None:
    requests.delete(f"{simulator.url}/_control/faults", timeout=10).raise_for_status()


def make_product(on_sale: bool = True) -> int:
    sku_id = make_sku(on_sale=on_sale)
    found = db.session.execute(select(Sku.spu_id).where(Sku.id == sku_id)).scalar_one()
    db.session.remove()
    return found


def test_the_code_is_asked_for_once(http: Http, simulator: LiveServer) -> None:
    product = make_product()
    first = http.get(f"/api/v1/products/{product}/wxacode")
    assert first.status_code == 200
    assert first.content_type == "image/jpeg"
    assert len(first.data) > 100
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa/getwxacodeunlimit")
    second = http.get(f"/api/v1/products/{product}/wxacode")
    assert second.data == first.data
    clear_faults(simulator)


def test_a_failing_wechat_is_a_clear_503(http: Http, staff: Http, broken_wechat: None) -> None:
    product = make_product()
    code = http.get(f"/api/v1/products/{product}/wxacode")
    assert (code.status_code, error_code(code)) == (503, "wechat_unavailable")
    assert db.session.scalars(select(SpuCode.spu_id)).all() == []
    link = staff.post(f"/admin/api/v1/products/{product}/link", {})
    assert (link.status_code, error_code(link)) == (503, "wechat_unavailable")


def test_an_off_shelf_product_has_no_code(http: Http, staff: Http) -> None:
    product = make_product(on_sale=False)
    assert http.get(f"/api/v1/products/{product}/wxacode").status_code == 404
    assert staff.post(f"/admin/api/v1/products/{product}/link", {}).status_code == 404


def test_a_link_is_made_and_recorded(staff: Http) -> None:
    product = make_product()
    answer = staff.post(f"/admin/api/v1/products/{product}/link", {"expire_days": 7})
    assert answer.status_code == 201
    link = answer.get_json()["url_link"]
    assert link.startswith("https://")
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.after) == ("spu.link", {"url_link": link, "expire_days": 7})
    refused = staff.post(f"/admin/api/v1/products/{product}/link", {"expire_days": 31})
    assert refused.status_code == 422
