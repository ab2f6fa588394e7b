"""A worker process with kinds of call of its own: `python -m tests.support.paced_worker FILE`.

Each call asks WeChat for a refund of one fen, and writes to FILE who made it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from mall.application import create_app
from mall.kernel.jobs import worker_app
from mall.kernel.outbound import CALL_KINDS, CallKind, Pace
from mall.kernel.registry import EXTENSION
from mall.wechat.gateway import RefundRequest, gateway

PER_S, THREADS, PAYMENTS = 40, 6, 4
PACED, UNPACED = "toy.paced", "toy.unpaced"


def refund(key: int) -> object:
    """The refund of a call: one fen of one of the payments that the test made."""
    with Path(sys.argv[1]).open("a") as lines:
        lines.write(f"{os.getpid()}\n")
    return gateway().pay.refund(
        RefundRequest(
            out_trade_no=f"PACED{key % PAYMENTS}",
            out_refund_no=f"PACED{key}",
            refund_fen=1,
            total_fen=100,
            notify_url="http://127.0.0.1:9/refunded",
        )
    )


def main() -> None:
    app = create_app()
    plain = CallKind[int, Any](
        name=UNPACED,
        lock=lambda session, key: None,
        prepare=lambda session, key: key,
        send=refund,
        conclude=lambda session, key, outcome: outcome.verdict,
        retry_s=(600,),
    )
    for kind in (plain, replace(plain, name=PACED, pace=Pace(PER_S, PER_S))):
        app.extensions[EXTENSION][CALL_KINDS][kind.name] = kind
    worker_app(app).run_worker(concurrency=THREADS)


if __name__ == "__main__":
    main()
