"""The migration takes over what the environment said of shop policy."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location

import pytest

from mall.config.moved import MOVED
from tests.conftest import ROOT
from tests.contract.settings import declared


def taken_over(environ: dict[str, str]) -> dict[str, object]:
    path = ROOT / "migrations" / "versions" / "settings_0001.py"
    spec = spec_from_file_location("settings_0001", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, object] = module.taken_over(environ)
    return found


def test_every_variable_is_taken_over_as_a_value_that_fits() -> None:
    said = {
        "MALL_LATE_PAYMENT_POLICY": "refund",
        "MALL_FLASH_MAX_RISK": "4",
        "MALL_TEMPLATE_ORDER_SHIPPED_FIELDS": "order_no=thing1",
        "MALL_TEMPLATE_COUPON_EXPIRING_FIELDS": "coupon=thing1",
        "MALL_TEMPLATE_FLASH_STARTING_FIELDS": "name=thing1",
    }
    pages = {variable: "pages/x" for variable in MOVED if variable.endswith("_PAGE")}
    ids = {
        variable: "tpl"
        for variable in MOVED
        if variable.startswith("MALL_TEMPLATE_") and not variable.endswith(("_PAGE", "_FIELDS"))
    }
    given = dict.fromkeys(MOVED, "10") | ids | pages | said
    taken = taken_over(given)
    assert set(taken) == set(MOVED.values())
    for setting in (one for one in declared() if one.name in taken):
        assert setting.dump(setting.parse(taken[setting.name])) == taken[setting.name]
    assert taken["orders.unpaid_close_min"] == 10
    assert taken["messages.order_shipped_template"] == {
        "template_id": "tpl",
        "fields": {"order_no": "thing1"},
        "page": "pages/x",
    }


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"MALL_UNPAID_CLOSE_MIN": "", "MALL_TEMPLATE_ORDER_SHIPPED": " "},
        {"MALL_UNPAID_CLOSE_MIN": "soon"},
        {"MALL_TEMPLATE_ORDER_SHIPPED_FIELDS": "order_no=thing1"},
    ],
)
def test_what_says_nothing_is_left_alone(environ: dict[str, str]) -> None:
    assert taken_over(environ) == {}


def test_a_template_without_fields_of_its_own_gets_those_of_before() -> None:
    taken = taken_over({"MALL_TEMPLATE_COUPON_EXPIRING": "tpl"})
    assert taken == {
        "coupons.expiring_template": {
            "template_id": "tpl",
            "fields": {"coupon": "thing1", "expires_at": "time2", "note": "thing3"},
            "page": "",
        }
    }
