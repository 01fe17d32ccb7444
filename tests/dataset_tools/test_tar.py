"""Walking shards that may come from strangers."""

import io
import tarfile

import pytest

from dataset_tools import tar
from dataset_tools.errors import FormatError


def packed(*members: tuple[str, bytes] | tarfile.TarInfo, form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar of the given files; a TarInfo is added as it is, without content."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return data.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def walked(data: bytes) -> list[tar.TarMember]:
    return list(tar.walk(io.BytesIO(data), len(data)))


def test_members_are_found_where_their_bytes_lie():
    data = packed(
        ("00000001.video.mp4", b"a" * 700), ("00000001.labels.npz", b""), ("00000002.meta.json", b"{}")
    )
    assert walked(data) == [
        tar.TarMember("00000001", "video.mp4", 512, 700),
        tar.TarMember("00000001", "labels.npz", 2048, 0),
        tar.TarMember("00000002", "meta.json", 2560, 2),
    ]
    assert data[512:1212] == b"a" * 700 and data[2560:2562] == b"{}"


def test_an_empty_shard_has_no_members():
    assert walked(packed()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../00000001.video.mp4", "/etc/passwd", "00000001.", "00000001", "1.video.mp4", "00000001.Video.mp4",
        "00000001..mp4", "00000001.video.mp4/x", "a/00000001.video.mp4", "00000001.video.mp4\n",
        "./00000001.a", "\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661.video.mp4", "00000001.<script>",
    ],
)  # fmt: skip
def test_a_name_that_is_no_key_and_member_is_refused(name):
    with pytest.raises(FormatError, match="not of the form KEY.member"):
        walked(packed((name, b"x")))


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.LNKTYPE, "a hard link"), (tarfile.SYMTYPE, "a symbolic link"), (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"), (tarfile.DIRTYPE, "a folder"), (tarfile.FIFOTYPE, "a pipe"),
    ],
)  # fmt: skip
def test_what_is_no_regular_file_is_refused(kind, what):
    with pytest.raises(FormatError, match=what):
        walked(packed(("00000001.video.mp4", b"x"), special("00000001.labels.npz", kind, "../secret")))


def test_extended_headers_are_refused_and_not_read():
    info = tarfile.TarInfo("00000001.video.mp4")
    info.pax_headers = {"comment": "x" * 5000}
    with pytest.raises(FormatError, match="an extended header"):
        walked(packed(info, form=tarfile.PAX_FORMAT))
    with pytest.raises(FormatError, match="a long name"):
        walked(packed(("00000001." + "a" * 200, b""), form=tarfile.GNU_FORMAT))


def test_a_name_hidden_in_the_prefix_field_is_seen():
    with pytest.raises(FormatError, match="not of the form KEY.member"):
        walked(packed(("x" * 120 + "/00000001.video.mp4", b"x")))


def test_a_member_that_comes_twice_is_refused():
    with pytest.raises(FormatError, match="twice"):
        walked(packed(("00000001.video.mp4", b"x"), ("00000001.video.mp4", b"y")))


def test_a_clip_whose_members_lie_apart_is_refused():
    with pytest.raises(FormatError, match="do not lie together"):
        walked(packed(("00000001.a", b""), ("00000002.a", b""), ("00000001.b", b"")))


def test_a_tar_that_is_cut_short_is_refused_wherever_it_ends():
    data = packed(("00000001.video.mp4", b"a" * 700), ("00000001.meta.json", b"b" * 10))
    end_of_members = 512 + 1024 + 512 + 512
    for end in range(0, end_of_members + 1024, 64):
        with pytest.raises(FormatError):
            walked(data[:end])
    assert len(walked(data[: end_of_members + 1024])) == 2


def test_a_damaged_header_is_refused():
    data = bytearray(packed(("00000001.video.mp4", b"a" * 700)))
    data[3] ^= 1
    with pytest.raises(FormatError, match="checksum"):
        walked(bytes(data))


def test_a_size_in_another_base_is_refused():
    data = bytearray(packed(("00000001.video.mp4", b"a" * 700)))
    data[124:136] = b"\x80" + bytes(10) + b"\x01"
    data[148:156] = b" " * 8
    data[148:156] = f"{sum(data[:512]):06o}\0 ".encode()
    with pytest.raises(FormatError, match="octal"):
        walked(bytes(data))
