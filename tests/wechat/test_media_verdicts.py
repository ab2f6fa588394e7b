"""The push about a picture in the form that WeChat documents, as JSON and as XML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mall.wechat.media_verdicts import MediaVerdict, media_verdict
from mall.wechat.push import MessagePush
from tests.wechat.test_push import AES_KEY, APPID, TOKEN, query, seal

# developers.weixin.qq.com, mediaCheckAsync: the fields of the asynchronous result.
DOCUMENTED: dict[str, Any] = {
    "ToUserName": "gh_9df7d78a1234",
    "FromUserName": "o4_t144jTUSEoxydysUA2E234_tc",
    "CreateTime": 1626959646,
    "MsgType": "event",
    "Event": "wxa_media_check",
    "appid": "wx0123456789abcdef",
    "trace_id": "60f96f1d-3845297a-1976a3ae",
    "version": 2,
    "detail": [
        {"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90}
    ],
    "errcode": 0,
    "errmsg": "ok",
    "result": {"suggest": "pass", "label": 100},
}
XML = """<xml><ToUserName><![CDATA[gh_9df7d78a1234]]></ToUserName>
<FromUserName><![CDATA[o4_t144jTUSEoxydysUA2E234_tc]]></FromUserName>
<CreateTime>1626959646</CreateTime><MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[wxa_media_check]]></Event><trace_id><![CDATA[t-1]]></trace_id>
<version>2</version><errcode>0</errcode><errmsg><![CDATA[ok]]></errmsg>
<result><suggest><![CDATA[risky]]></suggest><label>20002</label></result></xml>"""


def opened(message: str) -> MediaVerdict | None:
    """What an encrypted push says."""
    push = MessagePush(token=TOKEN, aes_key=AES_KEY, appid=APPID, allow_plain=False)
    sealed = seal(message)
    body = json.dumps({"Encrypt": sealed}).encode()
    return media_verdict(push.open_push(query(sealed), body).fields)


def test_the_documented_push() -> None:
    expected = MediaVerdict("60f96f1d-3845297a-1976a3ae", "pass", 100)
    assert opened(json.dumps(DOCUMENTED)) == expected


def test_an_xml_push_gives_numbers_as_text() -> None:
    assert opened(XML) == MediaVerdict("t-1", "risky", 20002)


@pytest.mark.parametrize(
    "change",
    [
        {"errcode": -1008},
        {"result": None},
        {"result": []},
        {"result": {"suggest": "maybe", "label": 100}},
    ],
)
def test_what_is_no_verdict(change: dict[str, Any]) -> None:
    found = media_verdict(DOCUMENTED | change)
    assert found is not None
    assert (found.suggest, found.label) == (None, 0)


@pytest.mark.parametrize("label", [None, "x", "９", "1" * 30, {}])
def test_an_odd_label_is_none_in_particular(label: Any) -> None:
    result = {"suggest": "risky", "label": label}
    found = media_verdict(DOCUMENTED | {"result": result})
    assert found == MediaVerdict(DOCUMENTED["trace_id"], "risky", 0)
