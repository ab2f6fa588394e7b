"""`mall flash-worker`: admitted attempts of flash sales into orders."""

from __future__ import annotations

import contextlib
import gc
import signal
from types import FrameType

import click
import psycopg

from mall.config import current_config
from mall.flashsale.orders.worker import Worker
from mall.kernel.cli import build_app
from mall.kernel.db import db
from mall.kernel.pooling import refuse_transaction_pooling
from mall.kernel.worker_port import serve_port


@click.command("flash-worker")
def flash_worker() -> None:
    """Turn the attempts of flash sales into orders until SIGTERM; a batch is finished first."""
    worker = Worker()

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    app = build_app()
    with contextlib.suppress(psycopg.Error):  # it waits for a database that is away
        refuse_transaction_pooling(app.extensions["mall.config"].database_url)
    with app.app_context():
        config = current_config()
        serve_port(config.worker_host, config.worker_port, worker.pulse)
        gc.collect()
        gc.freeze()  # the app stays as it is: only what a batch makes is looked through
        try:
            worker.run()
        finally:
            db.session.remove()
