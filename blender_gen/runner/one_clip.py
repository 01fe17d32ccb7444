"""Render one clip of a dataset again, from the spec that it carries, and compare it with what the dataset holds."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from blender_gen.bundled import write_one_bundled
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused
from blender_gen.runner.clip_maker import ClipMaker, MakerSettings, RenderFailed, Wanted
from blender_gen.runner.machine import look_at_machine
from blender_gen.runner.share_out import usual_time_limit_s
from blender_gen.runner.sources import BUNDLED
from blender_gen.scenes import is_hdri_name, is_texture_name
from blender_gen.spec import ClipSpec, ObjectSpec
from dataset_tools.clip import Clip
from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset


@dataclass(frozen=True)
class OneClipSettings:
    """Where the clip's files lie and how to render it; the fields are those of `RunSettings`."""

    objects: tuple[str, ...] = (BUNDLED,)
    threads: int = 1
    device: str = "AUTO"
    time_limit_s: float | None = None
    blender: Path | None = None
    scene_files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """The files written, `KEY.member`, and which of the members are byte for byte those of the dataset."""

    files: tuple[Path, ...]
    same: tuple[str, ...]
    different: tuple[str, ...]


def find_clip(dataset: Dataset, key: str) -> Clip:
    """Return the clip of that key or number; raises PoseTrajError where there is none."""
    key = key.zfill(8)
    try:
        return dataset[key]
    except KeyError:
        keys = sorted(dataset.keys)
        there = f"its clips are {keys[0]} to {keys[-1]}" if keys else "it has no clips"
        raise PoseTrajError(f"{dataset.url} has no clip {key}; {there}") from None


def render_clip(url: str, key: str, out: Path, settings: OneClipSettings) -> Rendered:
    """Render clip `key` of the dataset at `url` again, its members into the folder `out` as `KEY.member`.

    Raises:
        PoseTrajError: there is no such clip, its spec is not one of this version, a file it needs is not in the
            folders given, it cannot be rendered, or files of that name are there already.
    """
    dataset = Dataset(url)
    clip = find_clip(dataset, key)
    spec = clip_spec_of(clip)
    paths = {member: out / f"{clip.key}.{member}" for member in clip.members}
    there = next((path for path in paths.values() if path.exists()), None)
    if there:
        raise PoseTrajError(f"{there} is there already; remove it, or choose another --out")
    with tempfile.TemporaryDirectory(prefix="posetraj-clip-") as scratch:
        folders = [_folder(source, Path(scratch), spec) for source in settings.objects]
        assets = {item.sha256: asset_of(item, folders) for item in spec.objects}
        _check_scene_files(spec, settings.scene_files)
        members = _made(spec, clip.members, Path(scratch), assets, settings)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for member, path in paths.items():
            path.write_bytes(members[member])
    except OSError as error:
        raise PoseTrajError(f"cannot write into {out}: {error.strerror}; choose another --out") from error
    same = tuple(member for member in clip.members if members[member] == clip.read(member))
    return Rendered(tuple(paths.values()), same, tuple(member for member in clip.members if member not in same))


def clip_spec_of(clip: Clip) -> ClipSpec:
    """Return the spec that a clip carries in its meta data; raises PoseTrajError where it is none of this version."""
    if clip.kind != "synthetic":
        raise PoseTrajError(f"clip {clip.key} was not rendered but imported from a film; there is nothing to render")
    try:
        spec = ClipSpec.from_json(clip.meta["spec"])
        spec.timestamps, spec.intrinsics  # noqa: B018 - builds what the numbers describe
    except (KeyError, TypeError, ValueError, AttributeError, PoseTrajError) as error:
        raise PoseTrajError(
            f"the spec of clip {clip.key} is none that this version can render ({error}); "
            "use the version that the manifest names under generator"
        ) from error
    return spec


def asset_of(item: ObjectSpec, folders: Sequence[Path]) -> Path:
    """Return the file of an object: the content that the spec names, under its name in one of the folders.

    Raises:
        PoseTrajError: it is not there.
    """
    parts = PurePosixPath(item.file).parts
    for folder in folders:
        path = folder.joinpath(*parts)
        try:
            if ".." not in parts and check_file(path, folder, Limits()).sha256 == item.sha256:
                return path
        except ObjectRefused:
            continue
    raise PoseTrajError(
        f"{item.file} with the content that the clip shows (sha256 {item.sha256[:12]}...) is in none of the folders; "
        "name the dataset's own with --objects; bundled objects are those of the version that the manifest names"
    )


def _folder(source: str, scratch: Path, spec: ClipSpec) -> Path:
    if source != BUNDLED:
        return Path(source)
    for item in spec.objects:
        write_one_bundled(scratch / BUNDLED, spec.seed, item.file)
    return scratch / BUNDLED


def _check_scene_files(spec: ClipSpec, files: Mapping[str, Path]) -> None:
    for name in (spec.scene.environment, spec.scene.floor):
        if (is_hdri_name(name) or is_texture_name(name)) and name not in files:
            raise PoseTrajError(f"the clip shows {name}; give its folder with --hdri-dir or --texture-dir")


def _made(
    spec: ClipSpec, members: Sequence[str], scratch: Path, assets: Mapping[str, Path], settings: OneClipSettings
) -> dict[str, bytes]:
    machine = look_at_machine(settings.device, settings.blender, scratch / "machine.log")
    limit_s = settings.time_limit_s or usual_time_limit_s(spec.render, settings.threads)
    how = MakerSettings(machine.device, settings.threads, limit_s, settings.blender, dict(settings.scene_files))
    maker = ClipMaker("one", scratch, assets, how)
    print(f"rendering {spec.render.frames} frames on {machine.device}, Blender {machine.blender}", file=sys.stderr)
    try:
        maker.start()
        reasons = maker.make(spec, Wanted(members, 0.0), scratch / "job", scratch / "clip", limit_s)
    except RenderFailed as error:
        raise PoseTrajError(f"clip {spec.clip} cannot be rendered here: {error}; run posetraj doctor") from error
    finally:
        maker.close()
    if reasons:
        raise PoseTrajError(
            f"the self-check rejects the clip as rendered here: {'; '.join(reasons)}; "
            "render with the Blender that the manifest names, or report this"
        )
    return {member: (scratch / "clip" / member).read_bytes() for member in members}
