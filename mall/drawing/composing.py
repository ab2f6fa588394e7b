"""A poster or a collage from its layout and what is to be shown: pure work on pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from mall.drawing import layouts, lettering
from mall.drawing.errors import PhotoBroken
from mall.kernel.money import yuan

QUALITY = 88
MAX_PIXELS = 50_000_000
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
Place = tuple[int, int, int, int]
"""Left, top, width, height."""
Layout = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What is shown. Pictures as bytes; `code` is the picture of the code, `photos` are the
    shopper's own, in the order of their places. A part that is None leaves its box empty. Prices
    in fen; `from_price`: there are dearer ones."""

    title: str
    code: bytes
    nickname: str = ""
    price_fen: int | None = None
    list_price_fen: int | None = None
    from_price: bool = False
    picture: bytes | None = None
    background: bytes | None = None
    photos: tuple[bytes, ...] = ()


def compose(layout: Layout, contents: Contents) -> bytes:
    """The picture as a JPEG. Each side is as the layout says.

    Raises PhotoBroken for a picture of the shopper's own that can't be read.
    """
    size = (layout["width"], layout["height"])
    canvas = Image.new("RGB", size, layout["color"])
    if contents.background is not None:
        _paste(canvas, contents.background, (0, 0, *size), 0)
    photos = iter(enumerate(contents.photos, 1))
    for box in layout["boxes"]:
        if box["kind"] == layouts.PHOTO:
            _draw_photo(canvas, box, photos)
        else:
            _draw(canvas, box, contents)
    out = BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _draw_photo(
    canvas: Image.Image, box: Mapping[str, Any], photos: Iterator[tuple[int, bytes]]
) -> None:
    """The next of the shopper's own pictures; a place without one stays empty."""
    number, raw = next(photos, (0, None))
    if raw is not None and not _paste(canvas, raw, _place(box), box["radius"], box["fit"]):
        raise PhotoBroken(number)


def _place(box: Mapping[str, Any]) -> Place:
    return box["x"], box["y"], box["width"], box["height"]


def _draw(canvas: Image.Image, box: Mapping[str, Any], contents: Contents) -> None:
    place = _place(box)
    if box["kind"] == layouts.PICTURE:
        if contents.picture is not None:
            # Layouts that were kept before there was a choice have no `fit`.
            _paste(canvas, contents.picture, place, box["radius"], box.get("fit", layouts.COVER))
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


def _paste(
    canvas: Image.Image, raw: bytes, place: Place, radius: int, fit: str = layouts.COVER
) -> bool:
    """A picture that fills its place, cut to its shape, or whole in the middle of it. One that
    can't be read leaves it empty: False."""
    x, y, width, height = place
    try:
        with Image.open(BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as found:
            if found.width * found.height > MAX_PIXELS:
                return False
            found.draft("RGB", (width, height))
            whole = found.convert("RGBA")
    except _BROKEN:
        return False
    if fit == layouts.CONTAIN:
        fitted = ImageOps.contain(whole, (width, height))
        x, y = x + (width - fitted.width) // 2, y + (height - fitted.height) // 2
    else:
        fitted = ImageOps.fit(whole, (width, height))
    mask = fitted.getchannel("A")
    if radius:
        corners = Image.new("L", fitted.size, 0)
        edges = (0, 0, fitted.width - 1, fitted.height - 1)
        ImageDraw.Draw(corners).rounded_rectangle(edges, radius, fill=255)
        mask = Image.composite(mask, Image.new("L", fitted.size, 0), corners)
    canvas.paste(fitted.convert("RGB"), (x, y), mask)
    return True


def _paste_code(canvas: Image.Image, raw: bytes, place: Place) -> None:
    """The code, square, in the middle of its place, on white."""
    x, y, width, height = place
    edge = min(width, height)
    with Image.open(BytesIO(raw)) as found:
        # Sharp edges for a code of squares; a round one of WeChat is made smaller smoothly.
        way = Image.Resampling.LANCZOS if found.width > edge else Image.Resampling.NEAREST
        code = found.convert("RGB").resize((edge, edge), way)
    left, top = x + (width - edge) // 2, y + (height - edge) // 2
    canvas.paste(code, (left, top))
