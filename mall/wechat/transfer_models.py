"""The shapes of merchant transfers (商家转账, the interface of 2025). Money is in fen.

The money moves only when its receiver confirms in the mini-program. Source: WeChat Pay's
documents of `/v3/fund-app/mch-transfer/transfer-bills`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mall.wechat.errors import WechatUnknown
from mall.wechat.times import parse_rfc3339

SUCCESS, FAIL, CANCELLED = "SUCCESS", "FAIL", "CANCELLED"
WAITS = "WAIT_USER_CONFIRM"
ENDS = frozenset({SUCCESS, FAIL, CANCELLED})
"""States after which nothing more happens."""
STATES = ENDS | {"ACCEPTED", "PROCESSING", WAITS, "TRANSFERING", "CANCELING"}
MAX_REMARK, MAX_REPORT = 32, 32
_BILL_NO = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)


def check_bill_no(number: str) -> str:
    """`number` itself when WeChat takes it as an out_bill_no. Raises ValueError."""
    if not _BILL_NO.fullmatch(number):
        raise ValueError("out_bill_no must be 1 to 32 letters and digits")
    return number


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    """One transfer, as it is asked for. Repeat it only with every parameter the same.

    `report` are the labels that WeChat wants of the scene, with what they say; `perception` is
    one of the scene's words for the receiver, None for its default. `user_name` is in clear
    here, and encrypted on its way. Raises ValueError for what WeChat could only refuse.
    """

    appid: str
    out_bill_no: str
    scene_id: str
    openid: str = field(repr=False)
    amount_fen: int
    remark: str
    notify_url: str
    report: tuple[tuple[str, str], ...]
    perception: str | None = None
    user_name: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_bill_no(self.out_bill_no)
        if self.amount_fen <= 0:
            raise ValueError("WeChat transfers nothing but money")
        if "?" in self.notify_url:
            raise ValueError("notify_url can't have a query")
        if not self.report:
            raise ValueError("a transfer says what it is for")

    def body(self, sealed_name: str | None) -> dict[str, Any]:
        """The JSON body; `sealed_name` is the name as only WeChat can read it."""
        body: dict[str, Any] = {
            "appid": self.appid,
            "out_bill_no": self.out_bill_no,
            "transfer_scene_id": self.scene_id,
            "openid": self.openid,
            "transfer_amount": self.amount_fen,
            "transfer_remark": self.remark[:MAX_REMARK],
            "notify_url": self.notify_url,
            "transfer_scene_report_infos": [
                {"info_type": label, "info_content": said[:MAX_REPORT]}
                for label, said in self.report
            ],
        }
        if self.perception is not None:
            body["user_recv_perception"] = self.perception
        if sealed_name is not None:
            body["user_name"] = sealed_name
        return body


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What WeChat says about a transfer, in a reply or in a callback.

    `package_info` is there while the receiver is asked to confirm. `amount_fen`, `openid` and
    `mchid` aren't in every answer. `fail_reason` is WeChat's word, an open list.
    """

    out_bill_no: str
    transfer_bill_no: str
    state: str
    amount_fen: int | None
    openid: str | None = field(repr=False)
    mchid: str | None
    package_info: str | None = field(repr=False)
    fail_reason: str | None
    updated_at: datetime | None
    raw: dict[str, Any] = field(repr=False)

    @property
    def is_over(self) -> bool:
        """Nothing more happens: the money is there, or never will be by this number."""
        return self.state in ENDS

    @classmethod
    def from_wechat(cls, resource: Mapping[str, Any]) -> Transfer:
        """Decode a reply or a `MCHTRANSFER.BILL.FINISHED` resource.

        Raises WechatUnknown when a field is missing or of another type, or the state is new.
        """
        try:
            state = _text(resource["state"])
            if state not in STATES:
                raise ValueError("a state that nobody knows")
            amount = resource.get("transfer_amount")
            if amount is not None and (type(amount) is not int or amount < 0):
                raise TypeError
            return cls(
                out_bill_no=_text(resource["out_bill_no"]),
                transfer_bill_no=_text(resource["transfer_bill_no"]),
                state=state,
                amount_fen=amount,
                openid=_optional(resource.get("openid")),
                # The documents disagree about the name.
                mchid=_optional(resource.get("mch_id") or resource.get("mchid")),
                package_info=_optional(resource.get("package_info")),
                fail_reason=_optional(resource.get("fail_reason")),
                updated_at=_time(resource.get("update_time")),
                raw=dict(resource),
            )
        except (KeyError, TypeError, ValueError):
            fault = WechatUnknown("a transfer that can't be read")
        raise fault


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _optional(value: object) -> str | None:
    return None if value is None or value == "" else _text(value)


def _time(value: object) -> datetime | None:
    """Times come with and without milliseconds."""
    return None if value is None or value == "" else parse_rfc3339(_text(value))
