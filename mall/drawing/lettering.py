"""Chinese letters on a picture: one open font, text that fits its box."""

from __future__ import annotations

import threading
from functools import lru_cache
from importlib.resources import as_file, files

from PIL import ImageDraw, ImageFont

_PACKAGE = "justmytype_intl_cjk"
_FILE = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
REGULAR, BOLD = 400, 700
ELLIPSIS = "…"
_LINE_SPACING = 1.3
_local = threading.local()


def font(size_px: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Noto Sans SC (SIL Open Font License). Each thread has fonts of its own: FreeType's faces
    aren't to be used by two at once."""
    known: dict[tuple[int, bool], ImageFont.FreeTypeFont] = _local.__dict__.setdefault("fonts", {})
    if (size_px, bold) not in known:
        if len(known) > 40:
            known.clear()
        made = ImageFont.truetype(_path(), size_px)
        made.set_variation_by_axes([BOLD if bold else REGULAR])
        known[size_px, bold] = made
    return known[size_px, bold]


@lru_cache(maxsize=1)
def _path() -> str:
    with as_file(files(_PACKAGE).joinpath(_FILE)) as path:
        return str(path)


def drawable(text: str) -> str:
    """The text without what the font can't draw (emoji and the like), in one line."""
    plain = "".join(one for one in text if ord(one) < 0x10000 and one.isprintable())
    return " ".join(plain.split())


def lines_of(text: str, letters: ImageFont.FreeTypeFont, width: int, at_most: int) -> list[str]:
    """The text in lines no wider than `width`; what is too long ends with an ellipsis."""
    lines: list[str] = []
    rest = drawable(text)
    while rest and len(lines) < at_most:
        line = _head(rest, letters, width)
        rest = rest[len(line) :].lstrip()
        if rest and len(lines) == at_most - 1:
            line = _shortened(line, letters, width)
        lines.append(line.rstrip())
    return lines


def _head(text: str, letters: ImageFont.FreeTypeFont, width: int) -> str:
    """As much of the text as fits; words of Latin letters stay whole where they can."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if letters.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    if low == len(text) or not (text[low - 1].isascii() and text[low].isascii()):
        return text[:low]
    space = text.rfind(" ", 0, low + 1)
    return text[: space + 1] if space > 0 else text[:low]


def _shortened(line: str, letters: ImageFont.FreeTypeFont, width: int) -> str:
    while line and letters.getlength(line + ELLIPSIS) > width:
        line = line[:-1]
    return line + ELLIPSIS


def write(
    draw: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    lines: list[str],
    letters: ImageFont.FreeTypeFont,
    *,
    color: str,
    align: str,
    struck: bool = False,
) -> None:
    """Write lines into a box (x, y, width, height) from its top; what is below it is left out."""
    x, y, width, height = box
    step = round(letters.size * _LINE_SPACING)
    for number, line in enumerate(lines):
        top = y + number * step
        if top + letters.size > y + height:
            return
        length = letters.getlength(line)
        left = x + {"left": 0.0, "center": (width - length) / 2, "right": width - length}[align]
        draw.text((left, top), line, font=letters, fill=color)
        if struck:
            middle = top + letters.size * 0.62
            draw.line(((left, middle), (left + length, middle)), fill=color, width=2)
