"""What staff do about each kind of statement of WeChat that contradicts our books."""

from __future__ import annotations

_STEPS = {
    "contradicting_refund": "本店已撤销该退款，微信却在退或已退：请暂停发货，在微信商户平台核对后"
    "补记这笔退款；确认未退再备注结案",
    "superseded_refund": "已更换的旧退款单号在微信仍在退或已退：请撤销新的退款单，再补记这笔退款，"
    "避免重复退款",
    "unknown_refund": "这笔退款不是本店系统发起的（多为微信商户平台手工退款）：请查明是谁退的，"
    "再补记到订单；与本店无关则备注结案",
    "unknown_payment": "本店没有这个商户订单号：请在微信商户平台查明来源，需要时在那里退款",
    "payment_denied": "本店已入账，微信查单却未支付：请暂停发货，联系微信支付客服核实",
    "mismatch_refund": "微信所说的退款金额或支付单号与本店不符：系统会再次向微信查询，"
    "仍不符则在微信商户平台核对",
    "mismatch_mchid": "通知来自另一个商户号：请核对微信支付的配置",
    "unreadable": "微信的通知无法读取：请把通知编号交给技术人员核实",
}
_PAYMENT = (
    "微信所说的支付与本店不符（金额、付款人或单号）：系统会再次向微信查单，"
    "仍不符则在微信商户平台核对，多收退还"
)
_OTHER = "请在微信商户平台核对这个单号，处理后备注结案"


def next_step(kind: str) -> str:
    """The next step about a discrepancy, in words."""
    known = _STEPS.get(kind)
    if known is None:
        return _PAYMENT if kind.startswith("mismatch_") and "transfer" not in kind else _OTHER
    return known
