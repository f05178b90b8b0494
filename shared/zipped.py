"""The one form of ZIP an evidence pack has: files stored as they are, one after another.

Every byte of the container follows from names and contents, so reading checks each of them:
nothing can hide between files, stand twice, be unpacked to another size, or mean one thing to one
reader and another thing to the next.
"""

import re
import struct
import zlib
from collections.abc import Mapping

from shared.errors import Malformed, TooLarge

MAX_SIZE = 1 << 30
MAX_FILES = 60_000
# One folder deep, and nothing a file system or a terminal could take for more than a name.
_NAME = re.compile(rb"(?:[a-z]+/)?[A-Za-z0-9][A-Za-z0-9.-]{0,59}")
_VERSION, _FLAGS, _STORED, _TIME, _DATE = 20, 0, 0, 0, 0x21  # 1980-01-01: no clock gets in
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


class Damaged(Malformed):
    """`file` is what the container no longer holds as it was put in; "" is its own table."""

    code = "damaged"

    def __init__(self, file: str) -> None:
        super().__init__(f"{file or 'the table of contents'} is damaged")
        self.file = file


def write(files: Mapping[str, bytes]) -> bytes:
    """The files in their order; raises TooLarge. Names are ASCII."""
    bodies, table, at = [], [], 0
    for name, data in files.items():
        local = _local(name, data)
        table.append(_central(name, data, at))
        bodies += [local, data]
        at += len(local) + len(data)
    central = b"".join(table)
    end = _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(central), at, 0)
    if len(files) > MAX_FILES or at + len(central) + len(end) > MAX_SIZE:
        raise TooLarge("that is more than one pack may hold")
    return b"".join([*bodies, central, end])


def read(data: bytes) -> dict[str, bytes]:
    """Undo `write`; raises Damaged (with the file), Malformed, TooLarge."""
    if len(data) > MAX_SIZE:
        raise TooLarge("that is more than one pack may hold")
    count, start = _end(data)
    files: dict[str, bytes] = {}
    at, entry = 0, start
    for _ in range(count):
        name, size = _entry(data, entry)
        local = len(_local(name, b""))
        contents = data[at + local : min(at + local + size, start)]
        if name in files:
            raise Damaged("")
        if data[at : at + local] != _local(name, contents):
            raise Damaged(name)
        central = _central(name, contents, at)
        if data[entry : entry + len(central)] != central:
            raise Damaged(name)
        files[name] = contents
        at, entry = at + local + size, entry + len(central)
    if (at, entry) != (start, len(data) - _END.size):
        raise Damaged("")
    return files


def _end(data: bytes) -> tuple[int, int]:
    """(how many files, where the table begins)."""
    magics = (data[:4] == b"PK\3\4", data[-_END.size :][:4] == b"PK\5\6")
    if len(data) < _END.size or not any(magics):
        raise Malformed("not a ZIP")
    magic, _, _, _, count, size, start, _ = _END.unpack(data[-_END.size :])
    whole = _END.pack(b"PK\5\6", 0, 0, count, count, size, start, 0)
    fits = magic == b"PK\5\6" and start + size + _END.size == len(data)
    if data[-_END.size :] != whole or not fits or count > MAX_FILES:
        raise Damaged("")
    return count, start


def _entry(data: bytes, at: int) -> tuple[str, int]:
    """(name, size) of one line of the table."""
    if len(data) - at < _CENTRAL.size:
        raise Damaged("")
    fields = _CENTRAL.unpack_from(data, at)
    size, length = fields[9], fields[10]
    name = data[at + _CENTRAL.size : at + _CENTRAL.size + length]
    if fields[0] != b"PK\1\2" or not _NAME.fullmatch(name):
        raise Damaged("")
    return name.decode("ascii"), size


def _local(name: str, data: bytes) -> bytes:
    about = (zlib.crc32(data), len(data), len(data), len(name), 0)
    head = _LOCAL.pack(b"PK\3\4", _VERSION, _FLAGS, _STORED, _TIME, _DATE, *about)
    return head + name.encode("ascii")


def _central(name: str, data: bytes, at: int) -> bytes:
    about = (zlib.crc32(data), len(data), len(data), len(name), 0, 0, 0, 0, 0, at)
    head = _CENTRAL.pack(b"PK\1\2", _VERSION, _VERSION, _FLAGS, _STORED, _TIME, _DATE, *about)
    return head + name.encode("ascii")
