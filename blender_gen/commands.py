"""What the command line offers for making a dataset. The packages that do the work are imported when a verb runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro

from dataset_tools.commands import usable_cpus

Preset = Literal["draft", "standard", "reference"]
Device = Literal["auto", "optix", "cuda", "hip", "cpu"]
Member = Literal["depth", "normals", "flow"]


@dataclass(frozen=True)
class Doctor:
    """Say what works on this machine, with the remedy for what does not."""

    blender: Path | None = None
    """An installed Blender to look at, instead of the bpy module."""

    def run(self) -> int:
        """Print the findings; 1 if generating cannot work."""
        from blender_gen.doctor import examine, format_findings

        findings = examine(self.blender)
        print(format_findings(findings))
        return 0 if all(finding.ok for finding in findings if finding.needed) else 1


@dataclass(frozen=True)
class Objects:
    """Look at folders of objects: which can be used, and why not the others."""

    action: Annotated[Literal["check"], tyro.conf.Positional]
    """check: import every file as generate would and say what was found."""
    folders: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Folders with objects."""
    workers: int = field(default_factory=usable_cpus)
    """Files imported at the same time."""

    def run(self) -> int:
        """Print a line per file; 1 if no file can be used."""
        from blender_gen.objects import format_intake, intake

        records = intake(self.folders, workers=self.workers)
        print(format_intake(records))
        return 0 if any(record.state == "accepted" for record in records) else 1


@dataclass(frozen=True)
class Generate:
    """Render objects into a finished, checked dataset of WebDataset shards; run again to go on after a stop."""

    out: Path
    """Folder of the dataset; new, empty, or one that an earlier run with the same settings left."""
    num_clips: int
    """Clips in all. A finished dataset grows when asked for more."""
    objects: tuple[str, ...] = ("bundled",)
    """Folders with glb, gltf, obj, stl, ply or fbx files, and 'bundled' for the procedural objects; any number."""
    hdri_dir: Path | None = None
    """Folder of .hdr and .exr files to light scenes with, beside those that ship with Blender."""
    texture_dir: Path | None = None
    """Folder of .png and .jpg files to lay on floors, beside the procedural floors."""
    preset: Preset | None = None
    """draft: 256x144, 16 frames; standard: 576x320, 32 frames; reference: 720x480, the paper's recipe."""
    seed: int | None = None
    """Decides every draw; 0 if neither this nor the config file says otherwise."""
    workers: int | None = None
    """Clips made at the same time; left away, one for each CPU with 1 GiB of memory, on GPUs at most 8 for each. The
    shards do not depend on it."""
    members: tuple[Member, ...] | None = None
    """Optional members to write with every clip."""
    preview: int = 0
    """Render only the first frame of this many clips into OUT/preview.png, with boxes and paths, and stop."""
    config: Path | None = None
    """YAML or JSON file of settings, see docs/configuration.md; flags win over it."""
    device: Device = "auto"
    """Render device; auto takes the first of optix, cuda, hip, cpu. Asking for a GPU never ends on the CPU."""
    blender: Path | None = None
    """An installed Blender to render with, instead of the bpy module."""
    scratch: Path | None = None
    """Folder on a fast local disk for what clips need while they are made, where --out lies on a slow shared one."""
    time_limit: float | None = None
    """Seconds that one clip may take before it is tried again with twice the time; left away, half an hour, or more
    where size, frames and samples ask for it."""

    def run(self) -> int:
        """Generate, or preview."""
        from blender_gen.config import PRESETS, DatasetConfig, override, read_config_file
        from blender_gen.preview import write_preview
        from blender_gen.runner.generate import RunSettings, generate
        from blender_gen.runner.scene_files import with_scene_files

        config = override(DatasetConfig(), read_config_file(self.config) if self.config else {})
        if self.preset is not None:
            config = replace(config, render=PRESETS[self.preset])
        flags = {"seed": self.seed, "members": self.members}
        config = override(config, {name: value for name, value in flags.items() if value is not None})
        config, scene_files = with_scene_files(config, self.hdri_dir, self.texture_dir)
        run = RunSettings(
            num_clips=self.num_clips,
            objects=self.objects,
            workers=self.workers,
            device=self.device.upper(),
            time_limit_s=self.time_limit,
            blender=self.blender,
            scratch=self.scratch,
            scene_files=scene_files,
        )
        if self.preview:
            run = replace(run, workers=self.workers or usable_cpus())
            print(f"wrote {write_preview(self.out, config, run, self.preview)}")
            return 0
        manifest = generate(self.out, config, run)
        shards = sum(len(records) for records in manifest.splits.values())
        print(f"finished: {manifest.num_clips} clips in {shards} shards in {self.out}")
        return 0


@dataclass(frozen=True)
class RenderClip:
    """Render one clip of a dataset again from the recipe that it carries, and say whether the bytes are the same."""

    dataset: Annotated[str, tyro.conf.Positional]
    """Folder or URL of the dataset, or one of its shards."""
    key: Annotated[str, tyro.conf.Positional]
    """The clip's key or number, such as 00000012 or 12."""
    out: Path
    """Folder for its files, named as in the shard: 00000012.video.mp4 and so on."""
    objects: tuple[str, ...] = ("bundled",)
    """The folders of objects that the dataset was made from, and 'bundled' for the procedural ones."""
    hdri_dir: Path | None = None
    """Folder of the .hdr and .exr files that the dataset was made with."""
    texture_dir: Path | None = None
    """Folder of the floor textures that the dataset was made with."""
    device: Device = "auto"
    """Render device, as in generate."""
    blender: Path | None = None
    """An installed Blender to render with, instead of the bpy module."""
    time_limit: float | None = None
    """Seconds that it may take, instead of what generate gives it."""

    def run(self) -> int:
        """Render the clip, and print its files and how they compare."""
        from blender_gen.config import DatasetConfig
        from blender_gen.runner.one_clip import OneClipSettings, render_clip
        from blender_gen.runner.scene_files import with_scene_files

        _, scene_files = with_scene_files(DatasetConfig(), self.hdri_dir, self.texture_dir)
        settings = OneClipSettings(
            objects=self.objects,
            threads=usable_cpus(),
            device=self.device.upper(),
            time_limit_s=self.time_limit,
            blender=self.blender,
            scene_files=scene_files,
        )
        rendered = render_clip(self.dataset, self.key, self.out, settings)
        for path in rendered.files:
            print(path)
        for found, members in (("as in the dataset", rendered.same), ("not as in the dataset", rendered.different)):
            if members:
                print(f"{found}: {', '.join(members)}")
        return 0


@dataclass(frozen=True)
class Demo:
    """Everything at once, small: make a few clips of the bundled objects, check them, write a page to open; then train
    a tiny model on them, where torch is installed."""

    out: Path = Path("demo")
    """Folder for the dataset and the page."""
    num_clips: int = 8
    """Clips to make."""
    workers: int = field(default_factory=usable_cpus)
    """Clips made at the same time."""
    train: bool = True
    """Go on to train a tiny model through the three stages, and make a video with it."""

    def run(self) -> int:
        """Run the demo and print where the page is."""
        from blender_gen.demo import run_demo
        from blender_gen.demo_training import can_train, train_and_sample

        page = run_demo(self.out, self.num_clips, self.workers)
        if not can_train():
            print("training needs more packages: pip install 'posetraj[train]', and run this again")
        elif self.train:
            video = train_and_sample(self.out / "dataset", self.out)
            print(f"\na model of the least size and few steps draws little; it is in {video}")
        print(f"open {page.resolve().as_uri()}")
        return 0


VERBS: Mapping[str, type] = {
    "doctor": Doctor,
    "objects": Objects,
    "generate": Generate,
    "render-clip": RenderClip,
    "demo": Demo,
}
