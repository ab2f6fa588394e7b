"""The columns of a sheet of products: what each is called, how it is read, what it means.

One table for the reader, the template and the docs. Prices are in yuan in the sheet and in fen
here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mall.kernel.money import MAX_FEN, fen_from_yuan
from mall.kernel.sheets import Columns
from mall.kernel.uploaded import is_address, stored_address

CLEAR = "无"
"""In a column that can be cleared: take the value away."""
SPU_CODE, NAME, SKU_CODE, PRICE = "商品编号", "商品名称", "SKU编号", "售价(元)"
LEVELS = ("一级分类", "二级分类", "三级分类")
BRAND, BRIEF, UNIT = "品牌", "简介", "单位"
SPEC_NAMES, SPEC_VALUES = "规格名", "规格值"
LIST_PRICE, COST, STOCK = "划线价(元)", "成本价(元)", "库存"
WEIGHT, VOLUME = "重量(克)", "体积(立方厘米)"
MAIN_IMAGE, GALLERY, SKU_IMAGE, DETAIL = "主图", "轮播图", "SKU图", "详情HTML"
ON_SHELF, IS_NEW, IS_HOT = "上架", "新品", "热销"

MAX_STOCK = 9_999_999
MAX_WEIGHT_G = 1_000_000
MAX_VOLUME_CM3 = 100_000_000
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_YES, _NO = {"是", "1", "true", "y", "yes", "√"}, {"否", "0", "false", "n", "no"}
_NEVER = object()


@dataclass(frozen=True)
class Column:
    """One column. `cleared` is the value that `无` gives, if it can be taken away.

    `meaning` and `examples` (of two SKUs of a product) are for the template.
    """

    header: str
    field: str
    parse: Callable[[str], Any]
    meaning: str
    examples: tuple[str, str]
    cleared: Any = _NEVER

    def read(self, cell: str) -> Any:
        """The value of a cell that isn't empty. Raises ValueError."""
        if cell == CLEAR and self.can_be_cleared:
            return self.cleared
        return self.parse(cell)

    @property
    def can_be_cleared(self) -> bool:
        return self.cleared is not _NEVER


def code(text: str) -> str:
    """A product's or SKU's code. Raises ValueError."""
    if not text:
        raise ValueError("is empty")
    if not _CODE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a code of up to 64 letters, digits, '.', '_', '-'")
    return text


def words(at_most: int, at_least: int = 0) -> Callable[[str], str]:
    """Reads a text of that many characters."""

    def read(text: str) -> str:
        if any(ord(character) < 32 and character not in "\n\t\r" for character in text):
            raise ValueError("has control characters")
        if len(text) < at_least:
            raise ValueError("is empty")
        if len(text) > at_most:
            raise ValueError(f"has {len(text)} characters, more than {at_most}")
        return text

    return read


def picture(text: str) -> str:
    """The name of an upload, or a web address. Raises ValueError."""
    text = stored_address(words(500)(text))
    if text and not is_address(text):
        raise ValueError(f"{shown(text)} is neither the name of an upload nor an http(s) address")
    return text


def shown(text: str) -> str:
    """The beginning of a cell, in quotes."""
    return repr(text if len(text) <= 30 else f"{text[:30]}…")


def _price(text: str) -> int:
    fen = fen_from_yuan(text)
    if fen < 1:
        raise ValueError(f"must be from 0.01 to {MAX_FEN // 100} yuan, not {shown(text)}")
    return fen


def _whole(at_most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) > at_most:
            raise ValueError(f"{shown(text)} is not a whole number from 0 to {at_most}")
        return int(text)

    return read


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered not in _YES | _NO:
        raise ValueError(f"{shown(text)} is neither 是 nor 否")
    return lowered in _YES


def _list(separator: str, at_most: int, part: Callable[[str], str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        parts = [part(one.strip()) for one in text.split(separator)]
        if len(parts) > at_most:
            raise ValueError(f"has {len(parts)} parts, more than {at_most}")
        return parts

    return read


PRODUCT_COLUMNS = (
    Column(NAME, "name", words(100, 1), "新商品必填，1 至 100 字", ("纯棉四件套", "纯棉四件套")),
    Column(BRAND, "brand", words(60), "没有的品牌会新建", ("山竹家", "山竹家"), ""),
    Column(BRIEF, "brief", words(200), "一句话卖点，最多 200 字", ("60 支长绒棉", ""), ""),
    Column(UNIT, "unit", words(10), "计量单位，默认为 件", ("套", ""), "件"),
    Column(
        SPEC_NAMES,
        "spec_names",
        _list(";", 5, words(30, 1)),
        "规格的名称，最多 5 个，用英文分号 ; 隔开；同一商品的各行须一致",
        ("尺寸;颜色", "尺寸;颜色"),
        [],
    ),
    Column(
        MAIN_IMAGE,
        "main_image",
        picture,
        "图片的网址，或上传后得到的文件名",
        ("https://img.example/main.jpg", ""),
        "",
    ),
    Column(
        GALLERY,
        "gallery",
        _list("|", 20, lambda text: picture(words(500, 1)(text))),
        "最多 20 张，用 | 隔开",
        ("https://img.example/1.jpg|https://img.example/2.jpg", ""),
        [],
    ),
    Column(DETAIL, "detail_html", words(200_000), "图文详情，HTML", ("<p>可机洗</p>", ""), ""),
    Column(ON_SHELF, "on_shelf", _flag, "是或否；新商品不填为否", ("是", "")),
    Column(IS_NEW, "is_new", _flag, "是或否", ("是", "")),
    Column(IS_HOT, "is_hot", _flag, "是或否", ("否", "")),
)
"""What a row says of its product, but for the category. The rows of a product agree."""
SKU_COLUMNS = (
    Column(
        SPEC_VALUES,
        "spec_values",
        _list(";", 5, words(100, 1)),
        "与规格名一一对应，用英文分号 ; 隔开",
        ("1.5 米;米白", "1.8 米;米白"),
        [],
    ),
    Column(PRICE, "price_fen", _price, "新 SKU 必填，单位元，最多两位小数", ("299.00", "329.00")),
    Column(LIST_PRICE, "list_price_fen", _price, "高于售价时展示", ("399.00", ""), None),
    Column(COST, "cost_fen", fen_from_yuan, "只有有权限的员工可见", ("120.00", "135.00"), None),
    Column(WEIGHT, "weight_g", _whole(MAX_WEIGHT_G), "按重量计运费时使用", ("1800", "2100"), 0),
    Column(
        VOLUME,
        "volume_cm3",
        _whole(MAX_VOLUME_CM3),
        "按体积计运费时使用",
        ("12000", "12000"),
        0,
    ),
    Column(SKU_IMAGE, "image", picture, "该 SKU 的图片，写法同主图", ("", ""), ""),
)
"""What a row says of its SKU."""
STOCK_COLUMN = Column(
    STOCK, "stock", _whole(MAX_STOCK), "只对新 SKU 有效，是它的初始库存", ("100", "80")
)
KEYS = (
    (SPU_CODE, "必填。同一商品的各行编号相同", ("SJT-60", "SJT-60")),
    (SKU_CODE, "必填，全店唯一。每行一个 SKU", ("SJT-60-15", "SJT-60-18")),
)
CATEGORY_MEANINGS = (
    (LEVELS[0], "新商品必填；没有的分类会新建", ("居家", "")),
    (LEVELS[1], f"不填则不改；填“{CLEAR}”则放在上一级", ("床品", "")),
    (LEVELS[2], f"不填则不改；填“{CLEAR}”则放在上一级", ("", "")),
)
ALL = Columns(
    required=(SPU_CODE, SKU_CODE),
    optional=(
        *LEVELS,
        *(column.header for column in (*PRODUCT_COLUMNS, *SKU_COLUMNS, STOCK_COLUMN)),
    ),
)
HEADERS = {
    column.field: column.header for column in (*PRODUCT_COLUMNS, *SKU_COLUMNS, STOCK_COLUMN)
} | {"category": "分类", "attributes": "属性"}
"""What the columns of a product's tables are called in the sheet."""

ATTRIBUTE_COLUMNS = Columns((SPU_CODE, "属性", "值"))
BRAND_FIELDS = (
    Column("介绍", "description", words(2000), "最多 2000 字", ("", ""), ""),
    Column("图片", "image", picture, "品牌图", ("", ""), ""),
    Column("起价(元)", "lowest_price_fen", fen_from_yuan, "展示用", ("", ""), None),
)
BRAND_COLUMNS = Columns((BRAND,), tuple(column.header for column in BRAND_FIELDS))
