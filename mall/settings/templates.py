"""The template of a subscribe message: which one, what its keys hold, what it opens.

Templates and their keys are the merchant's own choice in WeChat's console, so a setting says
which key of the template holds which of our values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)
_KEY = re.compile(r"[a-z_]{1,30}[0-9]{1,3}", re.ASCII)
_PAGE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_/=&?.%{}-]{0,199})?", re.ASCII)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class MessageTemplate:
    """`template_id`, empty when nothing is to be sent; our name → key; the page, empty for none.

    `fields` maps the names of our values to keys of the template. `page` may hold `{name}`.
    """

    template_id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    def data(self, values: Mapping[str, str]) -> dict[str, str]:
        """`values` (our names) under the keys of the template."""
        return {key: values[name] for name, key in self.fields.items()}

    def page_for(self, **values: object) -> str | None:
        """The page with its placeholders filled in; None when there is none."""
        page = self.page
        for name, value in values.items():
            page = page.replace(f"{{{name}}}", str(value))
        return page or None


def parse_template(
    given: object, names: Sequence[str], placeholders: Sequence[str]
) -> MessageTemplate:
    """The template in a JSON object. Raises ValueError with a Chinese message."""
    if not isinstance(given, dict) or set(given) - {"template_id", "fields", "page"}:
        raise ValueError("应为 template_id、fields、page 组成的对象")
    template_id, fields = given.get("template_id", ""), given.get("fields", {})
    page = given.get("page", "")
    if not isinstance(template_id, str) or not _TEMPLATE_ID.fullmatch(template_id):
        raise ValueError("template_id 应为最多 64 位字母、数字、- 或 _，留空表示不发送")
    if not _is_mapping(fields, names) or not (fields or not template_id):
        raise ValueError(f"fields 应把 {'、'.join(names)} 对应到模板的字段，例如 thing1")
    if not isinstance(page, str) or not _PAGE.fullmatch(page) or not _fits(page, placeholders):
        shown = "、".join(f"{{{name}}}" for name in placeholders)
        raise ValueError(
            "page 应为小程序页面路径" + (f"，可含 {shown}" if shown else "") + "，可留空"
        )
    return MessageTemplate(template_id, dict(fields), page)


def dump_template(template: MessageTemplate) -> dict[str, Any]:
    """The template as JSON."""
    return {
        "template_id": template.template_id,
        "fields": dict(template.fields),
        "page": template.page,
    }


def _is_mapping(fields: object, names: Sequence[str]) -> bool:
    if not isinstance(fields, dict) or set(fields) - set(names):
        return False
    keys = list(fields.values())
    known = all(isinstance(key, str) and _KEY.fullmatch(key) for key in keys)
    return known and len(set(keys)) == len(keys)


def _fits(page: str, placeholders: Sequence[str]) -> bool:
    named = _PLACEHOLDER.findall(page)
    rest = _PLACEHOLDER.sub("", page)
    return set(named) <= set(placeholders) and "{" not in rest and "}" not in rest
