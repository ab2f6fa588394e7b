"""gunicorn's settings, the same for `mall run` and for a container.

MALL_HOST, MALL_PORT, MALL_WEB_WORKERS and MALL_DRAIN_S change them; MALL_WEB_THREADS is the app's
own.
"""

import contextlib
import gc
import os
import re
import sys
from pathlib import Path

import psycopg
from prometheus_client import multiprocess

from mall.catalog import tokenizer
from mall.config import Config
from mall.kernel.pooling import TransactionPooling, refuse_transaction_pooling


def _quota(group):
    """Cores that a cgroup may use; infinitely many where no quota is set."""
    try:
        share, period = (group / "cpu.max").read_text().split()
        return int(share) / int(period)
    except (OSError, ValueError):  # no cgroup, or "max"
        return float("inf")


def _cores(mount=Path("/sys/fs/cgroup"), own=Path("/proc/self/cgroup")):
    """Cores that this process may use: a container's or a unit's quota counts, not the machine.

    A quota of a cgroup holds for those below it, so all above ours are asked.
    """
    with contextlib.suppress(OSError):
        ours = re.search(r"^0::/(.+)$", own.read_text(), re.MULTILINE)
        mount = mount / ours[1] if ours else mount
    machine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, round(min(machine or 1, *map(_quota, [mount, *mount.parents]))))


bind = f"{os.environ.get('MALL_HOST') or '127.0.0.1'}:{os.environ.get('MALL_PORT') or '8000'}"
if bind.count(":") > 1:  # an IPv6 host
    bind = "[{}]:{}".format(*bind.rsplit(":", 1))

worker_class = "mall.runtime.web_worker.WebWorker"
workers = int(os.environ.get("MALL_WEB_WORKERS") or min(_cores(), 4))
# The app opens no connection while it is made, so the workers can share it.
preload_app = True

keepalive = 15  # longer than a load balancer waits between two requests
# What a request may still take when we are told to stop, after the time in which we serve on.
graceful_timeout = 20 + int(os.environ.get("MALL_DRAIN_S") or 0)
timeout = 60
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True  # it would lie in the home directory, shared by every mall
proc_name = "mall-web"
accesslog = None  # the app writes one line a request itself
errorlog = "-"


def on_starting(server):
    """Refuse to serve behind a pooler in transaction mode. A database that is away is no reason."""
    with contextlib.suppress(psycopg.Error):
        try:
            refuse_transaction_pooling(Config.from_env(os.environ).database_url)
        except TransactionPooling as fault:
            sys.exit(f"Error: {fault.message}")


def when_ready(server):
    """Before the workers are forked: what they all read stays shared among them.

    The dictionary of the tokenizer is 34 MB; frozen objects aren't touched, and so not
    copied, by a worker's garbage collector.
    """
    tokenizer.load()
    gc.collect()
    gc.freeze()


def child_exit(server, worker):
    """A worker's gauges end with it; its counters stay in the sum."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)
