"""Parquet tables put end to end: the rows of each as they stand, under one footer for all.

A Parquet file is the magic, row groups, and a footer in which Thrift's compact protocol says where everything
stands, counted from the start of the file. To join tables of one schema, the footers are read, the places shifted
by what stands before, and the row groups listed one after the other. Nothing is decoded.

Sources: Apache Parquet's `parquet.thrift` for the numbers of the fields, and Apache Thrift's compact protocol.

>>> import io, polars as pl
>>> def parquet(numbers):
...     pl.DataFrame({"x": numbers}).write_parquet(file := io.BytesIO())
...     return parted(file.getvalue())
>>> (one, its), (two, other) = parquet([1.0, 2.0]), parquet([3.0])
>>> whole = MAGIC + one + two + joined([its, other], [len(one), len(two)])
>>> pl.read_parquet(whole)["x"].to_list()
[1.0, 2.0, 3.0]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

MAGIC = b"PAR1"

# Numbers of fields in FileMetaData, and within it the paths to those that say where something stands.
_ROWS, _GROUPS = 3, 4
_GROUP_PLACE, _GROUP_ORDINAL, _COLUMNS = 5, 7, 1
_COLUMN_PLACES, _COLUMN_FACTS = (2, 4, 6), 3
_FACT_PLACES = (9, 10, 11, 14)

# Kinds of the compact protocol. A truth value in a struct is one of two kinds, and takes no byte.
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)
_STOP = 0

# A struct: each field's kind and value, by its number. A list: the kind of its elements, and these.
Struct = dict[int, tuple[int, Any]]


def parted(table: bytes | memoryview) -> tuple[bytes, bytes]:
    """Return the row groups of a Parquet file, and its footer."""
    length = int.from_bytes(table[-8:-4], "little")
    return bytes(table[len(MAGIC) : -8 - length]), bytes(table[-8 - length : -8])


def joined(footers: Sequence[bytes], sizes: Sequence[int]) -> bytes:
    """Return the end of a file that holds, after the magic, row groups of those sizes and footers.

    The tables are of one schema, which the first one's footer tells.
    """
    whole: Struct = _Reader(footers[0]).struct()
    groups: list[Struct] = []
    rows = start = 0
    for footer, size in zip(footers, sizes, strict=True):
        part = _Reader(footer).struct()
        rows += part[_ROWS][1]
        for group in part[_GROUPS][1][1]:
            _shift(group, start)
            if _GROUP_ORDINAL in group:
                group[_GROUP_ORDINAL] = (_I16, min(len(groups), 2**15 - 1))
            groups.append(group)
        start += size
    whole[_ROWS] = (_I64, rows)
    whole[_GROUPS] = (_LIST, (_STRUCT, groups))
    out = bytearray()
    _write_struct(out, whole)
    return bytes(out) + len(out).to_bytes(4, "little") + MAGIC


def _shift(group: Struct, by: int) -> None:
    """Move every place that a row group names."""
    _move(group, [_GROUP_PLACE], by)
    for column in group[_COLUMNS][1][1]:
        _move(column, _COLUMN_PLACES, by)
        _move(column[_COLUMN_FACTS][1], _FACT_PLACES, by)


def _move(struct: Struct, fields: Sequence[int], by: int) -> None:
    for field in fields:
        if field in struct and struct[field][1]:  # zero stands for none
            kind, place = struct[field]
            struct[field] = (kind, place + by)


class _Reader:
    """Reads Thrift's compact protocol, whatever it is about."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while (head := self._byte()) != _STOP:
            step, kind = head >> 4, head & 15
            number = number + step if step else self._signed()
            found[number] = (kind, None if kind in (_TRUE, _FALSE) else self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        return _READ[kind](self)

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        length, kind = head >> 4, head & 15
        length = self._varint() if length == 15 else length
        return kind, [self._byte() if kind in (_TRUE, _FALSE) else self._value(kind) for _ in range(length)]

    def _bytes(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        found = shift = 0
        while (byte := self._byte()) & 0x80:
            found |= (byte & 0x7F) << shift
            shift += 7
        return found | byte << shift

    def _signed(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)


_READ: dict[int, Callable[[Any], Any]] = {
    _BYTE: _Reader._byte,
    **dict.fromkeys((_I16, _I32, _I64), _Reader._signed),
    _DOUBLE: lambda reader: reader._bytes(8),
    _BINARY: lambda reader: reader._bytes(reader._varint()),
    **dict.fromkeys((_LIST, _SET), _Reader._list),
    _STRUCT: _Reader.struct,
}


def _write_struct(out: bytearray, struct: Struct) -> None:
    last = 0
    for number, (kind, value) in sorted(struct.items()):
        if 0 < number - last <= 15:
            out.append(number - last << 4 | kind)
        else:
            out.append(kind)
            _write_varint(out, _zigzag(number))
        last = number
        if value is not None:
            _write(out, kind, value)
    out.append(_STOP)


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in (_I16, _I32, _I64):
        _write_varint(out, _zigzag(value))
    elif kind == _STRUCT:
        _write_struct(out, value)
    elif kind in (_LIST, _SET):
        _write_list(out, *value)
    elif kind == _BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == _DOUBLE:
        out += value
    else:
        out.append(value)


def _write_list(out: bytearray, kind: int, values: list[Any]) -> None:
    out.append(min(len(values), 15) << 4 | kind)
    if len(values) >= 15:
        _write_varint(out, len(values))
    for value in values:
        _write(out, kind, value)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _write_varint(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
