"""概览: what waits for somebody."""

from __future__ import annotations

from mall.console.names import PREFIX
from mall.console.pages import page_blueprint
from mall.console.rendering import render
from mall.doctor.attention import attention_lists
from mall.kernel.http import access

blp = page_blueprint("console_overview", __name__, PREFIX)


@blp.get("")
@access.console(access.SELF)
def show() -> str:
    """The first page."""
    return render("overview.html")


@blp.get("/attention")
@access.console("system:read")
def attention() -> str:
    """The lists with something on them. Loaded after the page, since each is a question to the
    database."""
    found = [one for one in attention_lists(of_storage=False) if one.count or one.fault]
    return render("attention.html", lists=found)
