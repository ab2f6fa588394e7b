"""Shapes of APIv3 request bodies: types, lengths, and no field that isn't documented."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from flask import request

from mall.wechat.simulator.pay.errors import PayError, param_error, unknown_field
from mall.wechat.simulator.state import Doc


@dataclass(frozen=True, kw_only=True)
class Shape(ABC):
    required: bool = False

    @abstractmethod
    def check(self, value: Any, at: str) -> None:
        """Raise PayError when `value`, found at `at`, isn't of this shape."""


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """`most` counts characters, or UTF-8 bytes with `in_bytes`."""

    most: int
    least: int = 1
    pattern: str = ".*"
    in_bytes: bool = False
    choices: tuple[str, ...] = ()

    def check(self, value: Any, at: str) -> None:
        if not isinstance(value, str):
            raise param_error(at, value, "not a string")
        length = len(value.encode()) if self.in_bytes else len(value)
        if not self.least <= length <= self.most:
            raise param_error(at, value, f"length must be {self.least} to {self.most}")
        if self.choices and value not in self.choices:
            raise param_error(at, value, f"must be one of {', '.join(self.choices)}")
        if not re.fullmatch(self.pattern, value, re.DOTALL):
            raise param_error(at, value, "character not allowed")


@dataclass(frozen=True, kw_only=True)
class Whole(Shape):
    least: int = 1
    most: int = 2**31 - 1

    def check(self, value: Any, at: str) -> None:
        if type(value) is not int:
            raise param_error(at, value, "not an integer")
        if not self.least <= value <= self.most:
            raise param_error(at, value, f"must be {self.least} to {self.most}")


@dataclass(frozen=True, kw_only=True)
class Flag(Shape):
    def check(self, value: Any, at: str) -> None:
        if type(value) is not bool:
            raise param_error(at, value, "not a boolean")


@dataclass(frozen=True, kw_only=True)
class Items(Shape):
    item: Shape
    most: int = 6000

    def check(self, value: Any, at: str) -> None:
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            raise param_error(at, value, f"not a list of 1 to {self.most}")
        for index, entry in enumerate(value):
            self.item.check(entry, f"{at}/{index}")


@dataclass(frozen=True, kw_only=True)
class Record(Shape):
    fields: dict[str, Shape] = field(default_factory=dict)
    most_bytes: int = 1 << 20

    def check(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise param_error(at, value, "not an object")
        if len(json.dumps(value, ensure_ascii=False).encode()) > self.most_bytes:
            raise param_error(at, None, f"more than {self.most_bytes} bytes")
        for name in value:
            if name not in self.fields:
                raise unknown_field(f"{at}/{name}")
        for name, shape in self.fields.items():
            if name in value:
                shape.check(value[name], f"{at}/{name}")
            elif shape.required:
                raise param_error(f"{at}/{name}", None, "missing")


def body_of(shape: Record) -> Doc:
    """The request's JSON object, checked; PARAM_ERROR otherwise."""
    try:
        body = json.loads(request.get_data())
    except ValueError:
        raise PayError(400, "PARAM_ERROR", "请求体不是JSON格式") from None
    shape.check(body, "")
    assert isinstance(body, dict)
    return body
