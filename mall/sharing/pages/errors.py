"""What is refused of a page."""

from __future__ import annotations

from mall.kernel.errors import NotFound


class PageNotFound(NotFound):
    """No such page, or one that shoppers can't see now."""

    code = "page_not_found"
    message = "页面不存在或已下架"
