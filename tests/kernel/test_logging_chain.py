"""One chain of processors for every logger, however often logging is set up."""

from __future__ import annotations

import structlog
from structlog.testing import capture_logs

from mall.config import Config
from mall.kernel.logging import configure_logging


def test_a_logger_that_has_spoken_follows_the_next_set_up(config: Config) -> None:
    log = structlog.get_logger("mall.test")
    configure_logging(config)
    log.warning("first")
    configure_logging(config)
    with capture_logs() as logs:
        log.warning("second")
    assert [entry["event"] for entry in logs] == ["second"]
