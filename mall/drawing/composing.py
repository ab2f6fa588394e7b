"""A poster from its layout and what is to be shown: pure work on pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from mall.drawing import layouts, lettering
from mall.kernel.money import yuan

QUALITY = 88
_BROKEN = (OSError, ValueError, SyntaxError, EOFError)
Layout = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a poster shows. Pictures as bytes; `code` is the picture of the code. A part that is
    None leaves its box empty. Prices in fen; `from_price`: there are dearer ones."""

    title: str
    code: bytes
    nickname: str = ""
    price_fen: int | None = None
    list_price_fen: int | None = None
    from_price: bool = False
    picture: bytes | None = None
    background: bytes | None = None


def compose(layout: Layout, contents: Contents) -> bytes:
    """The poster as a JPEG. Each side is as the layout says."""
    size = (layout["width"], layout["height"])
    canvas = Image.new("RGB", size, layout["color"])
    if contents.background is not None:
        _paste(canvas, contents.background, (0, 0, *size), 0)
    for box in layout["boxes"]:
        _draw(canvas, box, contents)
    out = BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _draw(canvas: Image.Image, box: Mapping[str, Any], contents: Contents) -> None:
    place = (box["x"], box["y"], box["width"], box["height"])
    if box["kind"] == layouts.PICTURE:
        if contents.picture is not None:
            _paste(canvas, contents.picture, place, box["radius"])
    elif box["kind"] in layouts.CODES:
        _paste_code(canvas, contents.code, place)
    elif words := _words(box, contents):
        letters = lettering.font(box["font_px"], bold=box["bold"])
        lines = lettering.lines_of(words, letters, box["width"], box["max_lines"])
        lettering.write(
            ImageDraw.Draw(canvas),
            place,
            lines,
            letters,
            color=box["color"],
            align=box["align"],
            struck=box["kind"] == layouts.LIST_PRICE,
        )


def _words(box: Mapping[str, Any], contents: Contents) -> str:
    kind = box["kind"]
    if kind == layouts.TITLE:
        return contents.title
    if kind == layouts.NICKNAME:
        return contents.nickname
    if kind == layouts.PRICE and contents.price_fen is not None:
        return f"¥{yuan(contents.price_fen)}{' 起' if contents.from_price else ''}"
    if kind == layouts.LIST_PRICE and contents.list_price_fen is not None:
        return f"¥{yuan(contents.list_price_fen)}"
    if kind == layouts.TEXT:
        return str(box["text"]).replace("{nickname}", contents.nickname)
    return ""


def _paste(canvas: Image.Image, raw: bytes, place: tuple[int, int, int, int], radius: int) -> None:
    """A picture that fills its place, cut to its shape; one that can't be read leaves it empty."""
    x, y, width, height = place
    try:
        with Image.open(BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as found:
            found.draft("RGB", (width, height))
            fitted = ImageOps.fit(found.convert("RGBA"), (width, height))
    except _BROKEN:
        return
    mask = fitted.getchannel("A")
    if radius:
        corners = Image.new("L", (width, height), 0)
        ImageDraw.Draw(corners).rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=255)
        mask = Image.composite(mask, Image.new("L", (width, height), 0), corners)
    canvas.paste(fitted.convert("RGB"), (x, y), mask)


def _paste_code(canvas: Image.Image, raw: bytes, place: tuple[int, int, int, int]) -> None:
    """The code, square, in the middle of its place, on white."""
    x, y, width, height = place
    edge = min(width, height)
    with Image.open(BytesIO(raw)) as found:
        # Sharp edges for a code of squares; a round one of WeChat is made smaller smoothly.
        way = Image.Resampling.LANCZOS if found.width > edge else Image.Resampling.NEAREST
        code = found.convert("RGB").resize((edge, edge), way)
    left, top = x + (width - edge) // 2, y + (height - edge) // 2
    canvas.paste(code, (left, top))
