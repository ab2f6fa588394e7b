"""Trade bills: fetching, checking and reading them."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date

import pytest
from werkzeug import Response

from mall.wechat.errors import WechatUnavailable, WechatUnknown
from mall.wechat.pay_client import TRADE_BILL_PATH, PayClient
from tests.wechat.fakes import FakeWechat
from tests.wechat.test_pay_client import error

COLUMNS = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
]
COMMON = {
    "公众账号ID": "wx1",
    "商户号": "1900000001",
    "特约商户号": "0",
    "微信订单号": "4200000001",
    "商户订单号": "T1",
    "用户标识": "o-1",
    "商品名称": "雪糕\\ 一箱",
    "费率": "0.60%",
}


def row(**cells: str) -> str:
    return ",".join("`" + {**COMMON, **cells}.get(name, "") for name in COLUMNS)


HEADER = ",".join(COLUMNS)
PAID = row(
    交易时间="2024-05-01 12:00:00",
    交易状态="SUCCESS",
    应结订单金额="88.00",
    微信退款单号="0",
    商户退款单号="0",
    退款金额="0.00",
    手续费="0.52800",
    订单金额="88.00",
    申请退款金额="0.00",
)
BACK = row(
    交易时间="2024-05-01 13:00:00",
    交易状态="REFUND",
    应结订单金额="0.00",
    微信退款单号="503001",
    商户退款单号="R1",
    退款金额="8.00",
    退款状态="PROCESSING",
    手续费="-0.04800",
    订单金额="0.00",
    申请退款金额="8.00",
)
SUMMARY = "总交易单数,应结订单总金额,退款总金额"
TOTALS = "`2,`88.00,`8.00"
BILL = "\ufeff" + "\r\n".join([HEADER, PAID, BACK, SUMMARY, TOTALS]) + "\r\n"


class TestBills:
    day = date(2024, 5, 1)

    def offer(
        self, wechat: FakeWechat, text: str, *, packed: bool = True, digest: str | None = None
    ) -> None:
        raw = text.encode()
        ticket = {
            "hash_type": "SHA1",
            "hash_value": digest or hashlib.sha1(raw).hexdigest(),
            # The real host's name: the download goes to our base address all the same.
            "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Fb",
        }
        wechat.answers[TRADE_BILL_PATH] = wechat.signed(ticket)
        wechat.answers["/v3/billdownload/file"] = lambda _r: Response(
            gzip.compress(raw) if packed else raw, 200
        )

    @pytest.mark.parametrize("packed", [True, False])
    def test_rows(self, pay: PayClient, wechat: FakeWechat, packed: bool) -> None:
        self.offer(wechat, BILL, packed=packed)
        paid, back = pay.trade_bill(self.day).rows()
        assert (paid.order_fen, paid.out_refund_no, paid.is_refund) == (8800, None, False)
        assert (back.refund_fen, back.out_refund_no, back.is_refund) == (800, "R1", True)
        assert paid.trade_time.isoformat() == "2024-05-01T12:00:00+08:00"
        assert str(paid.fee_yuan) == "0.52800"
        assert wechat.seen[0][1].startswith(f"{TRADE_BILL_PATH}?bill_date=2024-05-01&")
        assert wechat.seen[1][1] == "/v3/billdownload/file?token=a%2Fb"
        assert "Authorization" in wechat.seen[1][2]

    def test_columns_are_found_by_name(self, pay: PayClient, wechat: FakeWechat) -> None:
        turned = ["新列," + HEADER, "`x," + PAID, "`x," + BACK]
        self.offer(wechat, "\n".join([*turned, SUMMARY, TOTALS]))
        assert [row.out_trade_no for row in pay.trade_bill(self.day).rows()] == ["T1", "T1"]

    def test_a_day_without_trade(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[TRADE_BILL_PATH] = error("NO_STATEMENT_EXIST", 400)
        assert list(pay.trade_bill(self.day).rows()) == []

    def test_not_ready(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[TRADE_BILL_PATH] = error("STATEMENT_CREATING", 400)
        with pytest.raises(WechatUnavailable):
            pay.trade_bill(self.day)

    def test_a_wrong_hash(self, pay: PayClient, wechat: FakeWechat) -> None:
        self.offer(wechat, BILL, digest="0" * 40)
        with pytest.raises(WechatUnknown, match="hash"):
            pay.trade_bill(self.day)

    @pytest.mark.parametrize(
        "text",
        [
            HEADER,
            "\n".join([HEADER, PAID]),
            "\n".join([HEADER, PAID, SUMMARY, TOTALS]),
            "\n".join([HEADER, PAID.replace("88.00", "many"), SUMMARY, "`1"]),
            "\n".join([HEADER.replace("商户订单号", "?"), PAID, SUMMARY, "`1"]),
            "\n".join([HEADER, PAID.replace("88.00", "88.001"), SUMMARY, "`1"]),
        ],
    )
    def test_a_bill_that_is_cut_or_broken(
        self, pay: PayClient, wechat: FakeWechat, text: str
    ) -> None:
        self.offer(wechat, text)
        bill = pay.trade_bill(self.day)
        with pytest.raises(WechatUnknown):
            list(bill.rows())
