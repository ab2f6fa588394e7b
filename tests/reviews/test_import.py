"""`mall reviews import`: each row once, without stars, for staff to approve."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import select, text

from mall.inventory.cli import import_files
from mall.kernel.db import transaction
from mall.reviews.importing.cli import read_file
from mall.reviews.importing.importing import ReviewImport, import_reviews
from mall.reviews.importing.models import ImportedReview
from mall.reviews.moderation.contents import APPROVED
from mall.reviews.moderation.deciding import decide
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import REVIEW
from tests.reviews.corpus import REAL
from tests.support.cli import mall
from tests.support.http import Http
from tests.support.orders import lines_of, make_buyer, make_goods
from tests.support.races import together
from tests.support.reviews import GOOD, grants, offer, points_of, received, review, work

pytestmark = pytest.mark.usefixtures("app")
HEAD = "商品编号,评价内容,图片,时间,昵称\n"
ADDRESSES = "|".join(f"https://a.example/{number}.jpg" for number in range(3))


def product() -> tuple[str, int]:
    """A product's code and id."""
    sku_id = make_goods()
    with transaction() as session:
        query = text(
            "SELECT p.spu_code AS code, p.id FROM spus p JOIN skus s ON s.spu_id = p.id"
            " WHERE s.id = :id"
        )
        row = session.execute(query, {"id": sku_id}).one()
    return row.code, row.id


def sheet(folder: Path, *lines: str) -> Path:
    file = folder / "reviews.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return file


def stored() -> list[Any]:
    with transaction() as session:
        return list(
            session.execute(
                select(*Review.__table__.c, ImportedReview.pictures.label("addresses"))
                .join(ImportedReview, ImportedReview.review_id == Review.id)
                .order_by(Review.id)
            )
        )


def approve_all() -> None:
    """As staff do with a batch."""
    for row in stored():
        with transaction() as session:
            assert decide(session, REVIEW, row.id, APPROVED)


def test_rows_go_in_once_and_wait(app: Flask, tmp_path: Path) -> None:
    code, spu_id = product()
    file = sheet(
        tmp_path,
        f"{code},{GOOD},{ADDRESSES},2018-02-01 00:00:00,小满",
        f"{code},不错,,,",
        f"{code},不错,,,",
        "NONE,很好,,,",
        f"{code},,,,",
    )
    dry = mall(app, "reviews", "import", file, "--dry-run")
    assert dry.exit_code == 1
    assert "Dry run, nothing written: 3 added for approval" in dry.output
    assert stored() == []
    done = mall(app, "reviews", "import", file)
    assert done.exit_code == 1
    assert "3 added for approval, 0 known" in done.output
    assert "NONE (1)" in done.output
    assert "line 5, 商品编号: no product NONE" in done.output
    assert "line 6, 评价内容: is empty" in done.output
    first, *others = stored()
    assert (first.origin, first.status, first.nickname) == ("import", "pending", "小满")
    assert (first.goods_stars, first.user_id, first.spu_id) == (None, None, spu_id)
    assert (first.pictures, first.addresses) == ([], ADDRESSES.split("|"))
    assert first.created_at.isoformat()[:10] in ("2018-01-31", "2018-02-01")
    assert [one.text for one in others] == ["不错", "不错"]
    again = mall(app, "reviews", "import", file)
    assert "0 added for approval, 3 known" in again.output
    assert len(stored()) == 3


def test_a_sheet_without_faults_ends_with_zero(app: Flask, tmp_path: Path) -> None:
    code, _ = product()
    assert mall(app, "reviews", "import", sheet(tmp_path, f"{code},很好,,,")).exit_code == 0
    assert mall(app, "reviews", "import", tmp_path / "none.csv").exit_code == 2


def test_approved_ones_are_shown_marked_counted_in_no_average_and_never_paid(
    app: Flask, http: Http, tmp_path: Path
) -> None:
    offer()
    offer("base")
    code, spu_id = product()
    assert not run(sheet(tmp_path, f"{code},{GOOD},{ADDRESSES},,小满")).refusals
    work(app)
    assert [one.status for one in stored()] == ["pending"]
    approve_all()
    work(app)
    path = f"/api/v1/products/{spu_id}/reviews"
    (shown,) = http.get(path).get_json()["items"]
    assert shown["text"] == GOOD
    assert shown["origin"] == "import"
    assert ADDRESSES.split("|")[0] not in str(shown)
    rating = http.get(f"/api/v1/products/{spu_id}/rating").get_json()
    assert (rating["count"], sum(rating["stars"].values())) == (1, 0)
    assert grants() == []


def test_who_pastes_an_imported_review_is_not_paid(app: Flask, tmp_path: Path) -> None:
    offer()
    code, _ = product()
    run(sheet(tmp_path, f"{code},{GOOD},,,"))
    work(app)
    me = make_buyer()
    order_no = received(me)
    review(order_no)
    work(app)
    assert (points_of(me.user_id), len(lines_of(order_no))) == (0, 1)


def test_the_same_sheet_at_the_same_time_goes_in_once(app: Flask, tmp_path: Path) -> None:
    code, _ = product()
    rows, _ = read_file(sheet(tmp_path, *(f"{code},第 {n} 条,,," for n in range(50))))
    calls: list[Callable[[], ReviewImport]] = [partial(import_reviews, rows)] * 4
    done = together(app, calls)
    assert sum(one.added for one in done if isinstance(one, ReviewImport)) == 50
    assert len(stored()) == 50


@pytest.mark.skipif(not REAL.exists(), reason="the shared data isn't here")
def test_a_real_sheet_goes_in_whole(app: Flask) -> None:
    data = REAL.parent
    import_files(data / "catalogue.csv", None, None, console=Console(quiet=True))
    result = run(REAL)
    assert (result.added, result.unchanged, len(result.refusals)) == (994, 0, 0)
    assert (run(REAL).added, len(stored())) == (0, 994)


def run(file: Path) -> ReviewImport:
    rows, read = read_file(file)
    result = import_reviews(rows)
    result.refusals += read.refusals
    return result
