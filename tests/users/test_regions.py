"""Regions: import of real and of broken sheets, and the public list."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import func, select, text

from mall.kernel.db import db
from mall.kernel.sheets import Columns, read_sheet
from mall.users.models import Region
from mall.users.region_import import COLUMNS, RegionImport, import_regions
from mall.users.regions import names_of
from tests.conftest import ROOT, SHARED
from tests.support.http import Http
from tests.support.users import make_regions

REAL = SHARED / "data" / "regions.csv"
DEMO = ROOT / "mall" / "demo" / "regions.csv"
SMALL = """编码,名称,上级编码,级别
330106,西湖区,330100,3
330000,浙江省,,1
330100,杭州市,330000,2
"""


def sheet_of(folder: Path, content: str) -> Path:
    path = folder / "regions.csv"
    path.write_text(content, encoding="utf-8")
    return path


def imported(path: Path, *, dry_run: bool = False) -> RegionImport:
    return import_regions(read_sheet(path, Columns(COLUMNS)).rows, dry_run=dry_run)


def counts(result: RegionImport) -> tuple[int, int, int, int]:
    return result.added, result.changed, result.unchanged, len(result.refusals)


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Region)) or 0


@pytest.mark.skipif(not REAL.exists(), reason="the shared data isn't here")
def test_the_real_table_goes_in_whole_and_once(app: Flask) -> None:
    assert counts(imported(REAL, dry_run=True)) == (3231, 0, 0, 0)
    assert stored() == 0
    assert counts(imported(REAL)) == (3231, 0, 0, 0)
    written = db.session.scalar(text("SELECT md5(string_agg(r::text || xmin, '')) FROM regions r"))
    assert counts(imported(REAL)) == (0, 0, 3231, 0)
    again = db.session.scalar(text("SELECT md5(string_agg(r::text || xmin, '')) FROM regions r"))
    assert again == written
    assert names_of(db.session(), "330106") == "浙江省 杭州市 西湖区"
    assert names_of(db.session(), "441900") == "广东省 东莞市"
    assert names_of(db.session(), "110101") == "北京市 东城区"
    unnamed = [
        code
        for code in db.session.scalars(select(Region.code).where(Region.level == 3)).all()[::50]
        if not names_of(db.session(), code)
    ]
    assert unnamed == []


def test_the_demo_regions_go_in(app: Flask) -> None:
    result = imported(DEMO)
    assert result.refusals == []
    assert result.added == 53


def test_rows_may_stand_in_any_order(app: Flask, tmp_path: Path) -> None:
    assert counts(imported(sheet_of(tmp_path, SMALL))) == (3, 0, 0, 0)


def test_a_renamed_region_is_changed(app: Flask, tmp_path: Path) -> None:
    imported(sheet_of(tmp_path, SMALL))
    result = imported(sheet_of(tmp_path, SMALL.replace("西湖区", "西子区")))
    assert counts(result) == (0, 1, 2, 0)
    assert names_of(db.session(), "330106") == "浙江省 杭州市 西子区"


def test_bad_rows_are_reported_and_the_rest_goes_in(app: Flask, tmp_path: Path) -> None:
    bad = SMALL + (
        "33010,短码,330000,2\n"
        "330200,,330000,2\n"
        "330300,温州市,330000,4\n"
        "340000,安徽省,330000,1\n"
        "330400,嘉兴市,,2\n"
        "330106,西湖区,330100,3\n"
        "990100,无上级,990000,2\n"
        "990101,无上级,990100,3\n"
        "330500,湖州市,330000,2,多\n"
        "330600,绍兴市,330000,2\n"
    )
    result = imported(sheet_of(tmp_path, bad))
    assert counts(result)[:3] == (4, 0, 0)
    assert sorted((r.line, r.column) for r in result.refusals) == [
        (5, "编码"),
        (6, "名称"),
        (7, "级别"),
        (8, "上级编码"),
        (9, "上级编码"),
        (10, "编码"),
        (11, "上级编码"),
        (12, "上级编码"),
        (13, ""),
    ]
    assert all(refusal.reason for refusal in result.refusals)


def test_excel_is_as_good(app: Flask, tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(list(COLUMNS))
    page.append([330000, "浙江省", None, 1])
    page.append([330100, "杭州市", 330000, 2])
    path = tmp_path / "regions.xlsx"
    book.save(path)
    assert counts(imported(path)) == (2, 0, 0, 0)


def test_the_public_list(http: Http) -> None:
    make_regions()
    provinces = http.get("/api/v1/regions")
    assert provinces.get_json() == {
        "items": [{"code": "330000", "name": "浙江省", "level": 1}],
    }
    assert http.get("/api/v1/regions", parent="330000").get_json()["items"][0]["name"] == "杭州市"
    assert http.get("/api/v1/regions", parent="999999").get_json() == {"items": []}
    assert http.get("/api/v1/regions", parent="x' OR 1=1").status_code == 422


def test_the_list_may_be_kept(http: Http) -> None:
    make_regions()
    first = http.get("/api/v1/regions")
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    etag = first.headers["ETag"]
    again = http.call("GET", "/api/v1/regions", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    other = http.call("GET", "/api/v1/regions?parent=330000", headers={"If-None-Match": etag})
    assert other.status_code == 200
