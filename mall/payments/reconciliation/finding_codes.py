"""What can differ between a bill and our books, and what staff do about each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """Which list a finding stands in, and its next step in words.

    `in_totals`: its amounts make the totals of the two sides differ. Of the others both sides
    have the amount, and differ in something else.
    """

    kind: str
    next_step: str
    in_totals: bool = True


CODES: dict[str, Code] = {
    "unknown_payment": Code(
        "theirs_only",
        "本店没有这个商户订单号：请在微信商户平台查明来源，确认后备注处理",
    ),
    "missed_payment": Code(
        "theirs_only",
        "微信已收款，本店尚未入账：请重新对账，系统会再次向微信查单",
    ),
    "payment_not_applied": Code(
        "theirs_only",
        "微信已收款，但金额、付款人或单号与本店记录不符：请到支付异常列表核对，再退款或补单",
    ),
    "payment_contradicted": Code(
        "theirs_only",
        "账单显示已付款，微信查单却未支付：请联系微信支付客服核实",
    ),
    "unknown_refund": Code(
        "theirs_only",
        "本店没有这个商户退款单号：请查明是谁在微信商户平台发起的退款；属于本店订单的，该订单已暂停发货，"
        "请到支付异常列表补记",
    ),
    "console_refund_closed": Code(
        "theirs_only",
        "这笔退款不是本店系统发起的，微信已关闭，没有退款：查明是谁操作的，备注即可",
    ),
    "missed_refund": Code(
        "theirs_only",
        "微信已退款，本店尚未入账：请重新对账，系统会再次向微信查询",
        in_totals=False,
    ),
    "refund_unbooked": Code(
        "theirs_only",
        "本店已放弃或撤销该退款，微信却在退或已退：请到支付异常列表补记这笔退款，并核对是否重复",
        in_totals=False,
    ),
    "refund_in_doubt": Code(
        "theirs_only",
        "账单有这笔退款，本店未发出或已撤销，微信又查不到：请次日重新对账，仍如此则联系微信支付客服",
        in_totals=False,
    ),
    "superseded_refund": Code(
        "theirs_only",
        "已更换的旧退款单号在微信仍在退或已退：请到支付异常列表补记，并核对新旧退款是否重复",
        in_totals=False,
    ),
    "payment_not_billed": Code(
        "ours_only",
        "微信查单为已支付，账单却没有：请次日重新对账，仍没有则联系微信支付客服",
    ),
    "payment_denied": Code(
        "ours_only",
        "本店已入账，微信查单却未支付：请立即暂停发货并核查",
    ),
    "refund_not_billed": Code(
        "ours_only",
        "微信已受理该退款，账单却没有：请次日重新对账，仍没有则联系微信支付客服",
    ),
    "refund_unheard_of": Code(
        "ours_only",
        "微信没有这笔退款：请在退款列表重试，或撤销后重新发起",
    ),
    "payment_amount": Code(
        "amount_differs",
        "支付金额不一致：以微信商户平台的订单为准核对，多收退还、少收联系用户",
    ),
    "payment_transaction": Code(
        "amount_differs",
        "微信支付单号不一致：请在微信商户平台核对这个商户订单号的两笔交易",
        in_totals=False,
    ),
    "refund_amount": Code(
        "amount_differs",
        "退款金额不一致：以微信商户平台的退款为准核对，差额补退或记账",
    ),
    "payment_billed_again": Code(
        "billed_again",
        "账单中这个商户订单号还有一笔收款：请在微信商户平台核对是否重复收款，多收的退还用户",
    ),
    "refund_billed_again": Code(
        "billed_again",
        "账单中这个商户退款单号还有一笔退款：请在微信商户平台核对是否重复退款",
    ),
    "totals_differ": Code(
        "amount_differs",
        "两边合计不同，已列出的差异不能解释：请下载当日账单逐笔核对，或联系技术人员",
        in_totals=False,
    ),
}
"""Every code of a finding."""

OTHER_DAY, NO_MONEY, UNANSWERED = "other_day", "no_money", "unanswered"
"""Verdicts that make no finding: of another day's bill, nothing moved, not known yet."""
