"""Fields for addresses of pictures, the same in every request and answer.

Taken are the `name` and the `url` of an upload's answer, and addresses elsewhere. Answers give
absolute addresses where the configuration says so (`Config.uploads_base`).
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from mall.kernel.http.schemas import Text
from mall.kernel.uploaded import (
    given_name,
    is_address,
    shown_address,
    shown_markup,
    stored_address,
    stored_markup,
)

DESCRIPTION = "address of a picture; for one that was uploaded here its name or url is taken"


def web_address(address: str) -> None:
    """Refuse what isn't an http(s) address or a path of our own."""
    if address and not is_address(address):
        raise ValidationError("图片地址须为已上传图片的名称，或以 http://、https:// 或 / 开头")


class PictureAddress(Text):
    """The address of a picture, or "" for none."""

    def __init__(self, *, at_most: int = 500, **kwargs: Any) -> None:
        kwargs.setdefault("validate", web_address)
        kwargs["metadata"] = {"description": DESCRIPTION, **kwargs.get("metadata", {})}
        super().__init__(at_most=at_most, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return stored_address(super()._deserialize(value, attr, data, **kwargs))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        shown = super()._serialize(value, attr, obj, **kwargs)
        return shown and shown_address(shown)


class UploadName(Text):
    """An upload by its name; its addresses are taken, too. Loaded is the name."""

    def __init__(self, *, at_most: int = 500, **kwargs: Any) -> None:
        super().__init__(at_most=at_most, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return given_name(super()._deserialize(value, attr, data, **kwargs))


class Markup(Text):
    """HTML or a text in which pictures are named. Ours are taken by any of their addresses, in
    HTML by their names, too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return stored_markup(super()._deserialize(value, attr, data, **kwargs))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        shown = super()._serialize(value, attr, obj, **kwargs)
        return shown and shown_markup(shown)
