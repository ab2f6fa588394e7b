"""Bills of WeChat's (账单) as files: reading one row by row.

A bill is UTF-8 with an optional byte-order mark: a header, rows whose every field starts
with a backtick, a header of the summary and the summary. Amounts are in yuan there and in
fen here. Columns are found by name, since WeChat adds some from time to time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import IO, ClassVar, Generic, Self, TypeVar

from mall.wechat.errors import WechatUnknown
from mall.wechat.times import SHANGHAI

BillRowT = TypeVar("BillRowT")


@dataclass(frozen=True, kw_only=True)
class BillFile(ABC, Generic[BillRowT]):
    """The bill of one shop day; empty when there was nothing to bill.

    `file` is the uncompressed file whose SHA1 was checked, on the disk when it is large.
    `rows()` reads it row by row, so memory stays flat; leaving the `with` removes it.
    `count_column` is the summary's number of rows.
    """

    count_column: ClassVar[str]
    day: date
    file: IO[bytes] | None = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.file is not None:
            self.file.close()

    @staticmethod
    @abstractmethod
    def row_of(cells: Mapping[str, str]) -> BillRowT:
        """A row by its columns' names. Raises KeyError, ValueError, InvalidOperation when it can't
        be read."""

    def rows(self) -> Iterator[BillRowT]:
        """Each row in the file's order.

        Raises WechatUnknown at a row that can't be read, or at the end when the summary
        counts another number of rows: what was yielded until then must be thrown away.
        """
        if self.file is None:
            return
        lines = _lines(self.file)
        header = _cells(next(lines, ""))
        for count, line in enumerate(lines):
            if not line.startswith("`"):
                _check_count(self.count_column, line, next(lines, ""), count)
                return
            yield self._row(dict(zip(header, _cells(line), strict=False)))
        raise WechatUnknown("a bill without a summary")

    def _row(self, cells: Mapping[str, str]) -> BillRowT:
        try:
            return self.row_of(cells)
        except (KeyError, ValueError, InvalidOperation) as fault:
            problem = f"a bill row that can't be read ({type(fault).__name__})"
        raise WechatUnknown(problem)


def fen_of(yuan: str) -> int:
    """An amount of a bill in fen. Raises ValueError, InvalidOperation."""
    fen = Decimal(yuan) * 100
    if fen != fen.to_integral_value():
        raise ValueError("a part of a fen")
    return int(fen)


def moment_of(words: str) -> datetime:
    """A moment of a bill, which is China's. Raises ValueError."""
    return datetime.strptime(words, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


def _lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a bill that aren't empty. Raises WechatUnknown when it isn't UTF-8."""
    file.seek(0)
    for number, raw in enumerate(file):
        try:
            line = raw.decode("utf-8-sig" if number == 0 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise WechatUnknown("a bill that isn't UTF-8") from None
        if line:
            yield line


def _cells(line: str) -> list[str]:
    """Split a line. A comma inside a field was escaped by WeChat, so every one separates."""
    return [part.removeprefix("`").strip() for part in line.split(",")]


def _check_count(name: str, header: str, values: str, count: int) -> None:
    """Raises WechatUnknown when the summary's column `name` counts other than `count` rows."""
    summary = dict(zip(_cells(header), _cells(values), strict=False))
    try:
        promised = Decimal(summary[name])
    except (KeyError, InvalidOperation):
        promised = Decimal(-1)
    if promised != count:
        raise WechatUnknown("a bill whose summary counts other rows")
