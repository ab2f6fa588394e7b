"""Detail HTML from a merchant's editor, made safe to show."""

from __future__ import annotations

import html
import re

import nh3

_TAGS = """
p br hr div span strong b em i u s ul ol li h1 h2 h3 h4 h5 h6 blockquote pre
table thead tbody tr th td img a video source figure figcaption
"""
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = {
    "img": {"src", "alt", "width", "height"},
    "a": {"href", "title"},
    "video": {"src", "poster", "controls", "width", "height"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_GAPS = re.compile(r"\s+")


def clean_html(markup: str) -> str:
    """Keep text, structure and pictures; drop scripts, styles, handlers and odd addresses."""
    return nh3.clean(
        markup,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    ).strip()


def text_of(markup: str) -> str:
    """The words of a markup, without tags."""
    spaced = markup.replace("<", " <")
    return _GAPS.sub(" ", html.unescape(nh3.clean(spaced, tags=set(), attributes={}))).strip()
