"""What marshmallow says of a faulty request, in Chinese.

`translate` changes marshmallow's own tables, so it must run before the first field is made: the
module of the shared shapes calls it when it is imported. A test provokes every message of every
field that a route reads.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

SCHEMA_MESSAGES = {"type": "应为一个对象", "unknown": "不支持该字段"}
FIELD_MESSAGES: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.Field: {"required": "必须填写", "null": "不能为空", "validator_failed": "无效"},
    fields.Nested: {"type": "格式有误"},
    fields.List: {"invalid": "应为列表"},
    fields.Tuple: {"invalid": "应为列表"},
    fields.String: {"invalid": "应为文字", "invalid_utf8": "含有无效字符"},
    fields.UUID: {"invalid_uuid": "编号无效"},
    fields.Number: {"invalid": "应为数字", "too_large": "数字过大"},
    fields.Integer: {"invalid": "应为整数"},
    fields.Float: {"special": "应为数字"},
    fields.Decimal: {"special": "应为数字"},
    fields.Boolean: {"invalid": "应为 true 或 false"},
    fields.DateTime: {
        "invalid": "不是有效的时间",
        "invalid_awareness": "不是有效的时间",
        "format": "不是有效的时间",
    },
    fields.Time: {
        "invalid": "不是有效的时间",
        "invalid_awareness": "不是有效的时间",
        "format": "不是有效的时间",
    },
    fields.Date: {
        "invalid": "不是有效的日期",
        "invalid_awareness": "不是有效的日期",
        "format": "不是有效的日期",
    },
    fields.TimeDelta: {"invalid": "不是有效的时长", "format": "不是有效的时长"},
    fields.Mapping: {"invalid": "应为一个对象"},
    fields.Url: {"invalid": "不是有效的网址"},
    fields.Email: {"invalid": "不是有效的邮箱地址"},
    fields.IP: {"invalid_ip": "不是有效的地址"},
    fields.IPv4: {"invalid_ip": "不是有效的地址"},
    fields.IPv6: {"invalid_ip": "不是有效的地址"},
    fields.IPInterface: {"invalid_ip_interface": "不是有效的地址"},
    fields.IPv4Interface: {"invalid_ip_interface": "不是有效的地址"},
    fields.IPv6Interface: {"invalid_ip_interface": "不是有效的地址"},
    fields.Enum: {"unknown": "只能是：{choices}"},
}
VALIDATOR_MESSAGES: dict[type[validate.Validator], dict[str, str]] = {
    validate.URL: {"default_message": "不是有效的网址"},
    validate.Email: {"default_message": "不是有效的邮箱地址"},
    validate.Range: {
        "message_min": "须{min_op} {{min}}",
        "message_max": "须{max_op} {{max}}",
        "message_all": "须{min_op} {{min}}，且{max_op} {{max}}",
        "message_gte": "不小于",
        "message_gt": "大于",
        "message_lte": "不大于",
        "message_lt": "小于",
    },
    validate.Length: {
        "message_min": "至少 {min} 项",
        "message_max": "最多 {max} 项",
        "message_all": "应为 {min} 至 {max} 项",
        "message_equal": "应为 {equal} 项",
    },
    validate.Equal: {"default_message": "只能是 {other}"},
    validate.Regexp: {"default_message": "格式有误"},
    validate.Predicate: {"default_message": "无效"},
    validate.NoneOf: {"default_message": "不能使用该值"},
    validate.OneOf: {"default_message": "只能是：{choices}"},
    validate.ContainsOnly: {"default_message": "只能包含：{choices}"},
    validate.ContainsNoneOf: {"default_message": "不能包含：{values}"},
}


def translate() -> None:
    """Give marshmallow's fields, validators and schemas these messages."""
    for field, messages in FIELD_MESSAGES.items():
        field.default_error_messages = {**vars(field).get("default_error_messages", {}), **messages}
    for validator, texts in VALIDATOR_MESSAGES.items():
        for name, text in texts.items():
            setattr(validator, name, text)
    ma.Schema.error_messages = {**ma.Schema.error_messages, **SCHEMA_MESSAGES}
