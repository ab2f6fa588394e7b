"""What a write route is, with a body that it would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Route:
    """A write route with a body that it would take. `loose` fields may be null."""

    method: str
    path: str
    body: dict[str, Any]
    who: str = "shopper"
    loose: frozenset[str] = frozenset()


def shopper(
    method: str, path: str, body: dict[str, Any], *loose: str, who: str = "shopper"
) -> Route:
    return Route(method, f"/api/v1{path}", body, who, frozenset(loose))


def staff(method: str, path: str, body: dict[str, Any], *loose: str, who: str = "admin") -> Route:
    return Route(method, f"/admin/api/v1{path}", body, who, frozenset(loose))


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A body with its placeholders replaced."""
    if isinstance(value, str):
        return ids.get(value[1:-1], value) if value[:1] == "{" else value
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    return value
