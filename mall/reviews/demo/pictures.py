"""Pictures of the demo shop's reviews, drawn here: a room, a light, and the goods in it.

One seed, one picture. No two are so alike that moderation takes one for a copy of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIDE = 480
Colour = tuple[int, int, int]
_Draw = Callable[[ImageDraw.ImageDraw, Random], None]


def picture(goods: str, seed: str) -> bytes:
    """A JPEG of `bedding` or `kitchen` goods."""
    random = Random(seed)  # noqa: S311 - nothing depends on it
    image = Image.new("RGB", (SIDE, SIDE), _soft(random))
    draw = ImageDraw.Draw(image)
    _room(draw, random)
    _GOODS[goods](draw, random)
    image = Image.blend(image.filter(ImageFilter.GaussianBlur(1.2)), _light(random), 0.3)
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _soft(random: Random) -> Colour:
    return random.randrange(150, 240), random.randrange(150, 235), random.randrange(140, 225)


def _deep(random: Random) -> Colour:
    return random.randrange(30, 150), random.randrange(40, 140), random.randrange(40, 140)


def _room(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A wall with a window or a frame, above a floor."""
    floor = random.randrange(SIDE // 2, SIDE * 4 // 5)
    draw.rectangle((0, floor, SIDE, SIDE), fill=_deep(random))
    for _ in range(random.randrange(1, 4)):
        left, top = random.randrange(SIDE * 3 // 4), random.randrange(SIDE // 3)
        right, bottom = left + random.randrange(50, 170), top + random.randrange(50, 170)
        draw.rectangle((left, top, right, bottom), fill=_soft(random), outline=_deep(random))


def _bedding(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A stack of folded quilts, each with seams."""
    left, width = random.randrange(20, 140), random.randrange(200, 320)
    bottom = random.randrange(SIDE - 90, SIDE - 10)
    for _ in range(random.randrange(2, 5)):
        height, shift = random.randrange(45, 95), random.randrange(-25, 26)
        box = (left + shift, bottom - height, left + shift + width, bottom)
        seam = _deep(random)
        draw.rounded_rectangle(box, radius=22, fill=_soft(random), outline=seam, width=3)
        for at in range(box[0] + 30, box[2] - 10, random.randrange(28, 60)):
            draw.line((at, box[1] + 8, at, box[3] - 8), fill=seam, width=2)
        bottom -= height


def _kitchen(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A pan on a cloth, with what was cooked in it."""
    x, y = random.randrange(140, 320), random.randrange(220, 360)
    size = random.randrange(90, 150)
    cloth = random.randrange(20, 70)
    draw.rectangle((x - size - cloth, y - 40, x + size + cloth, y + 100), fill=_soft(random))
    handle = random.choice((-1, 1)) * random.randrange(120, 230)
    draw.line((x, y, x + handle, y - random.randrange(20, 130)), fill=(45, 40, 38), width=26)
    flat = size * 3 // 5
    draw.ellipse((x - size, y - flat, x + size, y + flat), fill=(38, 36, 36))
    draw.ellipse((x - size + 14, y - flat + 10, x + size - 14, y + flat - 10), fill=(70, 66, 64))
    for _ in range(random.randrange(1, 6)):
        left, top = x + random.randrange(-size // 2, size // 3), y + random.randrange(-30, 20)
        food = random.randrange(24, 56)
        draw.ellipse((left, top, left + food, top + food * 2 // 3), fill=(235, 200, 90))


def _light(random: Random) -> Image.Image:
    """Where the light comes from: a ramp that is wide enough to be turned."""
    wide, cut = SIDE * 3 // 2, SIDE // 4
    ramp = Image.linear_gradient("L").resize((wide, wide)).rotate(random.randrange(360))
    ramp = ramp.crop((cut, cut, cut + SIDE, cut + SIDE))
    return Image.merge("RGB", (ramp, ramp, ramp))


_GOODS: dict[str, _Draw] = {"bedding": _bedding, "kitchen": _kitchen}
