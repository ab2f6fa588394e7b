"""Pictures with something on them: one seed, one motif."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image


def motif(seed: int, *, quality: int = 90, size: int = 240) -> bytes:
    """A JPEG of shapes in colours."""
    random = Random(seed)
    image = Image.new("RGB", (240, 240), (230, 220, 210))
    for _ in range(14):
        left, top = random.randrange(200), random.randrange(200)
        colour = tuple(random.randrange(256) for _ in range(3))
        right, bottom = left + random.randrange(20, 90), top + random.randrange(20, 90)
        image.paste(colour, (left, top, right, bottom))
    out = BytesIO()
    image.resize((size, size)).save(out, "JPEG", quality=quality)
    return out.getvalue()
