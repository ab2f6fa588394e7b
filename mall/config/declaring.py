"""How a variable of the environment is declared. environs parses and checks the values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from environs import Env, EnvValidationError, validate

Check = Callable[[Any], Any]
"""Raises environs.ValidationError, or returns False, for a value that can't be used."""


class ConfigurationError(Exception):
    """The environment can't start the mall; the text says which variable and what it wants."""


class Kind(StrEnum):
    """What may stand in the environment. What a shop owner decides is a setting instead."""

    INFRASTRUCTURE = "infrastructure"
    """Addresses, directories, sizes, time-outs, logging."""
    SECRET = "secret"  # noqa: S105 - the name of a kind
    MERCHANT = "merchant"
    """Who the shop is at WeChat."""
    PROTECTION = "protection"
    """Limits that keep the servers up."""
    TESTING = "testing"


@dataclass(frozen=True)
class Variable:
    """One variable; `default=None` makes it required."""

    name: str
    default: str | int | None
    doc: str
    kind: Kind
    whole_number: bool = False
    at_least: int = 0
    checks: Sequence[Check] = ()

    def read(self, env: Env) -> str | int | None:
        """The value; faults stay in `env` until it is sealed."""
        given: dict[str, Any] = {} if self.default is None else {"default": self.default}
        if self.whole_number:
            given["error_messages"] = {"invalid": "must be a whole number, not '{input}'"}
            bound = validate.Range(min=self.at_least, error="must be at least {min}")
            return _parsed(env.int, self.name, [bound], given)
        filled = validate.Length(min=1 if self.default is None else 0, error="is not set")
        return _parsed(env.str, self.name, [filled, *self.checks], given)


def _parsed(
    read: Callable[..., str | int | None],
    name: str,
    checks: Sequence[Check],
    given: Mapping[str, Any],
) -> str | int | None:
    # environs' types leave out what it hands on to marshmallow's field.
    return read(name, validate=checks, **given)


class _Given(Env):
    """Reads a mapping in place of `os.environ`, without the white space around a value.

    What isn't there itself may stand in the file that `NAME_FILE` names, as containers get secrets.
    """

    def __init__(self, source: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._source = source
        self.unreadable: dict[str, str] = {}
        """What is wrong with a file, by the variable that it is for."""

    def _get_value(self, env_key: str, default: Any) -> Any:
        value = self._source.get(env_key)
        path = self._source.get(f"{env_key}_FILE")
        if not value and path:
            value = self._content(env_key, path)
        if value is None:
            value = default
        return value.strip() if isinstance(value, str) else value

    def _content(self, name: str, path: str) -> str | None:
        try:
            return Path(path).read_text()
        except (OSError, UnicodeDecodeError) as fault:
            said = f"{name}_FILE: {path} can't be read ({type(fault).__name__})"
            self.unreadable[name] = said
            return None


def text(
    name: str, default: str | None, *, kind: Kind, doc: str, checks: Sequence[Check] = ()
) -> str:
    """Declare a text variable; `default=None` makes it required."""
    variable = Variable(name, default, doc, kind, checks=checks)
    # A secret doesn't stand in the configuration's repr, which ends in log lines.
    return field(  # type: ignore[no-any-return]
        metadata={"variable": variable}, repr=kind is not Kind.SECRET
    )


def number(name: str, default: int, *, kind: Kind, doc: str, at_least: int = 0) -> int:
    """Declare a whole number (its unit is in the variable's name)."""
    variable = Variable(name, default, doc, kind, whole_number=True, at_least=at_least)
    return field(metadata={"variable": variable})  # type: ignore[no-any-return]


def variables(cls: type) -> dict[str, Variable]:
    """The variables of a configuration class by the names of its fields."""
    return {spec.name: spec.metadata["variable"] for spec in fields(cls)}


def read_all(cls: type, source: Mapping[str, str]) -> dict[str, str | int | None]:
    """Every value by the name of its field. Raises ConfigurationError with all faults."""
    env, declared = _Given(source), variables(cls)
    values = {field_name: variable.read(env) for field_name, variable in declared.items()}
    found: Mapping[str, list[str]] = {}
    try:
        env.seal()
    except EnvValidationError as fault:
        found = cast("Mapping[str, list[str]]", fault.error_messages)
    known = {variable.name: variable for variable in declared.values()}
    faults = {name: _explained(known[name], messages[0]) for name, messages in found.items()}
    faults |= env.unreadable
    if faults:
        raise refused(faults.values())
    return values


def refused(faults: Iterable[str]) -> ConfigurationError:
    """The one error that lists these faults."""
    return ConfigurationError("The configuration can't be used:\n  " + "\n  ".join(faults))


def _explained(variable: Variable, message: str) -> str:
    if message.endswith("not set.") or message == "is not set":
        return f"{variable.name} is not set ({variable.doc})"
    return f"{variable.name}: {message}"
