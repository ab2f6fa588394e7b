"""The dispatcher: a background thread that sends due callbacks to the mall.

Success is 200 or 204 within five seconds; anything else is tried again by the published
schedule, shortened by the setting `time_scale`. The queue is in the store, so a restart
loses nothing. Work of other kinds (a refund that comes due) is handed to its function.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import urllib3

from mall.wechat.simulator import callbacks
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.envelopes import Envelope, callback_envelope, push_envelope
from mall.wechat.simulator.state import Doc

log = logging.getLogger(__name__)

Work = Callable[[Simulator, Doc], None]


class Dispatcher:
    """Sends callbacks until `close()`. One per simulator."""

    def __init__(self, simulator: Simulator, work: dict[str, Work]) -> None:
        self._simulator = simulator
        self._work = work
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="wechat-delivery")
        self._in_flight = 0
        self._in_flight_lock = threading.Lock()
        self._round = threading.Lock()
        self._recover()
        self._thread = threading.Thread(target=self._run, name="wechat-dispatcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wait_idle(self, timeout_s: float, within_s: float) -> bool:
        """Wait until nothing is under way nor due in the next `within_s` seconds."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._is_idle(within_s):
                return True
            time.sleep(0.01)
        return self._is_idle(within_s)

    def forget(self, timeout_s: float = 5) -> None:
        """Empty the store; waits for the callbacks that are under way, so that none comes later."""
        deadline = time.monotonic() + timeout_s
        with self._round:  # what a round has read would come back
            self._simulator.store.reset()
        while self._in_flight and time.monotonic() < deadline:
            time.sleep(0.005)

    def _is_idle(self, within_s: float) -> bool:
        with self._in_flight_lock:
            next_due = self._simulator.store.next_due()
            return self._in_flight == 0 and (next_due is None or next_due > time.time() + within_s)

    def _recover(self) -> None:
        store = self._simulator.store
        for doc in store.oldest("callback"):
            if doc["status"] == "in_flight":
                store.put("callback", doc["id"], doc | {"status": "pending"}, due_at=time.time())

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._round:
                    self._tick()
            except Exception:
                log.exception("the simulator's dispatcher failed")
            next_due = self._simulator.store.next_due()
            pause = 0.05 if next_due is None else max(0.002, min(0.05, next_due - time.time()))
            self._stopped.wait(pause)

    def _tick(self) -> None:
        store, now = self._simulator.store, time.time()
        for kind, function in self._work.items():
            for doc in store.due(kind, now):
                function(self._simulator, doc)
        for doc in store.due("callback", now):
            with self._in_flight_lock, store.transaction():
                current = store.get("callback", doc["id"])
                if current is None:
                    continue
                store.put("callback", doc["id"], current | {"status": "in_flight"})
                self._in_flight += 1
            self._pool.submit(self._deliver, doc)

    def _deliver(self, doc: Doc) -> None:
        try:
            self._attempt(doc)
        except Exception:
            log.exception("the simulator's dispatcher failed at %s", doc["id"])
        finally:
            with self._in_flight_lock:
                self._in_flight -= 1

    def _attempt(self, doc: Doc) -> None:
        simulator = self._simulator
        if simulator.store.get("callback", doc["id"]) is None:  # forgotten before it was sent
            return
        write = push_envelope if doc["target"] == "push" else callback_envelope
        started = time.time()
        outcome = self._post(write(simulator, doc, doc["tampering"]))
        if doc["lose_reply"]:
            outcome = {"status_code": None, "error": "reply lost on its way", "reply": ""}
        attempt = outcome | {
            "at": started,
            "ms": round((time.time() - started) * 1000),
            "tampering": doc["tampering"],
        }
        delivered = outcome["status_code"] in (200, 204)
        with simulator.store.transaction():
            current = simulator.store.get("callback", doc["id"])
            if current is None:  # forgotten by a reset meanwhile
                return
            self._record(current, attempt, delivered)
        if delivered:
            callbacks.release_held(simulator, but=doc["id"])

    def _record(self, doc: Doc, attempt: Doc, delivered: bool) -> None:
        doc["attempts"].append(attempt)
        tampered = doc["tampering"] not in ("", "no_aad")  # without that data it's still good
        doc |= {"tampering": "", "lose_reply": False}
        schedule = callbacks.schedule_of(doc["target"])
        tries = len(doc["attempts"])
        due_at = None
        if delivered:
            doc["status"] = "accepted_tampered" if tampered else "delivered"
            self._replay(doc)
        elif not doc["retry"] or tries > len(schedule):
            doc["status"] = "failed"
        else:
            doc["status"] = "pending"
            due_at = time.time() + schedule[tries - 1] * self._simulator.settings.time_scale
        doc["next_attempt_at"] = due_at
        self._simulator.store.put("callback", doc["id"], doc, due_at=due_at)

    def _replay(self, doc: Doc) -> None:
        if doc["replay_seconds"] is None:
            return
        copy = doc | {
            "status": "pending",
            "attempts": [],
            "tampering": "stale",
            "tampering_seconds": doc["replay_seconds"],
            "retry": False,
            "replay_seconds": None,
        }
        doc["replay_seconds"] = None
        callbacks.store_callback(self._simulator, copy, time.time())

    def _post(self, envelope: Envelope) -> Doc:
        timeout = self._simulator.settings.callback_timeout_s
        # No pool and no proxy: each callback opens a connection of its own, as WeChat's do.
        with urllib3.PoolManager(timeout=timeout, retries=False) as http:
            try:
                reply = http.request(
                    "POST",
                    envelope.url,
                    body=envelope.body,
                    headers=envelope.headers,
                    redirect=False,
                )
            except (urllib3.exceptions.HTTPError, OSError) as fault:
                return {"status_code": None, "error": type(fault).__name__, "reply": ""}
        text = reply.data.decode("utf-8", "replace")
        return {"status_code": reply.status, "error": "", "reply": text[:500]}
