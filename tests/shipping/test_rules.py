"""Pure rules: descriptions and pauses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.outbound import nth
from mall.shipping.rules import MAX_ATTEMPTS, RETRY_S, describe_goods


def test_goods_are_named_with_their_quantities() -> None:
    assert describe_goods([("乳胶 枕头", 2), ("四件套", 1)]) == "乳胶 枕头×2；四件套×1"
    assert describe_goods([]) == "商品"


@given(st.lists(st.tuples(st.text(min_size=1, max_size=90), st.integers(1, 9999)), max_size=30))
def test_a_description_fits_what_wechat_takes(goods: list[tuple[str, int]]) -> None:
    assert 1 <= len(describe_goods(goods)) <= 120


def test_pauses_grow_to_an_hour_and_last_most_of_a_day() -> None:
    pauses = [nth(RETRY_S, attempt) for attempt in range(1, MAX_ATTEMPTS)]
    assert pauses[:3] == [5, 10, 20]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3600
    assert 12 * 3600 < sum(pauses) < 24 * 3600
