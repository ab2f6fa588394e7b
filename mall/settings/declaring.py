"""How a feature declares a setting: a typed constant with bounds, default, label and help.

    UNPAID_CLOSE_MIN = whole_number(
        "orders.unpaid_close_min", default=30, at_least=1, at_most=1440, unit="分钟",
        label="未支付订单自动关闭", help="下单后多久未支付即关闭订单。",
    )

`UNPAID_CLOSE_MIN.get()` is the value in force. A name is "feature.setting" and stays: values
are stored under it. A default that doesn't fit its own bounds raises ValueError on import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from mall.settings.snapshot import snapshot
from mall.settings.templates import MessageTemplate, dump_template, parse_template

WRITE = "settings:write"
"""Whoever changes a setting needs this, and the setting's own permission where it names one."""
Value = TypeVar("Value")
_NAME = re.compile(r"[a-z]+\.[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting(Generic[Value]):
    """One setting. `label` and `help` are Chinese, for staff.

    `parse` makes a value of JSON, or raises ValueError with a Chinese message; `dump` makes
    JSON of it. `shape` describes what fits, for whoever draws a form.
    """

    name: str
    kind: str
    default: Value
    label: str
    help: str
    parse: Callable[[object], Value]
    dump: Callable[[Value], Any]
    shape: Mapping[str, Any]
    permission: str = WRITE

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name}: a setting is named feature.setting")
        self.parse(self.dump(self.default))

    def get(self) -> Value:
        """The value in force, from the memory of the process; see `snapshot`."""
        return cast("Value", snapshot().value(self.name))


def whole_number(
    name: str,
    *,
    default: int,
    at_least: int,
    at_most: int,
    unit: str,
    label: str,
    help: str,
    permission: str = WRITE,
) -> Setting[int]:
    """A whole number from `at_least` to `at_most`, both included. `unit` is shown to staff."""

    def parse(given: object) -> int:
        if isinstance(given, bool) or not isinstance(given, int):
            raise ValueError("应为整数")
        if not at_least <= given <= at_most:
            raise ValueError(f"应在 {at_least} 至 {at_most} 之间")
        return given

    return Setting(
        name=name,
        kind="whole_number",
        default=default,
        label=label,
        help=help,
        parse=parse,
        dump=int,
        shape={"unit": unit, "at_least": at_least, "at_most": at_most},
        permission=permission,
    )


def boolean(
    name: str, *, default: bool, label: str, help: str, permission: str = WRITE
) -> Setting[bool]:
    """Yes or no."""

    def parse(given: object) -> bool:
        if not isinstance(given, bool):
            raise ValueError("应为 true 或 false")
        return given

    return Setting(
        name=name,
        kind="boolean",
        default=default,
        label=label,
        help=help,
        parse=parse,
        dump=bool,
        shape={},
        permission=permission,
    )


def choice(
    name: str,
    *,
    default: str,
    choices: Mapping[str, str],
    label: str,
    help: str,
    permission: str = WRITE,
) -> Setting[str]:
    """One of `choices` (value → Chinese label)."""

    def parse(given: object) -> str:
        if not isinstance(given, str) or given not in choices:
            raise ValueError(f"应为 {'、'.join(choices)} 之一")
        return given

    listed = [{"value": value, "label": shown} for value, shown in choices.items()]
    return Setting(
        name=name,
        kind="choice",
        default=default,
        label=label,
        help=help,
        parse=parse,
        dump=str,
        shape={"choices": listed},
        permission=permission,
    )


def text(
    name: str,
    *,
    default: str,
    pattern: str,
    at_most: int,
    label: str,
    help: str,
    permission: str = WRITE,
) -> Setting[str]:
    """Text of at most `at_most` characters that matches `pattern` as a whole.

    What PostgreSQL can't store (NUL, lone surrogates) fits no pattern.
    """
    compiled = re.compile(pattern)

    def parse(given: object) -> str:
        if not isinstance(given, str) or len(given) > at_most:
            raise ValueError(f"应为最多 {at_most} 个字符的文本")
        if not compiled.fullmatch(given) or not _can_be_stored(given):
            raise ValueError("格式不符")
        return given

    return Setting(
        name=name,
        kind="text",
        default=default,
        label=label,
        help=help,
        parse=parse,
        dump=str,
        shape={"pattern": pattern, "at_most": at_most},
        permission=permission,
    )


def message_template(
    name: str,
    *,
    default: MessageTemplate,
    names: Sequence[str],
    placeholders: Sequence[str] = (),
    label: str,
    help: str,
    permission: str = WRITE,
) -> Setting[MessageTemplate]:
    """A subscribe message: `names` are those of its values, `placeholders` those of its page."""
    return Setting(
        name=name,
        kind="message_template",
        default=default,
        label=label,
        help=help,
        parse=lambda given: parse_template(given, names, placeholders),
        dump=dump_template,
        shape={"fields": list(names), "placeholders": list(placeholders)},
        permission=permission,
    )


def _can_be_stored(given: str) -> bool:
    return not any(c == "\0" or 0xD800 <= ord(c) <= 0xDFFF for c in given)
