"""What a transfer must say, by its scene, and the limits of amounts (documents 4012711988 ff.)."""

from __future__ import annotations

from dataclasses import dataclass

from mall.wechat.simulator import signing
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.state import Doc

LEAST_FEN, NAME_FROM_FEN, NAMELESS_BELOW_FEN = 10, 200_000, 30
RED_PACKET_MOST_FEN = 20_000


@dataclass(frozen=True)
class Scene:
    """The labels that must be reported, the words for the receiver (the default first), and
    whether it may come as a red packet."""

    labels: frozenset[str]
    perceptions: tuple[str, ...]
    red_packet: bool = False


SCENES = {
    "1000": Scene(frozenset({"活动名称", "奖励说明"}), ("活动奖励", "现金奖励"), red_packet=True),
    "1005": Scene(
        frozenset({"岗位类型", "报酬说明"}),
        ("劳务报酬", "报销款", "企业补贴", "开工利是"),
        red_packet=True,
    ),
    "1011": Scene(frozenset({"赔付原因"}), ("退款", "商家赔付")),
    "1009": Scene(frozenset({"采购商品名称"}), ()),
    "1010": Scene(frozenset({"回收商品名称"}), ()),
}


def check(simulator: Simulator, body: Doc, serial: str) -> str | None:
    """The receiver's name in clear, if one was given; PayError when a rule forbids the transfer."""
    if body["appid"] != simulator.credentials.appid:
        raise PayError(400, "INVALID_REQUEST", "商户号与appid不匹配", number=268529837)
    scene = SCENES.get(body["transfer_scene_id"])
    if scene is None or body["transfer_scene_id"] in _closed(simulator):
        raise PayError(403, "NO_AUTH", "商户未开通该转账场景")
    labels = [info["info_type"] for info in body["transfer_scene_report_infos"]]
    if set(labels) != scene.labels or len(labels) != len(scene.labels):
        raise param_error("/transfer_scene_report_infos", labels, "not those of the scene")
    perception = body.get("user_recv_perception")
    if perception is not None and perception not in scene.perceptions:
        raise param_error("/user_recv_perception", perception, "not one of the scene")
    amount = body["transfer_amount"]
    style = body.get("user_recv_style", {}).get("type")
    if style == "RED_PACKET" and not (scene.red_packet and amount <= RED_PACKET_MOST_FEN):
        raise PayError(400, "INVALID_REQUEST", "不支持红包样式")
    if not LEAST_FEN <= amount <= simulator.settings.transfer_max_fen:
        raise PayError(400, "INVALID_REQUEST", "转账金额超出限额", number=268529835)
    return _name(simulator, body, serial, amount)


def _name(simulator: Simulator, body: Doc, serial: str, amount: int) -> str | None:
    sealed = body.get("user_name")
    if sealed is None:
        if amount >= NAME_FROM_FEN:
            raise param_error("/user_name", None, "needed from 2,000 yuan")
        return None
    if amount < NAMELESS_BELOW_FEN:
        raise param_error("/user_name", None, "not taken below 0.30 yuan")
    keys = {
        simulator.credentials.public_key_id: simulator.credentials.pay_key,
        simulator.credentials.platform_serial: simulator.credentials.platform_key,
    }
    if serial not in keys:
        raise PayError(400, "PARAM_ERROR", "Wechatpay-Serial缺失或不可用")
    try:
        return signing.decrypt_field(keys[serial], sealed)
    except ValueError:
        raise PayError(400, "PARAM_ERROR", "加密字段解密失败") from None


def _closed(simulator: Simulator) -> list[str]:
    policy = simulator.store.get("policy", "transfer-scenes") or {"closed": []}
    return list(policy["closed"])
