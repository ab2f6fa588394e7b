"""Small, valid pictures that stand for mini-program codes: a pattern drawn from the text.

They are real PNG and baseline JPEG files of the asked size, but nothing can scan them.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

CELLS = 21
_BLOCK = 8  # pixels a JPEG block


def _dark(text: str, column: int, row: int) -> bool:
    """Whether a cell of the pattern is dark; a frame keeps the edge light."""
    if not (0 < column < CELLS - 1 and 0 < row < CELLS - 1):
        return False
    bits = hashlib.sha512(text.encode()).digest()
    index = row * CELLS + column
    return bool(bits[index // 8 % len(bits)] >> index % 8 & 1)


def png_of(text: str, width: int) -> bytes:
    """A square greyscale PNG."""
    rows = []
    for y in range(width):
        line = bytes(
            0 if _dark(text, column, y * CELLS // width) else 255 for column in range(CELLS)
        )
        rows.append(b"\0" + bytes(line[x * CELLS // width] for x in range(width)))
    header = struct.pack(">IIBBBBB", width, width, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpeg_of(text: str, width: int) -> bytes:
    """A square greyscale baseline JPEG in which every 8 x 8 block has one shade.

    With all quantisers at 8, a block of one shade is a single coefficient: its shade
    less 128. So black and white need two differences, each a fixed string of bits.
    """
    blocks = -(-width // _BLOCK)
    bits: list[str] = []
    before = 0
    for row in range(blocks):
        for column in range(blocks):
            shade = -128 if _dark(text, column * CELLS // blocks, row * CELLS // blocks) else 127
            bits.append(_difference(shade - before) + "0")  # "0" is the end-of-block code
            before = shade
    return b"\xff\xd8" + _jpeg_tables(width) + _stuffed("".join(bits)) + b"\xff\xd9"


def _difference(value: int) -> str:
    """Huffman code and bits of a DC difference; our table has the classes 0, 7 and 8."""
    if value == 0:
        return "0"
    size = abs(value).bit_length()
    code = {7: "10", 8: "110"}[size]
    raw = value if value > 0 else value + (1 << size) - 1
    return code + format(raw, f"0{size}b")


def _jpeg_tables(width: int) -> bytes:
    def segment(marker: int, data: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    jfif = b"JFIF\0" + struct.pack(">BBBHHBB", 1, 1, 0, 1, 1, 0, 0)
    frame = struct.pack(">BHHB", 8, width, width, 1) + bytes([1, 0x11, 0])
    # One code of each length 1, 2, 3 for DC; a single code of length 1 for AC.
    dc_table = bytes([0x00, 1, 1, 1] + [0] * 13 + [0, 7, 8])
    ac_table = bytes([0x10, 1] + [0] * 15 + [0])
    return (
        segment(0xE0, jfif)
        + segment(0xDB, b"\0" + bytes([8] * 64))
        + segment(0xC0, frame)
        + segment(0xC4, dc_table)
        + segment(0xC4, ac_table)
        + segment(0xDA, bytes([1, 1, 0x00, 0, 63, 0]))
    )


def _stuffed(bits: str) -> bytes:
    padded = bits + "1" * (-len(bits) % 8)
    raw = int(padded, 2).to_bytes(len(padded) // 8, "big")
    return raw.replace(b"\xff", b"\xff\0")
