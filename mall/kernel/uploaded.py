"""Addresses of uploaded files, and the columns that refer to them.

A column that keeps the address of an upload says so by its type. All else follows from the
types: which triggers hold what the column names (`hold_uploads` of the migrations, compared by
a contract test), what the doctor asks, what the sweep leaves alone. See docs/uploads.md.

What is stored is always the path `/api/v1/uploads/<name>`; answers make it absolute. Addresses
elsewhere are kept as they were given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import Dialect, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeDecorator

from mall.config import Config

PICTURE_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
VIDEO_TYPES = {"mp4": "video/mp4"}
PATH = "/api/v1/uploads/"
STEM = "[0-9a-f]{32}"
_ENDINGS = "|".join([*PICTURE_TYPES, *VIDEO_TYPES])
_NAME = re.compile(rf"{STEM}(?:_small)?\.(?:{_ENDINGS})", re.ASCII)
_NAME_IN_MARKUP = re.compile(rf'(\s(?:src|poster|href)=")({_NAME.pattern}")', re.ASCII)
_PATH_IN_MARKUP = re.compile(rf"(?<![\w.:/-]){PATH}", re.ASCII)

STAFF, SELF = "staff", "self"
"""Whose uploads a column may name: any of the staff's, or those of the row's own shopper."""


def _config() -> Config | None:
    return current_app.extensions["mall.config"] if has_app_context() else None


def _own_hosts(config: Config) -> re.Pattern[str]:
    bases = {config.public_base_url, config.uploads_base_url} - {""}
    hosts = "|".join(re.escape(base.rstrip("/").partition("//")[2]) for base in sorted(bases))
    return re.compile(rf"(?:https?:)?//(?:{hosts})(?={PATH})", re.IGNORECASE)


def stored_address(given: str) -> str:
    """How an address, or the name of an upload, is stored."""
    if _NAME.fullmatch(given):
        return PATH + given
    config = _config()
    if config is None or PATH not in given:
        return given
    own = _own_hosts(config).match(given)
    path = given[own.end() :] if own else given
    return re.split("[?#]", path)[0] if path.startswith(PATH) else given


def is_address(stored: str) -> bool:
    """Whether it is an http(s) address or a path of our own."""
    ours = stored.startswith("/") and not stored.startswith("//")
    return ours or stored.startswith(("http://", "https://"))


def given_name(given: str) -> str:
    """The name of an upload that was given by its name or by one of its addresses."""
    return stored_address(given).removeprefix(PATH).replace("_small.", ".")


def stored_markup(given: str) -> str:
    """The same for every address of an upload in HTML or in a text."""
    config = _config()
    found = _own_hosts(config).sub("", given) if config and PATH in given else given
    return _NAME_IN_MARKUP.sub(rf"\1{PATH}\2", found)


def shown_address(stored: str) -> str:
    """An address as answers give it: absolute where MALL_UPLOADS_BASE_URL says so."""
    if stored.startswith("/") and not stored.startswith("//"):
        return _base() + stored
    return stored


def shown_markup(stored: str) -> str:
    """The same for the uploads in HTML or in a text."""
    return _PATH_IN_MARKUP.sub(_base() + PATH, stored) if PATH in stored else stored


def _base() -> str:
    config = _config()
    return config.uploads_base if config else ""


class _Uploads:
    """A column that names uploads. `snapshot`: it repeats what another column named at a time;
    the sweep asks such a column before it removes a file."""

    bare = False

    def __init__(self, owner: str = STAFF, *, snapshot: bool = False) -> None:
        super().__init__()
        self.owner = owner
        self.snapshot = snapshot


class UploadAddress(_Uploads, TypeDecorator[str]):
    """The address of one upload, or of a file elsewhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and stored_address(value)


class UploadAddresses(_Uploads, TypeDecorator[list[str]]):
    """A list of such addresses."""

    impl = ARRAY(Text)
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> list[str] | None:
        return value and [stored_address(one) for one in value]


class UploadMarkup(_Uploads, TypeDecorator[str]):
    """HTML or a text with addresses of uploads in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and stored_markup(value)


class UploadNames(_Uploads, TypeDecorator[Any]):
    """JSON in which uploads are named without a path."""

    impl = JSONB
    cache_ok = True
    bare = True


class StoredFile(TypeDecorator[str]):
    """The name under which the row's own bytes are stored (and with `_small`, the thumbnail's)."""

    impl = Text
    cache_ok = True


def stored_files(metadata: MetaData) -> Iterator[tuple[str, str]]:
    """Every table and column that names stored bytes."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, StoredFile):
                yield table.name, column.name


@dataclass(frozen=True, slots=True)
class Holder:
    """The columns of a table that name uploads in one way. Rows are known by their `id`."""

    table: str
    owner: str
    bare: bool
    columns: tuple[str, ...]

    @property
    def mentions(self) -> str:
        """The SQL of whether a row may name any: most don't, and looking closely is dear."""
        if self.bare:
            return "true"
        return " OR ".join(f"strpos(t.{column}::text, '{PATH}') > 0" for column in self.columns)

    @property
    def names(self) -> str:
        """The SQL of the names that a row holds, as an array."""
        columns = ", ".join(f"t.{column}::text" for column in self.columns)
        return f"uploads_in(concat_ws(' ', {columns}), {str(self.bare).lower()})"


def holders(metadata: MetaData, *, snapshots: bool = False) -> Iterator[Holder]:
    """Every table with columns that hold uploads (or that repeat what others held), by name."""
    for _, table in sorted(metadata.tables.items()):
        groups: dict[tuple[str, bool], list[str]] = {}
        for column in table.columns:
            kind = column.type
            if isinstance(kind, _Uploads) and kind.snapshot == snapshots:
                groups.setdefault((kind.owner, kind.bare), []).append(column.name)
        for (owner, bare), columns in groups.items():
            yield Holder(table.name, owner, bare, tuple(columns))
