"""Callbacks to the mall are queued here; `dispatcher.Dispatcher` sends them."""

from __future__ import annotations

import time
import uuid

from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.faults import TAMPERING_KINDS
from mall.wechat.simulator.state import Doc

# Seconds between tries of a payment callback (15 redeliveries over 24 h 4 min), from the
# payment-callback documentation; a message push is sent three times in all.
PAY_SCHEDULE_S = (
    15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600,
)  # fmt: skip
PUSH_SCHEDULE_S = (5, 5)

PUSH_PATH = "/callbacks/wechat/push"


def schedule_of(target: str) -> tuple[int, ...]:
    """Seconds between the tries of a callback, as WeChat waits; unscaled."""
    return PUSH_SCHEDULE_S if target == "push" else PAY_SCHEDULE_S


def queue_callback(
    simulator: Simulator,
    *,
    target: str,
    ref: str,
    url: str,
    event_type: str,
    original_type: str,
    summary: str,
    plaintext: Doc,
    delay_s: float = 0,
) -> None:
    """Queue one callback; a fault that was ordered for this target is applied to it."""
    doc: Doc = {
        "target": target,
        "ref": ref,
        "url": url,
        "event_type": event_type,
        "original_type": original_type,
        "summary": summary,
        "plaintext": plaintext,
        "notification_id": str(uuid.uuid4()),
        "created_at": simulator.now(),
        "status": "pending",
        "fault": None,
        "tampering": "",
        "tampering_seconds": 0.0,
        "lose_reply": False,
        "replay_seconds": None,
        "retry": True,
        "attempts": [],
        "next_attempt_at": None,
    }
    _apply_fault(simulator, doc, time.time() + delay_s)


def queue_push(
    simulator: Simulator, event: str, fields: Doc, *, ref: str, openid: str = ""
) -> None:
    """Queue one message push of type event, unless pushes are off or the mall is unknown."""
    if simulator.settings.push_mode == "off" or not simulator.mall_url:
        return
    message = {
        "ToUserName": simulator.credentials.original_id,
        "FromUserName": openid or simulator.credentials.original_id,
        "CreateTime": int(simulator.now()),
        "MsgType": "event",
        "Event": event,
    }
    queue_callback(
        simulator,
        target="push",
        ref=ref,
        url=simulator.mall_url + PUSH_PATH,
        event_type=event,
        original_type="event",
        summary="",
        plaintext=message | fields,
    )


def _apply_fault(simulator: Simulator, doc: Doc, due_at: float) -> None:
    fault = simulator.faults.take(doc["target"])
    kind = fault["kind"] if fault else ""
    seconds = fault["seconds"] if fault else 0
    if fault:
        doc |= {"fault": kind, "retry": fault["retry"], "tampering_seconds": seconds}
    if kind == "drop":
        store_callback(simulator, doc | {"status": "dropped"}, None)
        return
    if kind == "delay":
        due_at += seconds
    elif kind == "reorder":
        due_at += seconds
        doc["held"] = True
    elif kind == "replay":
        doc["replay_seconds"] = seconds
    elif kind == "lost_reply":
        doc["lose_reply"] = True
    elif kind in TAMPERING_KINDS:
        doc["tampering"] = kind
    store_callback(simulator, doc, due_at)
    if kind == "double":
        store_callback(simulator, doc, due_at)


def store_callback(simulator: Simulator, doc: Doc, due_at: float | None) -> Doc:
    """Store a callback under a new id."""
    stored = doc | {"id": str(uuid.uuid4()), "next_attempt_at": due_at}
    simulator.store.put("callback", stored["id"], stored, due_at=due_at)
    if stored.get("held"):
        simulator.store.put("held", stored["id"], {"id": stored["id"]})
    return stored


def release_held(simulator: Simulator, but: str) -> None:
    """Send what a `reorder` fault held back, now that another callback was delivered first."""
    store = simulator.store
    with store.transaction():
        for held in store.oldest("held"):
            if held["id"] == but:
                continue
            store.delete("held", held["id"])
            doc = store.get("callback", held["id"])
            if doc and doc["status"] == "pending" and not doc["attempts"]:
                now = time.time()
                store.put("callback", doc["id"], doc | {"next_attempt_at": now}, due_at=now)
