"""Settings: what a shop owner decides, as data.

A feature declares its settings as constants and reads them with `.get()`. Staff change them
without a restart. Only what was changed is stored.
"""

from __future__ import annotations

from mall.settings.declaring import (
    Setting,
    boolean,
    choice,
    message_template,
    text,
    whole_number,
)
from mall.settings.snapshot import SETTINGS
from mall.settings.templates import MessageTemplate

__all__ = [
    "SETTINGS",
    "MessageTemplate",
    "Setting",
    "boolean",
    "choice",
    "message_template",
    "text",
    "whole_number",
]
