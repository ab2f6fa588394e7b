"""Uploads: pictures and videos of staff and shoppers, and where they are stored."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.uploads import admin, jobs, routes
from mall.uploads.closed_accounts import UNUSED, USED
from mall.uploads.files import FILES
from mall.uploads.held import init_held
from mall.uploads.invariants import INVARIANTS
from mall.uploads.storage import init_storage
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the files that people upload."""
    mall.setup(init_storage)
    mall.setup(init_held)
    mall.invariants(*INVARIANTS)
    mall.attention(FILES)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"upload:write": "上传图片"})
    mall.jobs(jobs)
    mall.add(ERASERS, UNUSED, USED)
