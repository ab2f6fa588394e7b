"""Which errors an operation may answer, for programs: `x-error-codes` of the OpenAPI document.

    @blp.route("/orders", methods=["POST"])
    @access.shopper
    @blp.fails("sku_unknown", "out_of_stock")
    ...

A view names codes only. The status, the type and the message of a code are those of the error
class that has it. What the access rule, the arguments, a rate limit and the idempotency key may
answer is added by themselves.

Where other features may refuse (participants of an order, granters of a reward), the view names
the hook, and they add their codes to it in their `feature.py`:

    @blp.fails("sku_unknown", hooks=(PLACING,))
    mall.fails(PLACING, "promotion_gone")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from apispec.core import Components
from flask import Flask

from mall.kernel.errors import MallError
from mall.kernel.http.errors import OF_STATUS

View = TypeVar("View", bound=Callable[..., Any])
CODES_KEY, HOOKS_KEY = "error_codes", "error_hooks"
"""Where a view's `_apidoc` keeps its codes, and the hooks whose codes are its, too."""
_EXTENSION = "mall.error_codes"
_HEADERS: Mapping[int, dict[str, Any]] = {
    429: {
        "Retry-After": {
            "description": "seconds until the next try may pass",
            "schema": {"type": "integer", "minimum": 1},
        }
    }
}


class ErrorCode(NamedTuple):
    """What a client may be told: sorted by status, then by code."""

    status: int
    code: str
    type: str
    message: str

    def shown(self) -> dict[str, Any]:
        """As it stands in the document."""
        return {
            "code": self.code,
            "status": self.status,
            "type": self.type,
            "message": self.message,
        }


def fails(*codes: str, hooks: Iterable[str] = ()) -> Callable[[View], View]:
    """Declare that a view may answer these codes and those of the hooks. Stands below the route."""

    def decorate(view: View) -> View:
        doc = getattr(view, "_apidoc", {})
        view._apidoc = {  # type: ignore[attr-defined]
            **doc,
            CODES_KEY: (*doc.get(CODES_KEY, ()), *codes),
            HOOKS_KEY: (*doc.get(HOOKS_KEY, ()), *hooks),
        }
        return view

    return decorate


def known_errors(classes: Iterable[type[MallError]] | None = None) -> dict[str, ErrorCode]:
    """Every code with the error class that has it: of these classes, by default of all that are
    imported.

    Raises RuntimeError when two classes claim one code: one class names it, and its subclasses
    inherit it with the status and the type; only their messages may be others.
    """
    found = {
        code: ErrorCode(status, code, type_, message)
        for status, (type_, code, message) in OF_STATUS.items()
    }
    owners: dict[str, type[MallError]] = {}
    errors = list(error_classes() if classes is None else classes)
    for error in errors:
        if "code" in vars(error):
            other = owners.setdefault(error.code, error)
            if other is not error:
                raise RuntimeError(f"{error} and {other} both have the code {error.code!r}")
            found[error.code] = ErrorCode(error.status, error.code, error.type, error.message)
    for error in errors:
        owner = owners[error.code]
        if (error.status, error.type) != (owner.status, owner.type):
            raise RuntimeError(f"{error} has the code of {owner}, but another status or type")
    return found


def error_classes() -> Iterator[type[MallError]]:
    """MallError and every class below it."""
    seen, left = set(), [MallError]
    while left:
        error = left.pop()
        if error not in seen:
            seen.add(error)
            left += error.__subclasses__()
            yield error


def errors_of(codes: Iterable[str], known: Mapping[str, ErrorCode], where: str) -> list[ErrorCode]:
    """The errors of these codes, sorted. Raises RuntimeError for a code that nothing has."""
    unknown = sorted(set(codes) - known.keys())
    if unknown:
        raise RuntimeError(f"{where} fails with {', '.join(unknown)}: no error class has that code")
    return sorted(known[code] for code in set(codes))


def responses_of(
    errors: Iterable[ErrorCode], everywhere: Iterable[ErrorCode], components: Components
) -> Iterator[tuple[int, str | dict[str, Any]]]:
    """For each status its response: the one error shape, with the codes that it may have (those
    that stand everywhere, too).

    A response with one code is a component named by the code: many operations share it.
    """
    for status, group in groupby(errors, lambda one: one.status):
        codes = [one.code for one in group]
        possible = sorted({*codes, *(one.code for one in everywhere if one.status == status)})
        if len(codes) > 1:
            yield status, _response(status, codes, possible)
            continue
        (name,) = codes
        if name not in components.responses:
            components.response(name, _response(status, codes, possible))
        yield status, name


def _response(status: int, codes: list[str], possible: list[str]) -> dict[str, Any]:
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": possible}}}}}
    shape = {"allOf": [{"$ref": "#/components/schemas/Error"}, narrowed]}
    response: dict[str, Any] = {
        "description": ", ".join(codes),
        "content": {"application/json": {"schema": shape}},
    }
    return {**response, "headers": _HEADERS[status]} if status in _HEADERS else response


def keep_errors(app: Flask, endpoint: str, errors: list[ErrorCode]) -> None:
    """Keep what a view may answer, for `declared_errors`."""
    app.extensions.setdefault(_EXTENSION, {})[endpoint] = errors


def declared_errors(app: Flask) -> Mapping[str, list[ErrorCode]]:
    """What each view may answer, by endpoint."""
    kept: Mapping[str, list[ErrorCode]] = app.extensions.get(_EXTENSION, {})
    return kept
