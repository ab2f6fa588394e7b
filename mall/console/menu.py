"""The menu: what of it somebody sees is what the rules of its pages let them open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, request, url_for

from mall.kernel.http.access import current_staff, lets_in, rule_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `key` follows `g` on the keyboard."""

    endpoint: str
    label: str
    key: str


MENU = (
    Entry("console_overview.show", "概览", "h"),
    Entry("console_orders.list_orders", "订单", "o"),
    Entry("console_settings.list_settings", "设置", "s"),
    Entry("console_trail.list_trail", "操作日志", "l"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the page shows it."""

    label: str
    address: str
    key: str
    is_here: bool


def menu() -> Iterator[Shown]:
    """The lines that this request's staff member may open."""
    here = (request.endpoint or "").partition(".")[0]
    for entry in MENU:
        if may(entry.endpoint):
            is_here = entry.endpoint.partition(".")[0] == here
            yield Shown(entry.label, url_for(entry.endpoint), entry.key, is_here)


def may(endpoint: str) -> bool:
    """Whether the staff member of this request may call a route: templates ask it before they
    show its button."""
    rule = rule_of(current_app, endpoint)
    return rule is not None and lets_in(rule, current_staff())
