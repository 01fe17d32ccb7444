"""The user's own pictures: found, named by content, or refused with the file and the remedy."""

import hashlib
import os

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from blender_gen.scenes import SceneLibraryError, library, scan_hdris, scan_textures
from blender_gen.scenes.library import is_hdri_name, is_texture_name


def write_exr(path, pixels: np.ndarray, names: str = "RGB") -> None:
    channels = {name: np.ascontiguousarray(pixels[..., k]) for k, name in enumerate(names)}
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(path))


def write_radiance(path, pixels: np.ndarray) -> None:
    """Write 8-bit mantissas (H,W,4) uncompressed, as Radiance allows for narrow pictures."""
    height, width = pixels.shape[:2]
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n"
    path.write_bytes(head.encode() + pixels.astype(np.uint8).tobytes())


def write_packed_radiance(path, row: bytes, height: int, width: int) -> None:
    """Write equal rows given as run-length codes of the four components."""
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n"
    path.write_bytes(head.encode() + (bytes((2, 2, width >> 8, width & 255)) + row) * height)


def bright(height: int = 8, width: int = 16) -> np.ndarray:
    return np.full((height, width, 3), 0.5, np.float32)


def test_hdris_are_found_in_folders_below_and_named_by_content(tmp_path):
    write_exr(tmp_path / "Old Hall (2k).EXR", bright())
    (tmp_path / "more").mkdir()
    write_radiance(tmp_path / "more" / "lawn.hdr", np.full((4, 8, 4), 128))
    (tmp_path / "read me.txt").write_text("not a picture")
    found = scan_hdris(tmp_path)
    digest = hashlib.sha256((tmp_path / "Old Hall (2k).EXR").read_bytes()).hexdigest()
    assert list(found) == sorted(found)
    assert found[f"hdri:Old_Hall__2k_-{digest[:8]}"] == tmp_path / "Old Hall (2k).EXR"
    assert sorted(path.name for path in found.values()) == ["Old Hall (2k).EXR", "lawn.hdr"]
    assert all(is_hdri_name(name) and not is_texture_name(name) for name in found)


def test_textures_are_found_and_named_by_content(tmp_path):
    for name in ("oak.png", "turf.JPG", "turf2.jpeg"):
        Image.new("RGB", (8, 8), (90, 60, 30)).save(tmp_path / name)
    found = scan_textures(tmp_path)
    assert sorted(path.name for path in found.values()) == ["oak.png", "turf.JPG", "turf2.jpeg"]
    assert all(is_texture_name(name) and path.is_absolute() for name, path in found.items())


def test_a_name_moves_with_the_content_and_not_with_the_folder(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (8, 8), (90, 60, 30)).save(tmp_path / folder / "oak.png")
    assert list(scan_textures(tmp_path / "a")) == list(scan_textures(tmp_path / "b"))
    assert len(scan_textures(tmp_path)) == 1
    Image.new("RGB", (8, 8), (91, 60, 30)).save(tmp_path / "b" / "oak.png")
    assert list(scan_textures(tmp_path / "a")) != list(scan_textures(tmp_path / "b"))


@pytest.mark.parametrize("scan", [scan_hdris, scan_textures])
def test_a_folder_without_pictures_is_refused(scan, tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(SceneLibraryError, match="holds no"):
        scan(tmp_path)
    with pytest.raises(SceneLibraryError, match="not a folder"):
        scan(tmp_path / "absent")


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    Image.new("RGB", (8, 8)).save(outside / "secret.png")
    (inside / "innocent.png").symlink_to(outside / "secret.png")
    with pytest.raises(SceneLibraryError, match=r"innocent\.png is a link that leaves"):
        scan_textures(inside)


def test_a_linked_folder_is_not_entered(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    Image.new("RGB", (8, 8)).save(outside / "secret.png")
    Image.new("RGB", (8, 8)).save(inside / "own.png")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    assert [path.name for path in scan_textures(inside).values()] == ["own.png"]


def test_a_pipe_and_a_device_are_refused_without_being_opened(tmp_path):
    os.mkfifo(tmp_path / "tap.hdr")
    with pytest.raises(SceneLibraryError, match=r"tap\.hdr is not a regular file"):
        scan_hdris(tmp_path)
    (tmp_path / "tap.hdr").unlink()
    (tmp_path / "zero.hdr").symlink_to("/dev/zero")
    with pytest.raises(SceneLibraryError, match=r"zero\.hdr is a link"):
        scan_hdris(tmp_path)


def test_too_many_bytes_are_refused_before_they_are_read(tmp_path):
    with (tmp_path / "huge.png").open("wb") as stream:
        stream.truncate(library.TEXTURE_BYTES + 1)
    with pytest.raises(SceneLibraryError, match=r"huge\.png has 128 MiB"):
        scan_textures(tmp_path)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path):
    Image.new("1", (16384, 8192)).save(tmp_path / "wide.png")
    with pytest.raises(SceneLibraryError, match=r"16384 x 8192 pixels"):
        scan_textures(tmp_path)
    (tmp_path / "wide.hdr").write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 999999 +X 999999\n")
    with pytest.raises(SceneLibraryError, match=r"999999 x 999999 pixels"):
        scan_hdris(tmp_path)


def test_an_empty_picture_is_refused(tmp_path):
    (tmp_path / "none.hdr").write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 0 +X 0\n")
    with pytest.raises(SceneLibraryError, match="0 x 0 pixels"):
        scan_hdris(tmp_path)


@pytest.mark.parametrize("keep", [0, 5, 60, 0.5, 0.95])
@pytest.mark.parametrize("name", ["floor.png", "hall.exr", "lawn.hdr"])
def test_a_file_cut_short_is_refused(tmp_path, name, keep):
    noise = np.random.default_rng(0)
    path = tmp_path / name
    match path.suffix:
        case ".png":
            Image.fromarray(noise.integers(0, 256, (64, 64, 3), np.uint8)).save(path)
        case ".exr":
            write_exr(path, noise.uniform(0.1, 1, (64, 128, 3)).astype(np.float32))
        case ".hdr":
            write_radiance(path, noise.integers(1, 256, (64, 7, 4)))
    scan = scan_textures if path.suffix == ".png" else scan_hdris
    assert len(scan(tmp_path)) == 1
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(keep * len(whole))])
    with pytest.raises(SceneLibraryError, match=name):
        scan(tmp_path)


def test_a_packed_radiance_picture_is_walked_to_its_end(tmp_path):
    path = tmp_path / "packed.hdr"
    component = bytes((128 + 100, 77, 3, 1, 2, 3, 128 + 97, 5))  # a run of 100, three as they are, a run of 97
    write_packed_radiance(path, 4 * component, height=9, width=200)
    assert len(scan_hdris(tmp_path)) == 1
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SceneLibraryError, match="packed.hdr is cut short"):
        scan_hdris(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_another_format_under_a_pictures_name_is_refused(tmp_path, suffix):
    Image.new("RGB", (8, 8)).save(tmp_path / "other", format="TIFF")
    (tmp_path / "other").rename(tmp_path / f"floor{suffix}")
    with pytest.raises(SceneLibraryError, match=f"floor\\{suffix} cannot be read as"):
        scan_textures(tmp_path)


@pytest.mark.parametrize("level", [0.0, np.inf, np.nan])
def test_an_hdri_without_usable_light_is_refused(tmp_path, level):
    pixels = bright()
    pixels[:] = 0 if level == 0 else pixels
    pixels[3, 4, 1] = level
    write_exr(tmp_path / "dark.exr", pixels)
    with pytest.raises(SceneLibraryError, match="black upper half, or numbers that are not finite"):
        scan_hdris(tmp_path)


def test_an_exr_of_other_channels_is_refused(tmp_path):
    write_exr(tmp_path / "depth.exr", bright(), names="XYZ")
    with pytest.raises(SceneLibraryError, match=r"depth\.exr has the channels X, Y, Z"):
        scan_hdris(tmp_path)


@pytest.mark.parametrize(("names", "pixels"), [(("R", "G", "B", "N.X"), 0.5), (("R", "G", "B"), None)])
def test_an_hdri_of_several_layers_or_with_a_black_sky_is_refused(tmp_path, names, pixels):
    light = np.full((8, 16, len(names)), 0.5, np.float32)
    if pixels is None:
        light[:4] = 0
    write_exr(tmp_path / "odd.exr", light, names)
    with pytest.raises(SceneLibraryError, match="odd.exr"):
        scan_hdris(tmp_path)
