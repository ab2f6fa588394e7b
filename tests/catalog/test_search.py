"""Search by word, its order and its odd questions; suggestions; hot words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import select, update

from mall.catalog.hot_words import MAX_COUNTED, count_search, hot_words
from mall.catalog.models import Spu
from mall.catalog.pinyin import MARK, pinyin_forms
from mall.catalog.search_index import reindex
from mall.catalog.tokenizer import all_words, query_words, title_words
from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import transaction
from tests.support.catalog import make_category, make_sku
from tests.support.http import Http, error_code


def make_product(name: str, *, detail: str = "", brief: str = "", on_sale: bool = True) -> None:
    make_sku(name=name, on_sale=on_sale)
    with transaction() as session:
        newest = session.scalars(select(Spu.id).order_by(Spu.id.desc()).limit(1)).one()
        session.execute(update(Spu).where(Spu.id == newest).values(detail_html=detail, brief=brief))
        reindex(session, [newest])


def found(http: Http, q: str, **query: str | int) -> list[str]:
    answer = http.get("/api/v1/products/search", q=q, **query)
    assert answer.status_code == 200, answer.get_json()
    return [card["name"] for card in answer.get_json()["items"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("枕头", ["枕头"]),
        ("纯棉的四件套", ["纯棉", "四件套"]),
        ("ＡＢＣ  Mug", ["abc", "mug"]),
        ("，。!?", []),
        ("床 床 床", ["床"]),
    ],
)
def test_a_query_is_cut_into_words(text: str, words: list[str]) -> None:
    assert query_words(text) == words


def test_a_word_is_also_cut_into_shorter_ones() -> None:
    assert set(title_words("四件套")) == {"四件", "件套", "四件套"}
    assert all_words(["it's", "a\\b"]) == r"'it''s':* & 'a\\b':*"


def test_a_word_in_the_title_ranks_over_one_in_the_text(http: Http) -> None:
    make_product("棉被", detail="<p>配上枕头更好。枕头，枕头，枕头，枕头。</p>")
    make_product("荞麦枕头")
    make_product("毛巾", detail="<p>与卧室无关</p>")
    assert found(http, "枕头") == ["荞麦枕头", "棉被"]


def test_every_word_has_to_be_there_unless_nothing_has_them_all(http: Http) -> None:
    make_product("水洗棉四件套")
    make_product("真丝四件套")
    assert found(http, "真丝四件套") == ["真丝四件套"]
    assert found(http, "四件套 台灯") == ["真丝四件套", "水洗棉四件套"]
    assert found(http, "台灯") == []


@pytest.mark.parametrize("q", ["枕", "羽绒", "羽绒枕", "yu", "YURONG"])
def test_beginnings_and_single_characters_find(http: Http, q: str) -> None:
    make_product("可水洗羽绒枕 YURONG")
    assert found(http, q) == ["可水洗羽绒枕 YURONG"]


def test_off_shelf_is_not_found(http: Http) -> None:
    make_product("荞麦枕头", on_sale=False)
    assert found(http, "枕头") == []


def test_results_are_paged_without_loss_in_any_order(http: Http) -> None:
    for number in range(23):
        make_product(f"枕头 {number:02d}", brief="枕头" * (number % 3))
    for sort in (None, "price_asc", "hot"):
        seen, cursor = [], None
        while True:
            query = {"q": "枕头", "limit": 5, "cursor": cursor, "sort": sort}
            answer = http.get(
                "/api/v1/products/search", **{k: v for k, v in query.items() if v is not None}
            ).get_json()
            seen += [card["name"] for card in answer["items"]]
            cursor = answer["next_cursor"]
            if cursor is None:
                break
        assert sorted(seen) == [f"枕头 {number:02d}" for number in range(23)]


def test_filters_narrow_a_search(http: Http) -> None:
    make_product("荞麦枕头")
    other = make_category("别处")
    assert found(http, "枕头", category_id=str(other)) == []
    assert found(http, "枕头", min_price_fen=1001) == []
    assert found(http, "枕头", max_price_fen=1000) == ["荞麦枕头"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(q=st.text(min_size=1, max_size=60))
def test_no_text_breaks_the_search(http: Http, q: str) -> None:
    for path in ("/api/v1/products/search", "/api/v1/search/suggestions"):
        assert http.get(path, q=q).status_code in (200, 400, 422)


@pytest.mark.parametrize("q", ["' OR 1=1 --", "a & | ! ( )", "\\", "':*", "%_", "a:*B"])
def test_syntax_in_a_query_is_text(http: Http, q: str) -> None:
    make_product("枕头")
    assert "枕头" not in found(http, q)


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "枕" * 61}, {"q": "枕", "sort": "id;--"}])
def test_bad_questions_are_refused(http: Http, query: dict[str, str]) -> None:
    answer = http.get("/api/v1/products/search", **query)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_suggestions_are_names_that_begin_so_then_names_with_the_word(http: Http) -> None:
    make_product("羽绒枕")
    make_product("可水洗羽绒被")
    make_product("毛巾")
    answer = http.get("/api/v1/search/suggestions", q="羽绒").get_json()
    assert answer == {"items": ["羽绒枕", "可水洗羽绒被"]}
    assert http.get("/api/v1/search/suggestions", q="%").get_json() == {"items": []}


def test_words_that_many_search_for_are_shown(http: Http) -> None:
    make_product("荞麦枕头")
    make_product("水洗棉四件套")
    for _ in range(3):
        found(http, "四件套")
    found(http, "枕头的")
    found(http, "没有的东西")
    found(http, "枕头 没有的东西")
    assert http.get("/api/v1/search/hot-words").get_json() == {"items": ["四件套", "枕头"]}
    shown = http.get("/api/v1/search/suggestions", q="四件").get_json()["items"]
    assert shown == ["四件套", "水洗棉四件套"]


def test_yesterdays_words_fade_and_the_list_is_bounded(app: Flask, redis: Redis) -> None:
    yesterday = shop_day(utc_now()) - timedelta(days=1)
    redis.zincrby(f"mall:{{hotwords}}:{yesterday}", 3, "昨日")
    for word in ("今日", "今日"):
        count_search([word])
    assert hot_words() == ["今日", "昨日"]
    for number in range(MAX_COUNTED + 10):
        count_search([f"词{number:04d}"])
    assert redis.zcard(f"mall:{{hotwords}}:{shop_day(utc_now())}") == MAX_COUNTED
    assert hot_words()[0] == "今日"


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("iPhone 15 手机壳", ["iphone15", "iPhone 15", "IPHONE15 手机壳", "ｉｐｈｏｎｅ１５"]),
        ("iPhone15 贴膜", ["iphone 15", "iphone15"]),
        ("保温杯 500ml", ["500 ml", "500ml", "500ML 保温杯"]),
        ("保温杯 500 ml", ["500ml"]),
        ("耳机 WH-1000XM5", ["wh1000xm5", "WH-1000 XM5", "1000xm5"]),
    ],
)
def test_letters_and_digits_are_words_however_they_are_written(
    http: Http, name: str, queries: list[str]
) -> None:
    make_product(name)
    make_product("iPhone 150 支架")
    make_product("保温杯 5000 ml")
    for query in queries:
        assert found(http, query) == [name], query


@pytest.mark.parametrize("letter", ["A", "B", "C"])
def test_a_single_letter_tells_products_apart(http: Http, letter: str) -> None:
    for other in "ABC":
        make_product(f"维生素{other} 软胶囊")
    make_product("维生素 and 矿物质")
    assert found(http, f"维生素{letter}") == [f"维生素{letter} 软胶囊"]


@pytest.mark.parametrize(
    "typed", ["chun", "chunmian", "ChunMianSi", "chun mian", "sijian", "cmsjt", "sjt", "c", "xi'an"]
)
def test_pinyin_and_first_letters_suggest(http: Http, typed: str) -> None:
    make_product("纯棉四件套")
    make_product("西安特产礼盒")
    make_product("羊毛毯")
    names = http.get("/api/v1/search/suggestions", q=typed).get_json()["items"]
    assert names == ["西安特产礼盒" if typed == "xi'an" else "纯棉四件套"]


def test_pinyin_is_no_word_of_a_search(http: Http) -> None:
    make_product("纯棉四件套")
    assert found(http, "chunmian") == []
    assert found(http, f"{MARK}chunmian") == []


def test_a_word_of_several_readings_is_spelled_as_in_the_name() -> None:
    assert f"{MARK}chongqingxiaomian" in pinyin_forms("重庆小面")
    assert f"{MARK}cqxm" in pinyin_forms("重庆小面")
    assert pinyin_forms("Mug 12") == []
