"""Text fits its box; what a layout says is drawn where it says."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError
from PIL import Image, ImageChops

from mall.drawing import composing, lettering
from mall.drawing.composing import Contents, compose
from mall.drawing.errors import PhotoBroken
from mall.drawing.layouts import CollageLayoutSchema, LayoutSchema
from mall.drawing.qr import qr_code
from tests.support.drawing import box, layout, loaded, loaded_collage, opened, plain


@pytest.mark.parametrize(
    ("words", "width", "at_most", "lines"),
    [
        ("四个汉字", 200, 2, ["四个汉字"]),
        ("一二三四五六七八", 160, 2, ["一二三四", "五六七八"]),
        ("一二三四五六七八九十", 160, 2, ["一二三四", "五六七…"]),
        ("好 iPhone case", 150, 3, ["好", "iPhone", "case"]),
        ("😀好\n的\u200b", 200, 1, ["好的"]),
        ("", 200, 1, []),
    ],
)
def test_text_fits_its_box(words: str, width: int, at_most: int, lines: list[str]) -> None:
    letters = lettering.font(40, bold=False)
    found = lettering.lines_of(words, letters, width, at_most)
    assert found == lines
    assert all(letters.getlength(line) <= width for line in found)


def test_a_bold_letter_is_blacker() -> None:
    def ink(*, bold: bool) -> int:
        title = box("title", font_px=80, height=120, bold=bold, color="#000000")
        drawn = opened(compose(loaded(title), Contents("国", qr_code("x"))))
        grey = drawn.crop((0, 0, 200, 120)).convert("L")
        return sum(shade < 128 for shade in grey.get_flattened_data())

    assert ink(bold=True) > ink(bold=False) * 1.15 > 0


def test_what_a_layout_says_is_drawn_where_it_says() -> None:
    drawn = loaded(
        box("picture", x=100, y=100, width=100, height=100),
        box("price", x=0, y=300, color="#0000ff"),
        color="#00ff00",
    )
    contents = Contents("商品", qr_code("x"), price_fen=1990, picture=plain("#ff0000"))
    made = opened(compose(drawn, contents))
    assert made.size == (600, 900)
    assert _share_of(made, (0, 0, 90, 90), "#00ff00") == 1
    assert _share_of(made, (110, 110, 190, 190), "#ff0000") == 1
    assert 0.02 < _share_of(made, (0, 300, 120, 350), "#0000ff") < 0.5
    assert 0.2 < _share_of(made, (200, 680, 400, 880), "#000000") < 0.8


def test_a_picture_that_cannot_be_read_leaves_its_box_empty() -> None:
    drawn = loaded(box("picture", width=100, height=100), color="#00ff00")
    made = opened(compose(drawn, Contents("商品", qr_code("x"), picture=b"no picture")))
    assert _share_of(made, (10, 10, 90, 90), "#00ff00") == 1


def test_photos_stand_in_their_order_and_fit_their_places() -> None:
    drawn = loaded_collage(
        box("photo", x=0, y=0, width=100, height=100),
        box("photo", x=200, y=0, width=100, height=100, fit="contain"),
        box("photo", x=400, y=0, width=100, height=100, radius=50),
        color="#00ff00",
    )
    photos = tuple(plain(color, (200, 100)) for color in ("#ff0000", "#0000ff", "#000000"))
    made = opened(compose(drawn, Contents("", qr_code("x"), photos=photos)))
    assert _share_of(made, (4, 4, 96, 96), "#ff0000") == 1, "covers its place"
    assert _share_of(made, (204, 32, 296, 68), "#0000ff") == 1, "whole, in the middle"
    assert _share_of(made, (200, 4, 296, 16), "#00ff00") == 1
    assert _share_of(made, (200, 84, 296, 96), "#00ff00") == 1
    assert _share_of(made, (440, 40, 460, 60), "#000000") == 1
    assert _share_of(made, (401, 0, 405, 4), "#00ff00") == 1, "a round corner"


@pytest.mark.parametrize("raw", [b"no picture", plain("#ff0000")[:40]])
def test_a_photo_that_cannot_be_read_is_named(raw: bytes) -> None:
    two = [box("photo", x=at, width=100, height=100) for at in (0, 200)]
    contents = Contents("", qr_code("x"), photos=(plain("#ff0000"), raw))
    with pytest.raises(PhotoBroken) as broken:
        compose(loaded_collage(*two), contents)
    assert broken.value.number == 2


def test_a_picture_with_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    one = loaded_collage(box("photo", width=100, height=100))
    contents = Contents("", qr_code("x"), photos=(plain("#ff0000", (100, 100)),))
    monkeypatch.setattr(composing, "MAX_PIXELS", 10_000)
    assert compose(one, contents)
    monkeypatch.setattr(composing, "MAX_PIXELS", 9_999)
    with pytest.raises(PhotoBroken):
        compose(one, contents)


@pytest.mark.parametrize(
    ("schema", "photos", "good"),
    [
        (LayoutSchema, 0, True),
        (LayoutSchema, 1, False),
        (CollageLayoutSchema, 0, False),
        (CollageLayoutSchema, 1, True),
        (CollageLayoutSchema, 9, True),
        (CollageLayoutSchema, 10, False),
    ],
)
def test_only_a_collage_has_places_for_photos(
    schema: type[LayoutSchema], photos: int, good: bool
) -> None:
    drawn = layout(*[box("photo")] * photos)
    if good:
        assert len(schema().load(drawn)["boxes"]) == photos + 1
    else:
        with pytest.raises(ValidationError):
            schema().load(drawn)


def _share_of(drawn: Image.Image, part: tuple[int, int, int, int], color: str) -> float:
    """How much of a part of a picture has about this colour."""
    cut = drawn.crop(part)
    wanted = Image.new("RGB", cut.size, color)
    far = ImageChops.difference(cut, wanted).convert("L").get_flattened_data()
    return sum(distance < 40 for distance in far) / len(far)
