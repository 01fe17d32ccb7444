"""Ways to read training windows out of one and the same dataset, and the process that measures one of them.

    python benchmarks/readers.py NAME FOLDER FRAMES CORE [PACKAGES]

`FOLDER` holds what `prepare` has written. The process keeps to one core, and for each line with a number of seconds on
its standard input reads for as much processor time and answers with a line of JSON.
"""

import io
import itertools
import json
import os
import shutil
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

BATCH = 4
MOSAICML = "mosaicml-streaming"
AUTHORS_SIZE = (720, 480)
"""Width and height of the renders that the authors train from."""


class Missing(Exception):
    """A reader that cannot be measured here, and what would change that."""


@dataclass(frozen=True)
class Place:
    """Folders of the same clips, one for each kind of reader."""

    folder: Path
    frames: int

    @property
    def shards(self) -> Path:
        return self.folder / "shards"

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    @property
    def mosaic(self) -> Path:
        return self.folder / "mosaic"

    @property
    def videos(self) -> list[bytes]:
        from dataset_tools.reader import Dataset

        return [clip.read("video.mp4") for clip in Dataset(self.shards)]


def prepare_pictures(place: Place) -> None:
    """The folders that the authors' loader reads, in the size that they render: a PNG per frame and trajectory map."""
    import numpy as np
    from PIL import Image

    from dataset_tools.exports.pictures import write_png
    from dataset_tools.exports.posetraj_authors import trajectory_maps
    from dataset_tools.reader import Dataset

    for clip in Dataset(place.shards):
        frames = clip.video()
        maps = trajectory_maps(clip.label("center_px"), *frames.shape[1:3])
        for t, (frame, trajectory) in enumerate(zip(frames, maps, strict=True)):
            for kind, picture in (("images", frame), ("traj_vid_enhanced", trajectory)):
                rendered = np.asarray(Image.fromarray(picture).resize(AUTHORS_SIZE))
                write_png(place.pictures / clip.key / kind / f"{t:05d}.png", rendered)


def prepare_mosaic(place: Place) -> None:
    """The clips as MDS."""
    from dataset_tools.reader import Dataset

    names = {"video.mp4": "video", "labels.npz": "labels", "meta.json": "meta"}
    with _streaming().MDSWriter(out=str(place.mosaic), columns=dict.fromkeys(names.values(), "bytes")) as writer:
        for clip in Dataset(place.shards):
            writer.write({column: clip.read(name) for name, column in names.items()})


def png_folder(place: Place) -> Iterator[int]:
    """The authors' loader: frames, the first frame once more, maps and a black one, as floats from -1 to 1.

    Pictures are resized from the size of their renders to that of the clips here, in which they train.
    """
    import numpy as np
    import torch
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset

    from dataset_tools.manifest import read_manifest

    rng, manifest = np.random.default_rng(0), read_manifest(place.shards)
    size = (manifest.width, manifest.height)

    def read(folder: Path, names: list[str]) -> np.ndarray:
        return [np.array(Image.open(folder / name).convert("RGB").resize(size)) for name in names]

    def tensor(pictures: list[np.ndarray]) -> torch.Tensor:
        values = torch.from_numpy(np.array(pictures).transpose(0, 3, 1, 2)).float() / 255
        return values.sub_(0.5).div_(0.5)

    class Folders(Dataset):
        def __init__(self) -> None:
            self.folders = sorted(place.pictures.iterdir())

        def __len__(self) -> int:
            return len(self.folders)

        def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
            folder = self.folders[index]
            names = sorted(os.listdir(folder / "images"))
            start = int(rng.integers(len(names) - place.frames + 1))
            window = names[start : start + place.frames]
            maps = read(folder / "traj_vid_enhanced", window[:-1])
            black = np.zeros(maps[0].shape)  # of float64, which makes all of them float64
            return {
                "pixel_values": tensor(read(folder / "images", window)),
                "input_image": tensor(read(folder / "images", window[:1])),
                "trajectories": tensor([*maps, black]),
            }

    loader = DataLoader(Folders(), batch_size=BATCH, shuffle=True)
    return (len(batch["pixel_values"]) for _ in itertools.count() for batch in loader)


def bare_decode(place: Place) -> Iterator[int]:
    """Nothing but PyAV's decoder, from bytes in memory."""
    window = _plain_window(place.frames)
    return (len(window(data)[None]) for data in itertools.cycle(place.videos))


def exact_decode(place: Place) -> Iterator[int]:
    """Nothing but PyAV's decoder, and its converter to the colours that the format asks for."""
    window = _plain_window(place.frames, exact=True)
    return (len(window(data)[None]) for data in itertools.cycle(place.videos))


def our_decode(place: Place) -> Iterator[int]:
    """Nothing but `dataset_tools.video.decode_yuv`, which computes no colours, from bytes in memory."""
    import numpy as np

    from dataset_tools.manifest import read_manifest
    from dataset_tools.video import decode_yuv

    rng, last = np.random.default_rng(0), read_manifest(place.shards).frames - place.frames
    starts = (int(rng.integers(last + 1)) for _ in itertools.count())
    clips = zip(itertools.cycle(place.videos), starts, strict=False)
    return (len(decode_yuv(data, start, start + place.frames).y[None]) for data, start in clips)


def webdataset(place: Place) -> Iterator[int]:
    """The tars through webdataset, shuffled, the window decoded as the bare loop does; labels are not unpacked."""
    import webdataset as wds

    window = _plain_window(place.frames)
    urls = sorted(map(str, place.shards.glob("*.tar")))
    pipeline = wds.WebDataset(urls, shardshuffle=len(urls)).repeat().shuffle(16)
    decoded = pipeline.to_tuple("video.mp4", "labels.npz").map_tuple(window, lambda data: data).batched(BATCH)
    return (len(video) for video, _ in decoded)


def mosaicml(place: Place) -> Iterator[int]:
    """The clips through mosaicml-streaming, shuffled, decoded as the bare loop does; labels are not unpacked."""
    from torch.utils.data import DataLoader

    window = _plain_window(place.frames)

    class Windows(_streaming().StreamingDataset):
        def __getitem__(self, index: int) -> dict:
            sample = super().__getitem__(index)
            return {"video": window(sample["video"])}

    loader = DataLoader(Windows(local=str(place.mosaic), batch_size=BATCH, shuffle=True), batch_size=BATCH)
    return (len(batch["video"]) for _ in itertools.count() for batch in loader)


def loader(place: Place) -> Iterator[int]:
    """`train.loader` with all that training gets."""
    from train.loader import batches
    from train.order import Share

    _, found = examples(place.shards, place.frames)
    return (len(batch.positions) for batch in batches(found, Share(0, 1, BATCH)))


def latents(place: Place) -> Iterator[int]:
    """Cached latents through `train.loader`."""
    from dataclasses import replace

    from train.loader import batches
    from train.order import Share

    _, found = examples(place.shards, place.frames, lambda source: replace(source, latents=_cache(source.clips)))
    return (len(batch.moments) for batch in batches(found, Share(0, 1, BATCH)))


def prepare_latents(place: Place) -> None:
    """The cache that `latents` reads."""
    from dataset_tools.reader import Dataset

    _cache(Dataset(place.shards))


def _cache(clips):
    """The cache of clips, written where there is none yet."""
    from made_latents import make_latents

    return make_latents(clips)


def examples(folder: Path, frames: int, change: Callable = lambda source: source):
    """How many clips a dataset has, and its training examples, its source changed; torch is imported only here."""
    from dataset_tools.reader import Dataset
    from train.example import Cut
    from train.loader import Examples, Source
    from train.mixture import Mixture
    from train.order import ClipOrder

    clips = Dataset(folder)
    order = ClipOrder(tuple(record.clips for _, record in clips.manifest.shards), seed=0)
    return len(clips), Examples([change(Source(clips, order))], Mixture((1.0,), seed=0), Cut(frames=frames))


def _plain_window(frames: int, exact: bool = False) -> Callable:
    """A function from an MP4's bytes to `frames` frames of it from anywhere, as one would write it."""
    import av
    import numpy as np
    from av.video.reformatter import Colorspace, Interpolation

    rng = np.random.default_rng(0)
    rounding = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
    colours = {"src_colorspace": Colorspace.ITU709, "interpolation": rounding | Interpolation.FULL_CHR_H_INT}

    def window(data: bytes) -> np.ndarray:
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            start = int(rng.integers(stream.frames - frames + 1))
            ticks = 1 / (stream.average_rate * stream.time_base)
            if start:
                container.seek(round(start * ticks), stream=stream)
            video = np.empty((frames, stream.height, stream.width, 3), np.uint8)
            for frame in container.decode(stream):
                t = round(frame.pts / ticks) - start
                if t >= 0:
                    video[t] = frame.to_ndarray(format="rgb24", **(colours if exact else {}))
                if t == frames - 1:
                    return video
        raise SystemExit(f"a clip ends before frame {start + frames}")

    return window


def _streaming() -> types.ModuleType:
    """The package mosaicml-streaming. It wants torchvision only for datasets of pictures that nobody asks for here."""
    if find_spec("streaming") is None:
        raise Missing(f"{MOSAICML} is not installed; --help says how to install it by itself")
    import transformers.feature_extraction_utils  # noqa: F401, which looks for torchvision and is not to find this

    names = ("torchvision", "torchvision.datasets", "torchvision.transforms", "torchvision.transforms.functional")
    stands = {name: types.ModuleType(name) for name in names}
    stands["torchvision.datasets"].VisionDataset = object
    stands["torchvision.transforms.functional"].to_tensor = None
    sys.modules.update(stands)
    try:
        import streaming
    except ImportError as error:
        raise Missing(f"{MOSAICML} is not installed whole ({error})") from error
    return streaming


READERS: dict[str, Callable[[Place], Iterator[int]]] = {
    "clips_per_s_core": loader,
    "png_folder": png_folder,
    "bare_decode": bare_decode,
    "exact_decode": exact_decode,
    "our_decode": our_decode,
    "webdataset": webdataset,
    "mosaicml": mosaicml,
    "latents": latents,
}
"""By the name of its figure; each gives the numbers of clips in the batches that it reads, without end."""
PREPARE: dict[str, Callable[[Place], None]] = {
    "png_folder": prepare_pictures,
    "mosaicml": prepare_mosaic,
    "latents": prepare_latents,
}


def main(name: str, folder: str, frames: str, core: str, packages: str = "") -> None:
    """Prepare, read once, and then as often as asked for."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes where errors go
    os.sched_setaffinity(0, {int(core)})
    sys.path += [packages] if packages else []
    import torch

    torch.set_num_threads(1)
    place = Place(Path(folder), int(frames))
    try:
        if name in PREPARE:
            PREPARE[name](place)
        counts = READERS[name](place)
        next(counts)
    except Missing as error:
        print(json.dumps({"missing": str(error)}), file=answers, flush=True)
        return
    print(json.dumps({}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_round(counts, float(line))), file=answers, flush=True)
    if name == "mosaicml":
        shutil.rmtree(place.mosaic)


def _round(counts: Iterator[int], seconds: float) -> dict[str, float]:
    """Read for `seconds` of processor time: how many clips, in how much of it and of the clock's."""
    clips, cpu, wall = 0, time.process_time(), time.perf_counter()
    while time.process_time() - cpu < seconds:
        clips += next(counts)
    return {"clips": clips, "cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}


if __name__ == "__main__":
    main(*sys.argv[1:])
