"""What is counted of datasets, beside the same counted by plain tarfile and numpy."""

import dataclasses
import io
import json
import shutil
import tarfile
from collections import Counter
from pathlib import Path

import fsspec
import numpy as np
import pytest

from dataset_tools import Clip, npz
from dataset_tools.errors import FormatError
from dataset_tools.stats import Statistics, collect, from_json, open_dataset, to_json
from tests.dataset_tools.stats_clips import clip_of, dataset_of, labels_of, members_of, meta_of, poses

TAR = "posetraj-train-000000.tar"


@dataclasses.dataclass(frozen=True)
class Plain:
    """A clip as tarfile and numpy read it."""

    split: str
    meta: dict
    labels: dict[str, np.ndarray]
    masks: np.ndarray
    sizes: dict[str, int]


def plain_clips(folder: Path) -> list[Plain]:
    clips = []
    for path in sorted(folder.glob("*.tar")):
        found: dict[str, dict[str, bytes]] = {}
        with tarfile.open(path) as archive:
            for member in archive:
                key, name = member.name.split(".", 1)
                found.setdefault(key, {})[name] = archive.extractfile(member).read()
        for members in found.values():
            labels = dict(np.load(io.BytesIO(members["labels.npz"])))
            masks = np.load(io.BytesIO(members["masks.npz"]))["masks"]
            sizes = {name: len(data) for name, data in members.items()}
            clips.append(Plain(path.name.split("-")[1], json.loads(members["meta.json"]), labels, masks, sizes))
    return clips


@pytest.fixture(scope="module")
def plain(shared) -> list[Plain]:
    return plain_clips(shared / "golden")


@pytest.fixture(scope="module")
def golden(shared) -> Statistics:
    return collect(open_dataset(shared / "golden"), pixels=True)


def each_object(plain: list[Plain]) -> list[tuple[Plain, int]]:
    return [(clip, n) for clip in plain for n in range(len(clip.meta["objects"]))]


def test_golden_is_counted_as_tarfile_and_numpy_count_it(golden, plain):
    assert golden.name == "golden" and golden.kinds == {"synthetic": 5}
    assert (golden.total.clips, golden.total.frames, golden.total.seconds) == (5, 60, 7.5)
    assert golden.total.bytes == sum(sum(clip.sizes.values()) for clip in plain)
    assert golden.members["flow.npz"] == sum(clip.sizes["flow.npz"] for clip in plain)
    assert {split: amount.clips for split, amount in golden.splits.items()} == {"train": 3, "val": 1, "test": 1}
    assets = Counter(name for clip in plain for name in {item["asset_id"] for item in clip.meta["objects"]})
    assert {name: asset.clips for name, asset in golden.assets.items()} == assets
    assert golden.counts["objects"] == {"1": 2, "2": 3}
    assert golden.counts["family"] == {"circle_arc": 8} and golden.counts["camera"] == {"orbit": 5}
    assert golden.counts["licence"] == {"CC0-1.0": 8} and golden.assets["egg"].author == "nobody"


def test_histograms_of_golden_are_those_of_numpy(golden, plain):
    objects = each_object(plain)
    steps = [
        np.linalg.norm(np.diff(clip.labels["world_from_object"][:, n, :3, 3], axis=0), axis=1) for clip, n in objects
    ]
    side = [clip.labels["box_size"][n].max() for clip, n in objects]
    eye = [
        clip.labels["world_from_camera"][:, :3, 3] - clip.labels["world_from_object"][:, n, :3, 3]
        for clip, n in objects
    ]
    pixels = [(clip.masks == n + 1).mean(axis=(1, 2)) for clip, n in objects]
    box = [clip.labels["box2d"][:, n].astype(float) for clip, n in objects]
    flow = [np.diff(clip.labels["center_px"][:, n].astype(float), axis=0) for clip, n in objects]
    expected = {
        "rotation_deg": [clip.meta["objects"][n]["rotation_deg"] for clip, n in objects],
        "path_sizes": [way.sum() / long for way, long in zip(steps, side, strict=True)],
        "path_px": [np.hypot(*way.T).sum() for way in flow],
        "speed_sizes": [way * 8 / long for way, long in zip(steps, side, strict=True)],
        "speed_px": [np.hypot(*way.T) for way in flow],
        "box_m": side,
        "box_px": [np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) for b in box],
        "box_percent": [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) / (192 * 112) * 100 for b in box],
        "mask_percent": [share[share > 0] * 100 for share in pixels],
        "visible_percent": [clip.labels["visible_fraction"][:, n] * 100.0 for clip, n in objects],
        "distance_m": [np.linalg.norm(offset, axis=1) for offset in eye],
        "height_m": [clip.labels["world_from_camera"][:, 2, 3] for clip in plain],
        "field_of_view_deg": [
            np.degrees(2 * np.arctan(clip.labels["intrinsics"][:, 0, 2] / clip.labels["intrinsics"][:, 0, 0]))
            for clip in plain
        ],
        "tilt_deg": [np.degrees(np.arcsin(-clip.labels["world_from_camera"][:, 2, 2])) for clip in plain],
    }
    for name, parts in expected.items():
        values = np.hstack(parts)
        values = values[np.isfinite(values)]
        found = golden.histograms[name]
        assert found.counts == tuple(np.histogram(values, found.edges)[0]), name
        assert found.total == values.size
        np.testing.assert_allclose([found.least, found.mean, found.most], [values.min(), values.mean(), values.max()])
    assert set(golden.histograms) == {*expected, "elevation_deg"}


def test_the_heat_map_of_golden_is_that_of_numpy(golden, plain):
    x, y = np.concatenate([clip.labels["center_px"].reshape(-1, 2) for clip in plain]).astype(float).T
    for grid, columns, rows in ((golden.places, 12, 8), (golden.thirds, 3, 3)):
        counts = np.histogram2d(y, x, (rows, columns), ((0, 112), (0, 192)))[0]
        np.testing.assert_array_equal(grid.cells, counts)
        assert np.sum(grid.shares) == pytest.approx(1)
    assert golden.outside == len(x) - golden.thirds.total


def test_the_octants_of_golden_are_those_of_complex_numbers(golden, plain):
    seen = []
    for clip, n in each_object(plain):
        pose, eye = clip.labels["world_from_object"][:, n], clip.labels["world_from_camera"][:, :2, 3]
        front, back = pose[:, 0, 0] + 1j * pose[:, 1, 0], (eye - pose[:, :2, 3]) @ (1, 1j)
        seen.append(np.angle(front / back, deg=True) % 360)
    counts = np.histogram(np.hstack(seen), np.r_[0, np.arange(22.5, 360, 45), 360])[0]
    assert golden.octants == (counts[0] + counts[-1], *counts[1:-1])
    assert golden.yaw == tuple(np.histogram(np.hstack(seen), np.arange(0, 361, 10))[0])
    assert sum(golden.octants) == 8 * 12


def test_the_self_check_and_the_ledger_of_golden(golden):
    assert golden.figures["tracks_on_mask"].worst == 1.0 and golden.figures["tracks_on_mask"].clips == 5
    assert (golden.attempts.accepted, golden.attempts.rejected, golden.attempts.failed) == (5, 0, 0)
    assert golden.attempts.median_seconds == 0.1
    assert golden.attempts.by["asset"]["egg"].accepted == 3


def test_statistics_come_back_from_json_as_they_were(golden):
    assert from_json(to_json(golden)) == golden
    for text in ("{", "[]", '{"name": "x"}', to_json(golden).replace('"clips": 5', '"clips": "5"')):
        with pytest.raises(FormatError, match="no file that 'posetraj stats --json' wrote"):
            from_json(text)


def test_a_split_is_counted_alone_with_its_part_of_the_ledger(shared):
    train = collect(open_dataset(shared / "golden", "train"))
    assert train.total.clips == 3 and list(train.splits) == ["train"]
    assert train.attempts.accepted == 3
    assert set(train.assets) == {"crate", "egg", "car"}


def test_a_lone_shard_is_counted_with_and_without_what_lies_beside_it(shared, tmp_path):
    beside = collect(open_dataset(shared / "golden" / TAR))
    shutil.copyfile(shared / "golden" / TAR, tmp_path / TAR)
    alone = collect(open_dataset(tmp_path / TAR))
    assert beside.attempts.accepted == beside.total.clips == 2
    assert alone.attempts is None
    assert dataclasses.replace(alone, attempts=beside.attempts) == beside


def test_a_dataset_on_another_file_system_counts_the_same(shared, golden):
    filesystem = fsspec.filesystem("memory")
    filesystem.put(str(shared / "golden"), "/far/golden", recursive=True)
    try:
        assert collect(open_dataset("memory://far/golden"), pixels=True) == golden
    finally:
        filesystem.rm("/far", recursive=True)


def test_masks_are_read_only_when_asked_for(shared, golden):
    without = collect(open_dataset(shared / "golden"))
    assert "mask_percent" in golden.histograms and "mask_percent" not in without.histograms
    assert without.left_out == golden.left_out == ("No clip names these: Speed profile, Backdrop.",)


def test_a_real_dataset_leaves_out_what_it_does_not_know_and_says_so():
    labels = labels_of(poses([[0.0], [90.0]]))
    known = {"center_px": np.array([[[10.0, 10.0]], [[13.0, 14.0]]], np.float32)}
    meta = {"kind": "real", "fps": 10, "width": 120, "height": 80}
    statistics = collect([clip_of(known, meta), clip_of(known, meta, 1)])
    assert statistics.kinds == {"real": 2} and statistics.total.seconds == pytest.approx(0.4)
    assert set(statistics.histograms) == {"path_px", "speed_px"}
    assert statistics.histograms["path_px"].mean == 5.0
    assert sum(statistics.octants) == 0 and statistics.thirds.cells[0][0] == 4
    said = " ".join(statistics.left_out)
    for lacking in ("No clip has world_from_object", "No clip has box2d", "Total rotation", "Turning", "Licence"):
        assert lacking in said
    assert "path length in the picture" not in said.lower()
    mixed = collect([clip_of(known, meta), clip_of(labels, number=1)])
    assert "1 of 2 clips lack world_from_object" in " ".join(mixed.left_out)
    assert mixed.counts["turning"] == {"left": 1}


def test_objects_without_a_known_front_do_not_count_for_where_fronts_point():
    labels = labels_of(poses([[-90.0, -90.0, -90.0]] * 4))
    objects = [{"front_known": True, "symmetric": False}, {"front_known": False}, {"symmetric": True}]
    statistics = collect([clip_of(labels, meta_of(objects))])
    assert statistics.octants == (4, 0, 0, 0, 0, 0, 0, 0)
    assert "2 of 3 shown" in statistics.left_out[-1]


def test_what_the_recipe_says_is_counted_whatever_else_it_holds():
    def told(spec):
        return collect([clip_of(labels_of(poses([[0.0], [1.0]])), meta_of([{}], spec=spec))]).counts.get("speed", {})

    trajectory = {"speed": {"name": "ease", "params": {}}, "reverse": True}
    assert told(json.dumps({"objects": [{"trajectory": trajectory}]})) == {"ease": 1}
    assert told(json.dumps({"objects": [{"trajectory": {"speed": "ease"}}]})) == {"ease": 1}
    for other in ("", "[]", "{", '{"objects": 3}', '{"objects": [{"trajectory": 3}]}', '{"objects": []}', "[" * 9999):
        assert told(other) == {}


def test_the_worst_figure_is_the_side_that_is_bad_with_its_clip():
    def clip(number, **figures):
        return clip_of(labels_of(poses([[0.0], [1.0]])), meta_of([{}], qa=figures), number)

    clips = [
        clip(3, tracks_on_mask=0.99, floor_gap_m=1e-4, zeal=1.0),
        clip(4, tracks_on_mask=0.98, floor_gap_m=0.0, zeal=3.0),
    ]
    figures = collect([*clips, clip(5, tracks_on_mask=float("nan"), floor_gap_m="low")]).figures
    assert (figures["tracks_on_mask"].worst, figures["tracks_on_mask"].worst_clip) == (0.98, "00000004")
    assert (figures["floor_gap_m"].worst, figures["floor_gap_m"].worst_clip) == (1e-4, "00000003")
    assert figures["zeal"].worst is None and (figures["zeal"].least, figures["zeal"].median) == (1.0, 2.0)
    assert figures["tracks_on_mask"].clips == 2


def test_options_with_a_weight_that_never_occur_are_found(tmp_path):
    config = {
        "families": {"line": 1.0, "helix": 3.0, "tumble": 0},
        "cameras": {"still": 1},
        "splits": {"train": 0.9, "val": 0.1},
    }
    clip = members_of(labels_of(poses([[0.0], [1.0]])), meta_of([{}]))
    whole = collect(open_dataset(dataset_of(tmp_path, [clip] * 8, config)))
    said = " ".join(whole.findings)
    assert "Trajectory family 'helix' has a weight in the settings and never occurs (about 6 of 8" in said
    assert "Split 'val'" in said
    assert "tumble" not in said and "'still'" not in said and "'line'" not in said
    assert "Split" not in " ".join(collect(open_dataset(tmp_path)[:3]).findings)


def test_empty_octants_and_thirds_are_found_and_full_ones_are_not():
    everywhere = np.stack(np.meshgrid((20, 60, 100), (13, 40, 67)), axis=-1).reshape(9, 1, 2)
    full = labels_of(poses(np.r_[np.arange(0, 360, 45.0), 0][:, None]), everywhere)
    assert collect([clip_of(full)]).findings == ()
    part = labels_of(poses(np.r_[np.arange(0, 315, 45.0), 0, 0][:, None]), np.delete(everywhere, 8, 0)[[0, *range(8)]])
    octants, thirds = collect([clip_of(part)]).findings
    assert octants.startswith("Empty octants") and octants.endswith("ever points towards right.")
    assert "at the lower right" in thirds and "," not in thirds


def test_attempts_of_which_too_many_are_rejected_are_found(tmp_path):
    clip = members_of(labels_of(poses([[0.0], [1.0]])), meta_of([{}]))
    folder = dataset_of(tmp_path, [clip] * 6)
    rejected = [(0, 0), (1, 0)]
    lines = [(clip, attempt, "rejected") for clip, attempt in rejected]
    lines += [(clip, int((clip, 0) in rejected), "done") for clip in range(6)]
    ledger = [
        {"clip": clip, "attempt": attempt, "state": state, "reason": "", "seconds": 1.0}
        for clip, attempt, state in lines
    ]
    (tmp_path / "ledger.jsonl").write_text("\n".join(map(json.dumps, ledger)))
    said = collect(open_dataset(folder)).findings
    assert "Of 8 attempts, 6 were accepted (75 %), fewer than 80 %." in said
    assert "Fewer than 80 % of the attempts are accepted, by family: line (75 % of 8)." in said
    (tmp_path / "ledger.jsonl").write_text("\n".join(json.dumps(line) for line in ledger if line["clip"] != 1))
    assert not [sentence for sentence in collect(open_dataset(folder)).findings if "accepted" in sentence]


def test_labels_that_do_not_fit_are_named():
    good = labels_of(poses([[0.0], [1.0]]))
    for name, bad in (
        ("box_size", good["box_size"][:, :2]), ("world_from_object", good["world_from_object"][:1]),
        ("center_px", good["center_px"][0]), ("center_px", good["center_px"][:0]), ("world_from_camera", np.eye(4)),
    ):  # fmt: skip
        with pytest.raises(FormatError, match=f"{name} of clip 00000007 has the shape"):
            collect([clip_of({**good, name: bad}, meta_of([{}]), 7)])
    with pytest.raises(FormatError, match="lacks center_px"):
        collect([clip_of({"box_size": good["box_size"]}, meta_of([{}]), 7)])
    broken = {**members_of(good, meta_of([{}])), "labels.npz": npz.save(good)[:-30]}
    with pytest.raises(FormatError, match="labels.npz of clip 00000007"):
        collect([Clip.from_members("00000007", broken)])


def test_numbers_out_of_all_bounds_do_no_harm():
    huge = poses([[0.0], [1.0]], (1e200, np.inf, np.nan))
    labels = labels_of(huge, (3e38, np.nan), box2d=np.full((2, 1, 4), np.inf, np.float32))
    meta = meta_of([{"rotation_deg": 10**400, "name": 7}], qa=[1], spec=None)
    statistics = collect([clip_of(labels, meta)])
    assert from_json(to_json(statistics)) == statistics
    assert statistics.thirds.total == 0 and "rotation_deg" not in statistics.histograms


def test_nothing_to_count_is_refused(shared, tmp_path):
    with pytest.raises(FormatError, match="no clip to count"):
        collect([])
    with pytest.raises(FormatError, match="holds no clip of the split 'test'"):
        open_dataset(shared / "golden" / TAR, "test")
    for url in (tmp_path / "none", "carrier-pigeon://loft", tmp_path / TAR):
        with pytest.raises(FormatError):
            open_dataset(url)


def test_objects_are_counted_by_the_folder_that_they_came_from(tmp_path) -> None:
    seen = meta_of([{"sha256": "aa"}, {"sha256": "bb"}, {"sha256": "cc"}])
    clip = members_of(labels_of(poses(np.zeros((2, 3)))), seen)
    url = dataset_of(tmp_path, [clip], {"sources": {"mine": 1, "no": 1}})
    rows = [("aa", "accepted", "mine"), ("bb", "accepted", "bundled"), ("cc", "rejected", "mine")]
    lines = [json.dumps({"sha256": sha256, "state": state, "collection": name}) for sha256, state, name in rows]
    (tmp_path / "objects.jsonl").write_text("\n".join([*lines, "no object"]))
    found = collect(open_dataset(url))
    assert found.counts["source"] == {"bundled": 1, "mine": 1}
    assert any("'no' has a weight" in sentence for sentence in found.findings)


def test_without_a_list_of_objects_no_folder_is_counted(tmp_path) -> None:
    found = collect(open_dataset(dataset_of(tmp_path, [members_of(labels_of(poses(np.zeros((2, 1)))), meta_of([{}]))])))
    assert "source" not in found.counts
