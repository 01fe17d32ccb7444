"""The whole run with real workers: byte-identical shards whatever the workers, kills and re-runs."""

import json
import os
import signal
import tarfile

import pytest

from blender_gen.runner.ledger import read
from dataset_tools.manifest import read_manifest
from dataset_tools.reader import Dataset
from dataset_tools.validate import validate
from tests.blender_gen.blender import studio
from tests.blender_gen.runner import small_run

pytestmark = [pytest.mark.blender, pytest.mark.slow]


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    return small_run.write_objects(tmp_path_factory.mktemp("solids") / "objects")


@pytest.fixture(scope="module")
def reference(tmp_path_factory, objects):
    """An undisturbed run with one worker."""
    out = tmp_path_factory.mktemp("reference") / "dataset"
    small_run.finish(small_run.start(out, objects))
    return out


def test_a_finished_dataset_validates_and_leaves_nothing_behind(reference):
    report = validate(str(reference))
    assert report.ok, report
    assert not (reference / ".work").exists()
    manifest = read_manifest(reference)
    assert manifest.num_clips == small_run.CLIPS == len(Dataset(reference))
    assert [entry.state for entry in read(reference / "ledger.jsonl")].count("done") == small_run.CLIPS
    assert len((reference / "objects.jsonl").read_text().splitlines()) == 4


def test_no_path_of_the_machine_is_in_the_shards(reference, objects):
    for shard in reference.glob("*.tar"):
        assert str(objects).encode() not in shard.read_bytes()


def test_members_lie_in_the_shard_as_the_format_says(reference):
    with tarfile.open(sorted(reference.glob("*train*.tar"))[0]) as archive:
        infos = archive.getmembers()
    assert {(info.mtime, info.uid, info.gid, info.mode) for info in infos} == {(0, 0, 0, 0o644)}
    key = infos[0].name.split(".")[0]
    names = [info.name for info in infos if info.name.startswith(key)]
    assert sorted(names) == sorted(f"{key}.{name}" for name in read_manifest(reference).members)


def test_two_workers_make_the_same_bytes_as_one_with_their_scratch_files_elsewhere(reference, objects, tmp_path):
    out, scratch = tmp_path / "a {name} that Blender takes for a template, ü" / "dataset", tmp_path / "scratch"
    out.parent.mkdir()
    process = small_run.start(out, objects, workers=2, flags=("--scratch", str(scratch)))
    assert small_run.wait_for(lambda: any(scratch.glob("posetraj-*/*/render/colour_0001.exr")), process)
    assert not (out / ".work/jobs").exists()
    small_run.finish(process)
    assert small_run.digests(out) == small_run.digests(reference)
    assert not any(scratch.iterdir())


def test_a_scratch_folder_that_cannot_be_is_a_sentence(objects, tmp_path):
    (tmp_path / "file").write_text("")
    process = small_run.start(tmp_path / "dataset", objects, flags=("--scratch", str(tmp_path / "file")))
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and "choose another --scratch" in output


def test_a_run_whose_parent_is_killed_again_and_again_makes_the_same_bytes(reference, objects, tmp_path):
    out = tmp_path / "dataset"
    moments = [
        lambda: (out / "objects.jsonl").exists(),
        lambda: any((out / ".work/jobs").glob("*/render/labels_0001.exr")),
        lambda: small_run.ledger_lines(out) >= 2,
        lambda: any((out / ".work/jobs").glob("*/render/colour_0002.exr")),
        lambda: small_run.ledger_lines(out) >= 5,
    ]
    interrupted = 0
    for moment in moments:
        process = small_run.start(out, objects, workers=2)
        if small_run.wait_for(moment, process):
            process.kill()
            interrupted += 1
        process.communicate()
    small_run.finish(small_run.start(out, objects, workers=1))
    assert interrupted >= 4
    assert small_run.digests(out) == small_run.digests(reference)
    done = [entry.clip for entry in read(out / "ledger.jsonl") if entry.state == "done"]
    assert sorted(done) == list(range(small_run.CLIPS))
    assert validate(str(out)).ok


def test_killed_workers_are_replaced_and_the_bytes_are_the_same(reference, objects, tmp_path):
    out = tmp_path / "dataset"
    process = small_run.start(out, objects, workers=2)
    assert small_run.wait_for(lambda: any((out / ".work/jobs").glob("*/render/colour_0001.exr")), process)
    assert small_run.kill_children(process, "blender/worker.py") >= 1
    assert small_run.wait_for(lambda: small_run.ledger_lines(out) >= 3, process)
    small_run.kill_children(process, "finish_worker")
    small_run.finish(process)
    assert small_run.digests(out) == small_run.digests(reference)
    failed = [entry for entry in read(out / "ledger.jsonl") if entry.state == "failed"]
    assert failed and all("SIGKILL" in entry.reason for entry in failed)


def test_an_interrupted_run_says_how_to_go_on_and_does(reference, objects, tmp_path):
    out = tmp_path / "dataset"
    process = small_run.start(out, objects)
    assert small_run.wait_for(lambda: small_run.ledger_lines(out) >= 1, process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in output
    assert "Traceback" not in output
    small_run.finish(small_run.start(out, objects, clips=4))
    assert read_manifest(out).num_clips == len(Dataset(out)) == 4
    assert validate(str(out)).ok
    small_run.finish(small_run.start(out, objects))
    assert small_run.digests(out) == small_run.digests(reference)


def test_before_the_first_clip_settings_are_free_to_change(tmp_path):
    (tmp_path / "one").mkdir()
    studio.box(tmp_path / "one", "crate", (1.0, 0.6, 0.5))
    out = tmp_path / "dataset"
    process = small_run.start(out, tmp_path / "one", clips=5)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "1 different objects cannot fill the splits" in output and "splits: {train: 1} in a file" in output
    small_run.finish(small_run.start(out, tmp_path / "one", clips=1, splits={"train": 1.0}))
    assert read_manifest(out).num_clips == 1


def test_growth_that_cannot_begin_leaves_the_dataset_finished(reference, objects, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in reference.rglob("*") if path.name != ".work"}
    studio.box(tmp_path, "other", (1.0, 0.2, 0.2))
    for folder in (tmp_path / "nowhere", tmp_path):
        process = small_run.start(reference, folder, clips=small_run.CLIPS + 1)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 1 and "Traceback" not in output
    assert validate(str(reference)).ok
    small_run.finish(small_run.start(reference, objects))
    assert {path: path.stat().st_mtime_ns for path in reference.rglob("*")} == before


def test_a_finished_dataset_grows_and_keeps_its_clips_even_if_killed_meanwhile(reference, objects, tmp_path):
    out = tmp_path / "dataset"
    small_run.finish(small_run.start(out, objects, clips=3, workers=2))
    for moment in (lambda: not (out / "dataset.json").exists(), lambda: small_run.ledger_lines(out) >= 4):
        process = small_run.start(out, objects, clips=small_run.CLIPS)
        assert small_run.wait_for(moment, process)
        process.kill()
        process.communicate()
    small_run.finish(small_run.start(out, objects, clips=small_run.CLIPS, workers=2))
    assert small_run.digests(out) == small_run.digests(reference)
    assert validate(str(out)).ok


def test_running_a_finished_command_again_changes_nothing(reference, objects):
    before = small_run.digests(reference), (reference / "dataset.json").read_bytes()
    settings = reference.parent / "dataset.yaml"
    assert settings.exists()
    small_run.finish(small_run.start(reference, objects))
    assert (small_run.digests(reference), (reference / "dataset.json").read_bytes()) == before


def test_other_settings_on_the_same_folder_are_refused_and_nothing_is_lost(reference, objects):
    before = small_run.digests(reference)
    process = small_run.start(reference, objects, seed=6)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "seed: 5 there, 6 here" in output
    assert not (reference / ".work").exists()
    assert small_run.digests(reference) == before


def test_a_gpu_that_is_not_there_stops_the_run_with_a_sentence(objects, tmp_path):
    if any(os.path.exists(f"/dev/{name}") for name in ("nvidia0", "kfd")):
        pytest.skip("this machine has a GPU")
    process = small_run.start(tmp_path / "dataset", objects, device="optix")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "no OPTIX device" in output


def test_the_manifest_says_what_made_it(reference):
    manifest = json.loads((reference / "dataset.json").read_text())
    assert manifest["generator"]["blender"].split(".")[0] in ("4", "5")
    assert manifest["unrenderable"] == []
    assert manifest["config"]["seed"] == 5
