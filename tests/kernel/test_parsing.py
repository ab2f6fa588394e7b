from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.http.parsing import parse_json
from tests.support.http import Http, error_code

text = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
)


@given(values)
def test_ordinary_json_is_read_as_it_is(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


def test_a_backslash_before_u0000_is_text() -> None:
    assert parse_json(b'"a\\\\u0000b"') == "a\\u0000b"


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"a": NaN}',
        b"[Infinity]",
        b'"\xff"',
        b'"\\ud800"',
        b'"a\\u0000b"',
        b"[" * 100_000,
        b"9" * 5000,
    ],
)
def test_what_is_no_json_of_ours(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_json(raw)


def test_nul_in_a_path_or_query_is_a_bad_request(http: Http) -> None:
    for path in ("/api/v1/orders/a%00b", "/healthz?x=%00"):
        answer = http.get(path)
        assert answer.status_code == 400
        assert error_code(answer) == "bad_request"
