"""Structured logs: one JSON object a line, a request id through web and worker.

No personal data: values under the names below never leave the process, whoever logs them.
"""

from __future__ import annotations

import logging
import sys

import structlog
from flask import g, has_app_context
from structlog.typing import EventDict, Processor, WrappedLogger

from mall.config import Config

REDACTED_KEYS = frozenset(
    {
        *("phone", "pure_number", "phone_number", "receiver", "receiver_name", "receiver_phone"),
        *("address", "detail_address", "openid", "unionid", "session_key", "code", "js_code"),
        *("token", "password", "authorization", "secret"),
    }
)

_chain: list[Processor] = []
"""What every event goes through. Loggers keep this list at their first word, so it is filled
anew, not replaced: they follow when a second app is made."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank every value that is personal or secret by its name."""
    for key in REDACTED_KEYS & event.keys():
        event[key] = "[redacted]"
    return event


def add_context(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say which request or job speaks: asked for when a line is written, not at each request."""
    if has_app_context():
        if request_id := g.get("request_id"):
            event.setdefault("request_id", request_id)
        if job := g.get("job"):
            event.setdefault("job", job)
        if principal := g.get("principal"):
            event[principal.log_name] = principal.log_id
    return event


def configure_logging(config: Config) -> None:
    """Send our events and every library's records through one chain to stdout."""
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if config.log_format == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Processor] = [
        add_context,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    level = logging.getLevelNamesMapping().get(config.log_level.upper(), logging.INFO)
    _chain[:] = [*shared, structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=_chain,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("procrastinate", "urllib3", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
