"""Figures of the flash worker."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

WAITING = Gauge(
    "mall_flash_waiting",
    "Admitted attempts in the streams that are not orders or refusals yet",
    multiprocess_mode="mostrecent",
)
BATCH_SIZE = Histogram(
    "mall_flash_batch_size",
    "Attempts in one batch of a flash worker",
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
BATCH_SECONDS = Histogram(
    "mall_flash_batch_seconds",
    "From the first statement of a batch to its commit",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TICKETS = Counter(
    "mall_flash_tickets_total", "Tickets that ended, by how: ordered, or a refusal's code", ["end"]
)
FAULTS = Counter("mall_flash_faults_total", "Batches that failed and were tried again", ["error"])
REBUILDS = Counter("mall_flash_rebuilds_total", "Gates loaded anew, by why", ["why"])
