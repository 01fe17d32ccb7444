"""Walk a ustar shard header by header, by offset, without extracting anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from dataset_tools.errors import FormatError
from dataset_tools.schema import split_name

BLOCK = 512
_REGULAR = (b"0", b"\0")
_TYPES = {
    b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"5": "a folder",
    b"6": "a pipe", b"x": "an extended header", b"g": "an extended header", b"L": "a long name",
    b"K": "a long link name",
}  # fmt: skip


@dataclass(frozen=True)
class TarMember:
    """One file in a shard: its clip's key, its member name, and where its bytes lie."""

    key: str
    member: str
    offset: int
    size: int


def padded(size: int) -> int:
    """Bytes that a file of `size` bytes takes in a tar."""
    return -(-size // BLOCK) * BLOCK


def parse_header(block: bytes) -> tuple[str, str, int]:
    """Key, member name and size of a regular file's 512-byte header.

    Raises FormatError for a damaged header, a link, device, folder or extension, and a name that is not
    `KEY.member`.
    """
    if len(block) != BLOCK:
        raise FormatError("the tar ends in the middle of a header; it is truncated, fetch or write it again")
    if _octal(block[148:156]) != sum(block[:148]) + sum(block[156:]) + 8 * ord(" "):
        raise FormatError("a tar header has a wrong checksum; the shard is damaged, fetch or write it again")
    name = block[:100].split(b"\0", 1)[0]
    if block[345:500].strip(b"\0"):
        name = block[345:500].split(b"\0", 1)[0] + b"/" + name
    if block[156:157] not in _REGULAR:
        what = _TYPES.get(block[156:157], "of an unknown type")
        raise FormatError(f"{name[:120]!r} is {what}; a shard holds regular files in plain ustar only")
    key, member = split_name(name.decode("ascii", "backslashreplace"))
    return key, member, _octal(block[124:136])


def walk(file: BinaryIO, length: int) -> Iterator[TarMember]:
    """The members of a tar of `length` bytes, in order; reads headers only.

    Raises FormatError as `parse_header` does, for a name that comes twice, for clips whose members do not lie
    together, and for a tar that is cut short.
    """
    position, seen, finished, last = 0, set(), set(), None
    while True:
        file.seek(position)
        block = file.read(BLOCK)
        if block == bytes(BLOCK):
            break
        key, member, size = parse_header(block)
        if position + BLOCK + padded(size) > length:
            raise FormatError(
                f"{key}.{member} says {size} bytes, more than the tar has left; it is truncated"
            )
        if (key, member) in seen:
            raise FormatError(f"{key}.{member} lies in the tar twice; write the shard again")
        if key != last:
            if key in finished:
                raise FormatError(f"the members of clip {key} do not lie together; write the shard again")
            finished.add(last)
            last = key
        seen.add((key, member))
        yield TarMember(key, member, position + BLOCK, size)
        position += BLOCK + padded(size)
    if file.read(BLOCK) != bytes(BLOCK):
        raise FormatError("the tar lacks its two empty blocks at the end; it is truncated")


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        raise FormatError(f"a tar header holds {field!r} where an octal number belongs; the shard is damaged")
    return int(digits, 8)
