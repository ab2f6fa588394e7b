"""The mall's own secrets on a developer's machine: drawn once, kept under `var/`."""

from __future__ import annotations

import base64
import json
import secrets

from mall.runtime.environment import write_private
from mall.runtime.errors import RuntimeFault
from mall.runtime.layout import Layout

NAMES = ("MALL_PERSONAL_DATA_KEYS", "MALL_BLIND_INDEX_KEY")


def ensure_secrets(layout: Layout) -> dict[str, str]:
    """The secrets of `var/secrets.json`, drawn there first if need be."""
    path = layout.secrets
    if not path.exists():
        values = {"MALL_PERSONAL_DATA_KEYS": f"dev1:{_key()}", "MALL_BLIND_INDEX_KEY": _key()}
        write_private(path, json.dumps(values, indent=1) + "\n")
    try:
        kept: dict[str, str] = json.loads(path.read_text())
        return {name: kept[name] for name in NAMES}
    except (ValueError, KeyError, TypeError) as fault:
        raise RuntimeFault(
            f"{path} is damaged: put it back, or remove {layout.var} to start with an empty shop "
            "(what it encrypted can't be read without it)"
        ) from fault


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
