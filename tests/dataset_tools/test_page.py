import base64
import io
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataset_tools import npz, video
from dataset_tools.clip import Clip
from dataset_tools.drawing import Layers, draw_frame, faces_towards, object_colour
from dataset_tools.errors import FormatError
from dataset_tools.page import embedded_json, page_html, write_page
from dataset_tools.page_clip import TRACKS_PER_OBJECT, clip_table
from dataset_tools.reader import Dataset

EVIL = "</script><script>window.owned = 1</script><img src=x onerror='window.owned = 2'><!--<script> {{script}} &lt;"
FRAMES = 16


@pytest.fixture(scope="module")
def golden(shared) -> Dataset:
    return Dataset(shared / "golden")


def grey_clip(number: int, name: str = "dot", qa: dict | None = None) -> Clip:
    """A real clip whose frame t is evenly grey at 40 + 10 t, with an object at x = 10 + 6 t, y = 40."""
    frames = np.stack([np.full((72, 128, 3), 40 + 10 * t, np.uint8) for t in range(FRAMES)])
    centres = np.stack([[[10 + 6 * t, 40.0]] for t in range(FRAMES)]).astype(np.float32)
    labels = {
        "timestamps": np.arange(FRAMES) / 8,
        "intrinsics": np.tile(np.eye(3), (FRAMES, 1, 1)),
        "center_px": centres,
        "box2d": np.concatenate((centres - 5, centres + 5), axis=2),
        "track_object": np.zeros(1, np.int32),
        "track_px": centres,
        "track_visible": np.arange(FRAMES)[:, None] != 3,
    }
    meta = {
        "kind": "real",
        "split": "train",
        "fps": 8,
        "width": 128,
        "height": 72,
        "camera": name,
        "qa": qa or {},
        "objects": [{"name": name, "licence": name, "author": name, "category": name, "family": "line"}],
    }
    members = {"video.mp4": video.encode(frames, 8), "labels.npz": npz.save(labels)}
    return Clip.from_members(f"{number:08d}", {**members, "meta.json": json.dumps(meta).encode()})


class Reader(HTMLParser):
    """The elements of a page, and the texts of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.title = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        if self._inside == "title":
            self.title += data

    @property
    def clips(self) -> list[dict]:
        places = [attributes for tag, attributes in self.tags if tag == "script"]
        return [
            json.loads(text)
            for attributes, text in zip(places, self.scripts, strict=True)
            if attributes.get("class") == "clip"
        ]


def read(path: Path) -> Reader:
    return Reader(path.read_text(encoding="utf-8"))


def test_label_numbers_are_embedded_to_a_hundredth_of_a_pixel(golden) -> None:
    clip = golden[0]
    table = json.loads(embedded_json(clip_table(clip)))
    for name, array in (("boxes", "box_corners_px"), ("centres", "center_px")):
        labels = clip.labels[array]
        np.testing.assert_allclose(np.reshape(table[name], labels.shape), labels, atol=0.0051)
    np.testing.assert_array_equal(
        np.reshape(table["order"], (12, 2))[:, 0], clip.labels["center_depth"].argmax(axis=1)
    )


def test_the_film_is_embedded_byte_for_byte(golden) -> None:
    assert base64.b64decode(clip_table(golden[1])["video"]) == golden[1].read("video.mp4")


def test_what_is_not_finite_becomes_null() -> None:
    clip = grey_clip(0)
    clip.labels["center_px"][2] = np.nan
    clip.labels["box2d"][4] = np.inf
    table = json.loads(embedded_json(clip_table(clip)))
    assert table["centres"][4:6] == [None, None]
    assert table["rectangles"][16:20] == [None] * 4
    assert None not in table["centres"][:4] + table["rectangles"][:16]


def test_hidden_track_points_are_left_out() -> None:
    px = clip_table(grey_clip(0))["tracks"]["px"]
    assert px[6:8] == [None, None]
    assert px[8:10] == [34.0, 40.0]


def test_tracks_are_thinned_evenly_on_each_object(golden) -> None:
    clip = golden[0]
    owner = clip.labels["track_object"]
    assert (owner == 0).sum() > TRACKS_PER_OBJECT
    tracks = clip_table(clip)["tracks"]
    assert len(tracks["colours"]) == 2 * TRACKS_PER_OBJECT
    assert len(tracks["px"]) == 12 * 2 * TRACKS_PER_OBJECT * 2


def test_the_masks_are_one_picture_with_a_see_through_background(golden) -> None:
    clip = golden[0]
    sprite = clip_table(clip)["masks"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(sprite["png"]))).convert("RGBA"))
    frames, height, width = clip.masks.shape
    for t in range(frames):
        y, x = t // sprite["columns"] * height, t % sprite["columns"] * width
        tile = picture[y : y + height, x : x + width]
        np.testing.assert_array_equal(tile[..., 3] > 0, clip.masks[t] > 0)
        for n in range(2):
            assert (tile[clip.masks[t] == n + 1][:, :3] == object_colour(n)).all()


def test_a_clip_without_3d_boxes_has_rectangles() -> None:
    table = clip_table(grey_clip(0))
    assert table["boxes"] is None and table["axes"] is None and table["masks"] is None
    assert table["rectangles"][:4] == [5.0, 35.0, 15.0, 45.0]


def test_self_check_figures_are_shown_also_where_one_is_not_known(tmp_path) -> None:
    clip = grey_clip(0, qa={"tracks_on_mask": 0.98765432, "psnr": float("nan")})
    (table,) = read(write_page([clip], tmp_path / "page.html")).clips
    assert table["checks"] == [["tracks on mask", "0.9877"], ["psnr", "not known"]]


@pytest.mark.parametrize(("max_clips", "keys"), [(24, (0, 2, 4, 1, 3)), (3, (0, 4, 3)), (1, (0,))])
def test_clips_are_taken_evenly_from_first_to_last(golden, tmp_path, max_clips, keys) -> None:
    path = write_page(golden, tmp_path / "page.html", max_clips)
    assert [table["key"] for table in read(path).clips] == [f"{key:08d}" for key in keys]
    assert (f"5 clips, {max_clips} shown" in path.read_text(encoding="utf-8")) == (max_clips < 5)


@pytest.mark.parametrize("max_clips", [0, -1])
def test_a_page_of_nothing_is_refused(golden, tmp_path, max_clips) -> None:
    with pytest.raises(ValueError, match="at least one clip"):
        write_page(golden, tmp_path / "page.html", max_clips)
    with pytest.raises(ValueError, match="at least one clip"):
        write_page([], tmp_path / "page.html")


def test_a_clip_that_cannot_be_read_leaves_the_earlier_page(golden, tmp_path) -> None:
    path = tmp_path / "page.html"
    path.write_text("earlier")
    members = {member: golden[0].read(member) for member in golden[0].members}
    broken = Clip.from_members("00000009", {**members, "labels.npz": b"no archive"})
    with pytest.raises(FormatError):
        write_page([golden[0], broken], path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_json_in_a_page_says_the_same_and_holds_no_markup() -> None:
    value = {"name": EVIL, "lines": "\u2028 é"}
    text = embedded_json(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028") & set(text)


def test_names_cannot_become_elements_or_templates(tmp_path) -> None:
    calm = read(write_page([grey_clip(0)], tmp_path / "calm.html", title="calm"))
    evil = read(write_page([grey_clip(0, EVIL)], tmp_path / "evil.html", title=EVIL))
    assert [tag for tag, _ in evil.tags] == [tag for tag, _ in calm.tags]
    assert evil.title == EVIL
    assert evil.clips[0]["objects"][0]["name"] == EVIL
    assert evil.scripts[-1] == calm.scripts[-1]


def test_the_page_names_nothing_outside_itself(golden, tmp_path) -> None:
    page = read(write_page(golden, tmp_path / "page.html"))
    linked = [
        value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")
    ]
    assert linked == ["data:,"]
    style_and_script = re.sub(r"http://www\.w3\.org/2000/svg", "", page_html([clip_table(golden[0])], [], ""))
    assert not re.search(r"https?://|@import|url\(", style_and_script)


def settled(browser, condition: str) -> None:
    """Wait until a JavaScript condition holds in the page."""
    for _ in range(600):
        if browser.run(condition):
            return
        time.sleep(0.1)
    raise AssertionError(f"the page never came to: {condition}")


def canvas_of(browser, card: int) -> np.ndarray:
    """What a card shows, (H,W,3)."""
    url = browser.run(f"cards[{card}].canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


def go_to(browser, card: int, t: int) -> None:
    """Scrub a card to frame t and wait until the film is there."""
    browser.run(
        f"cards[{card}].scrubber.value = {t}; cards[{card}].scrubber.dispatchEvent(new Event('input'))"
    )
    settled(browser, f"cards[{card}].t === {t} && !cards[{card}].video.seeking && cards[{card}].video.paused")


@pytest.mark.browser
def test_a_playing_clip_shows_every_frame_with_its_own_labels(browser, tmp_path) -> None:
    path = write_page([grey_clip(number) for number in range(3)], tmp_path / "page.html")
    browser.open(path.as_uri())
    browser.run(
        """window.seen = [];
        for (const card of cards) {
          const look = () => {
            const grey = card.still.getContext("2d").getImageData(2, 2, 1, 1).data[0];
            seen.push([Math.round((grey - 40) / 10), card.t]);
            card.video.requestVideoFrameCallback(look);
          };
          card.video.requestVideoFrameCallback(look);
        }"""
    )
    settled(browser, "new Set(seen.map(([frame]) => frame)).size > 4 && seen.length > 30")
    assert browser.run("caught(cards[0].video) !== null"), "Chromium's frames know their own time"
    assert [pair for pair in browser.run("seen") if pair[0] != pair[1]] == []
    assert browser.complaints == []


@pytest.mark.browser
def test_scrubbing_pauses_and_shows_the_very_frame(browser, tmp_path) -> None:
    browser.open(write_page([grey_clip(0)], tmp_path / "page.html").as_uri())
    for t in (9, 0, 15, 7, 8):
        go_to(browser, 0, t)
        assert browser.run("cards[0].counter.textContent") == f"{t + 1} / {FRAMES}"
        shown = canvas_of(browser, 0)
        scale = shown.shape[1] / 128
        assert abs(int(shown[4, 4, 0]) - (40 + 10 * t)) <= 3
        head = shown[round(40 * scale), round((10 + 6 * t) * scale)].astype(int)
        assert np.abs(head - object_colour(0)).max() < 6


@pytest.mark.browser
def test_a_browser_without_frame_callbacks_goes_by_the_clock(browser, tmp_path) -> None:
    path = write_page([grey_clip(0)], tmp_path / "page.html")
    source = path.read_text(encoding="utf-8")
    assert "requestVideoFrameCallback" in source
    page = page_html(read(path).clips, [], "clock").replace('"requestVideoFrameCallback" in video', "false")
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    path.write_text(policy.sub("", page), encoding="utf-8")
    browser.open(path.as_uri())
    settled(browser, "cards[0].t > 2")
    for t in (11, 4):
        go_to(browser, 0, t)
        settled(browser, "cards[0].video.readyState >= 2")
        assert abs(int(canvas_of(browser, 0)[4, 4, 0]) - (40 + 10 * t)) <= 3


@pytest.mark.browser
def test_the_page_draws_what_the_contact_sheet_draws(browser, golden, tmp_path) -> None:
    browser.open(write_page(golden, tmp_path / "page.html").as_uri())
    browser.run("document.querySelector('[data-layer=axes]').click()")
    for card, t in ((0, 5), (1, 9), (4, 11)):
        clip = golden[card]
        go_to(browser, card, t)
        shown = canvas_of(browser, card).astype(int)
        frame, scale = clip.video(t, t + 1)[0], shown.shape[1] / 192
        everything = draw_frame(frame, clip.labels, t, Layers(axes=True), scale=scale)
        bare = draw_frame(frame, clip.labels, t, Layers(False, False), scale=scale)
        rows = min(len(shown), len(bare))
        drawn = np.abs(everything[:rows] - bare[:rows].astype(int)).max(axis=2) > 40
        assert drawn.mean() > 0.02
        apart = np.abs(shown[:rows] - everything[:rows])[drawn].mean()
        assert apart < 0.2 * np.abs(shown[:rows] - bare[:rows])[drawn].mean()


@pytest.mark.browser
def test_the_page_and_the_drawing_agree_which_faces_turn_to_the_camera(browser, golden, tmp_path) -> None:
    browser.open(write_page(golden, tmp_path / "page.html", max_clips=1).as_uri())
    found = browser.run(
        """[...Array(cards[0].clip.frames * cards[0].clip.objects.length).keys()].map((box) =>
          settings.faces.map((face) => towards(face.map((k) =>
            [0, 1].map((axis) => cards[0].clip.boxes[(box * 8 + k) * 2 + axis])))))"""
    )
    corners = golden[0].labels["box_corners_px"].reshape(-1, 8, 2)
    assert found == [faces_towards(box).tolist() for box in corners]


@pytest.mark.browser
def test_layers_can_be_switched_by_button_and_by_key(browser, golden, tmp_path) -> None:
    browser.open(write_page(golden, tmp_path / "page.html", max_clips=2).as_uri())
    settled(browser, "cards[0].masks.complete && cards[0].video.readyState >= 2")
    go_to(browser, 0, 5)
    before = canvas_of(browser, 0)
    for layer, key in (("boxes", "b"), ("paths", "p"), ("tracks", "t"), ("masks", "m"), ("axes", "a")):
        browser.run(f"document.querySelector('[data-layer={layer}]').click()")
        assert (canvas_of(browser, 0) != before).any(), layer
        browser.run(
            f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
        )
        np.testing.assert_array_equal(canvas_of(browser, 0), before)


@pytest.mark.browser
def test_all_clips_pause_and_play_together(browser, golden, tmp_path) -> None:
    browser.open(write_page(golden, tmp_path / "page.html", max_clips=3).as_uri())
    settled(browser, "cards.every((card) => !card.video.paused)")
    browser.run("document.getElementById('play-all').click()")
    assert browser.run("cards.every((card) => card.video.paused)")
    assert browser.run("document.getElementById('play-all').textContent") == "Play all"
    browser.run("document.getElementById('play-all').click()")
    settled(browser, "cards.every((card) => !card.video.paused)")


@pytest.mark.browser
def test_the_filter_keeps_the_clips_that_hold_every_word(browser, golden, tmp_path) -> None:
    browser.open(write_page(golden, tmp_path / "page.html").as_uri())
    for words, keys in (
        ("crate", ["00000000", "00000004"]),
        ("EGG  train", ["00000000", "00000002", "00000004"]),
        ("no such thing", []),
        ("", [clip.key for clip in golden]),
    ):
        browser.run(f"document.getElementById('filter').value = {json.dumps(words)}")
        browser.run("document.getElementById('filter').dispatchEvent(new Event('input'))")
        assert browser.run("cards.filter((card) => !card.root.hidden).map((card) => card.clip.key)") == keys
        assert browser.run("document.getElementById('nothing').hidden") == bool(keys)


@pytest.mark.browser
def test_a_script_in_a_name_is_shown_and_never_run(browser, tmp_path) -> None:
    clips = [grey_clip(0, EVIL, qa={EVIL: 1.0}), grey_clip(1)]
    browser.open(write_page(clips, tmp_path / "page.html", title=EVIL).as_uri())
    settled(browser, "cards.length === 2 && cards[0].video.readyState >= 2")
    assert browser.run("typeof window.owned") == "undefined"
    assert browser.run("document.querySelector('.name').textContent") == EVIL
    assert browser.run("document.querySelector('h1').textContent") == EVIL
    assert browser.run("document.querySelectorAll('.card img, .card script, h1 *').length") == 0
    assert browser.complaints == []


@pytest.mark.browser
def test_the_policy_stops_a_script_that_someone_adds_to_the_page(browser, tmp_path) -> None:
    path = write_page([grey_clip(0)], tmp_path / "page.html")
    page = path.read_text(encoding="utf-8").replace("</body>", "<script>window.owned = 1</script></body>")
    path.write_text(page, encoding="utf-8")
    browser.open(path.as_uri())
    assert browser.run("typeof window.owned") == "undefined"
    assert browser.run("cards.length") == 1


@pytest.mark.browser
def test_the_page_asks_for_nothing_but_itself(browser, golden, tmp_path) -> None:
    path = write_page(golden, tmp_path / "page.html")
    browser.open(path.as_uri())
    settled(browser, "cards.every((card) => card.video.readyState >= 2)")
    outside = [url for url in browser.requested if not url.startswith(("data:", "blob:"))]
    assert outside == [path.as_uri()]
    assert browser.complaints == []
