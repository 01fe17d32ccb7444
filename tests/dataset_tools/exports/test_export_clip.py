"""One clip as a film, a page and a recording, each read by something else than what wrote it."""

import builtins
import io
import json

import numpy as np
import pytest
from PIL import Image

from dataset_tools import video
from dataset_tools.drawing import Layers, draw_frame
from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.exports import export_clip
from dataset_tools.exports.film import even_scale
from dataset_tools.stats.output import CannotWrite
from tests.dataset_tools.clip_parts import take_apart

cv2 = pytest.importorskip("cv2")
rerun = pytest.importorskip("rerun")

EVIL = "</script><script>alert(1)</script>\0../../x"
POSELESS = ("world_from_camera", "world_from_object", "box_size", "track_points", "center_depth", "box_corners_world")


@pytest.fixture(scope="module")
def folder(golden, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    for ending in ("mp4", "html", "rrd"):
        export_clip(golden[0], folder / f"clip.{ending}")
    return folder


@pytest.fixture
def real(golden):
    """A clip that has what real films have: no poses, boxes in the picture."""
    parts = take_apart(golden[0], without=("masks", "depth", "normals", "flow"))
    dropped = {*POSELESS, "box_corners_px", "box_corners_depth", "silhouette2d", "visible_fraction"}
    labels = {name: array for name, array in parts.labels.items() if name not in dropped}
    named = [{**entry, "name": EVIL} for entry in parts.meta["objects"]]
    return parts._but("labels.npz", labels=labels).with_meta(kind="real", objects=named).clip()


class Recording:
    """A recording as Rerun's own reader gives it, by frame."""

    def __init__(self, path) -> None:
        self._recording = rerun.dataframe.load_recording(path)
        columns = self._recording.schema().component_columns()
        self.entities = {column.entity_path for column in columns}

    def column(self, entity: str, component: str) -> list:
        rows = self._recording.view(index="frame", contents=entity).select().read_all().to_pylist()
        return [row[f"{entity}:{component}"] for row in rows]

    def times(self, entity: str) -> list[tuple[int, float]]:
        rows = self._recording.view(index="frame", contents=entity).select().read_all().to_pylist()
        return [(row["frame"], row["time"].timestamp()) for row in rows]

    def once(self, entity: str, component: str) -> list:
        """A value that holds at all times; the view of frames gives it beside any of them."""
        contents = {entity: [component], "/world/camera/image/rgb": ["MediaType"]}
        rows = self._recording.view(index="frame", contents=contents).select().read_all().to_pylist()
        return rows[0][f"{entity}:{component}"]


def poses(recording: Recording, entity: str) -> np.ndarray:
    matrices = np.tile(np.eye(4), (12, 1, 1))
    rotation = np.array(recording.column(entity, "TransformMat3x3")).reshape(-1, 3, 3)
    matrices[:, :3, :3] = rotation.swapaxes(1, 2)  # column by column
    matrices[:, :3, 3] = np.array(recording.column(entity, "Translation3D")).reshape(-1, 3)
    return matrices


def test_the_film_shows_the_frames_with_boxes_axes_and_paths(folder, golden):
    clip, data = golden[0], (folder / "clip.mp4").read_bytes()
    facts = video.probe(data)
    assert (facts.frames, facts.width, facts.height, facts.fps, facts.matrix) == (12, 720, 420, 8, "bt709")
    frames, film = clip.video(), video.decode(data)
    drawn = np.stack(
        [draw_frame(frame, clip.labels, t, Layers(axes=True), scale=3.75) for t, frame in enumerate(frames)]
    )
    assert video.psnr(film, drawn).min() > 35
    assert abs((film - drawn.astype(float)).mean(axis=(0, 1, 2))).max() < 0.5
    plain = np.stack([np.asarray(Image.fromarray(frame).resize((720, 420))) for frame in frames])
    assert video.psnr(film, plain).max() < 30


def test_opencv_plays_the_film(folder):
    film = cv2.VideoCapture(str(folder / "clip.mp4"))
    assert film.get(cv2.CAP_PROP_FPS) == 8
    assert sum(film.read()[0] for _ in range(20)) == 12


@pytest.mark.parametrize(
    ("size", "film"),
    [((576, 320), (720, 400)), ((320, 180), (722, 406)), ((256, 144), (718, 404)), ((1920, 1080), (718, 404))],
)
def test_films_are_about_720_pixels_wide_with_even_sides(size, film):
    scale = even_scale(*size)
    found = round(size[0] * scale), round(size[1] * scale)
    assert found[0] % 2 == 0 and found[1] % 2 == 0 and abs(found[0] - 720) <= 10
    assert abs(found[0] - 720) <= abs(film[0] - 720)


def test_the_page_holds_the_clip_and_asks_for_nothing(folder, golden):
    page = (folder / "clip.html").read_text(encoding="utf-8")
    assert "Clip 00000000" in page and "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page


@pytest.mark.browser
def test_the_page_plays_without_a_network(folder, browser):
    browser.open((folder / "clip.html").as_uri())
    assert browser.complaints == []
    assert [url.split(":")[0] for url in browser.requested if not url.startswith(("data:", "blob:"))] == ["file"]
    assert browser.run("document.querySelectorAll('video, canvas').length") > 0


def test_the_recording_has_poses_boxes_and_points_of_the_clip(folder, golden):
    labels, recording = golden[0].labels, Recording(folder / "clip.rrd")
    np.testing.assert_allclose(poses(recording, "/world/camera"), labels["world_from_camera"], atol=1e-6)
    for n in range(2):
        path = f"/world/objects/{n}"
        np.testing.assert_allclose(poses(recording, path), labels["world_from_object"][:, n], atol=1e-6)
        half_sizes = recording.once(f"{path}/box", "HalfSize3D")
        np.testing.assert_allclose(half_sizes, labels["box_size"][None, n] / 2, rtol=1e-6)
        owned = labels["track_object"] == n
        np.testing.assert_allclose(recording.once(f"{path}/tracks", "Position3D"), labels["track_points"][owned])
        line = recording.once(f"/world/paths/{n}", "LineStrip3D")
        np.testing.assert_allclose(line[0], labels["world_from_object"][:, n, :3, 3], atol=1e-6)


def test_the_recordings_camera_sees_with_the_clips_intrinsics(folder, golden):
    recording = Recording(folder / "clip.rrd")
    pinhole = np.array(recording.column("/world/camera/image", "PinholeProjection")).reshape(-1, 3, 3)
    np.testing.assert_allclose(pinhole.swapaxes(1, 2), golden[0].labels["intrinsics"], rtol=1e-6)
    assert recording.column("/world/camera/image", "Resolution")[0] == [[192.0, 112.0]]
    up = rerun.ViewCoordinates.RIGHT_HAND_Z_UP.coordinates.tolist()
    assert recording.once("/world", "ViewCoordinates") == [up]


def test_the_recording_has_pictures_masks_and_depth_by_frame_and_second(folder, golden):
    clip, recording = golden[0], Recording(folder / "clip.rrd")
    image = "/world/camera/image"
    assert recording.times(f"{image}/rgb") == [(t, t / 8) for t in range(12)]
    for t, blob in enumerate(recording.column(f"{image}/rgb", "Blob")):
        picture = np.asarray(Image.open(io.BytesIO(bytes(blob[0]))))
        assert video.psnr(picture[None], clip.video()[t : t + 1])[0] > 38
    depth = np.frombuffer(bytes(recording.column(f"{image}/depth", "ImageBuffer")[5][0]), np.float32)
    expected = np.where(np.isfinite(clip.depth[5]), clip.depth[5], 0).astype(np.float32)
    np.testing.assert_array_equal(depth.reshape(112, 192), expected)
    masks = np.frombuffer(bytes(recording.column(f"{image}/masks", "ImageBuffer")[5][0]), np.uint8)
    np.testing.assert_array_equal(masks.reshape(112, 192), clip.masks[5])
    points = recording.column(f"{image}/tracks", "Position2D")[5]
    np.testing.assert_allclose(points, clip.labels["track_px"][5, clip.labels["track_visible"][5]])


@pytest.mark.parametrize("ending", ["mp4", "html", "rrd"])
def test_a_real_clip_is_shown_with_what_it_has(real, tmp_path, ending):
    path = tmp_path / f"clip.{ending}"
    export_clip(real, path)
    if ending == "rrd":
        entities = Recording(path).entities
        assert "/world/camera/image/boxes" in entities and "/world/camera" not in entities
    if ending == "html":
        assert EVIL.split("\0")[0] not in path.read_text(encoding="utf-8")


def test_another_ending_is_refused(golden, tmp_path):
    for name in ("clip.gif", "clip", "mp4"):
        with pytest.raises(FormatError, match=r"end it in \.mp4, \.html or \.rrd"):
            export_clip(golden[0], tmp_path / name)
    export_clip(golden[3], tmp_path / "CLIP.HTML")
    assert [path.name for path in tmp_path.iterdir()] == ["CLIP.HTML"]


@pytest.mark.parametrize("ending", ["mp4", "html", "rrd"])
def test_a_clip_that_cannot_be_read_leaves_the_earlier_file(golden, tmp_path, ending):
    parts = take_apart(golden[0], without=("masks", "depth", "normals", "flow"))
    members = {**parts.pack(), "labels.npz": b"not an npz", "meta.json": json.dumps(parts.meta).encode()}
    path = tmp_path / f"clip.{ending}"
    path.write_bytes(b"earlier")
    with pytest.raises(FormatError, match="00000000"):
        export_clip(type(golden[0]).from_members("00000000", members), path)
    assert path.read_bytes() == b"earlier" and list(tmp_path.iterdir()) == [path]


def test_a_film_that_is_shorter_than_its_labels_is_refused(golden, tmp_path):
    parts = take_apart(golden[0], without=("masks", "depth", "normals", "flow"))
    shorter = parts.with_video(parts.video[:-1]).clip()
    for ending in ("mp4", "rrd"):
        with pytest.raises(FormatError, match="clip 00000000"):
            export_clip(shorter, tmp_path / f"clip.{ending}")


def test_a_rate_that_no_film_has_is_refused(golden, tmp_path):
    parts = take_apart(golden[0], without=("masks", "depth", "normals", "flow"))
    with pytest.raises(FormatError, match="clip 00000000 says 1e-300 frames per second"):
        export_clip(parts.with_meta(fps=1e-300).clip(), tmp_path / "clip.mp4")


def test_a_name_with_half_a_character_is_shown_with_a_question_mark(golden, tmp_path):
    parts = take_apart(golden[3], without=("masks", "depth", "normals", "flow"))
    named = [{**parts.meta["objects"][0], "name": "half \ud800"}]
    export_clip(parts.with_meta(objects=named).clip(), tmp_path / "clip.rrd")
    assert Recording(tmp_path / "clip.rrd").once("/world/objects/0/box", "Text") == ["half ?"]


def test_where_a_file_cannot_lie_one_sentence_says_so(golden, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="name a file in a folder of your own"):
        export_clip(golden[0], tmp_path / "file" / "clip.html")


def test_without_rerun_the_sentence_names_the_extra(golden, tmp_path, monkeypatch):
    ordinary = builtins.__import__

    def without_rerun(name, *rest, **others):
        if name.split(".")[0] == "rerun":
            raise ModuleNotFoundError("No module named 'rerun'", name="rerun")
        return ordinary(name, *rest, **others)

    monkeypatch.setattr(builtins, "__import__", without_rerun)
    with pytest.raises(PoseTrajError, match=r"pip install 'posetraj\[rerun\]'"):
        export_clip(golden[0], tmp_path / "clip.rrd")
