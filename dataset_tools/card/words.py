"""What a card says in sentences, the same on the page and in the README."""

from dataset_tools.card.card import Card
from dataset_tools.schema import LABELS, SPLITS
from dataset_tools.stats.histogram import Histogram
from dataset_tools.stats.wording import bytes_text, counted, percent, ranked, time_text, value_text

MEMBER_WORDS = {
    "video.mp4": "the frames, H.264",
    "labels.npz": "poses, cameras, boxes, paths and tracks, listed below",
    "masks.npz": "instance masks: 0 is the background, n+1 object n",
    "meta.json": "objects with licence and author, how they move, and the clip's recipe",
    "depth.npz": "metres along the camera's z axis, infinite where nothing was hit",
    "normals.npz": "surface normals in camera axes, 127 times the unit vector",
    "flow.npz": "pixels to where each surface point lies in the next frame",
}
AXES = (
    "World: right-handed, z up, metres, floor at z = 0. Camera: x right, y down, z forward. An object's x axis is its "
    "front. A_from_B maps points in B to A. Pixels are continuous: (0, 0) is the picture's top-left corner. Corner k "
    "of a box has +x where k & 4, +y where k & 2, +z where k & 1. What is not seen is NaN."
)
READ = """from dataset_tools import Dataset

dataset = Dataset("path/to/dataset")
clip = dataset[0]
video = clip.video()                  # (T,H,W,3) uint8
paths = clip.labels["center_px"]      # (T,N,2) where each object's centre is, in pixels
print(clip.meta["objects"][0]["name"], video.shape, paths.shape)"""
_READ_PLAIN = """import glob, io, numpy, webdataset

shards = sorted(glob.glob("path/to/dataset/posetraj-%s-*.tar"))
for sample in webdataset.WebDataset(shards, shardshuffle=False):
    labels = numpy.load(io.BytesIO(sample["labels.npz"]))
    video = sample["video.mp4"]       # bytes of an H.264 file"""


NOT_TOLD = ("", "none")
"""What manifests say of a program that had no part in the dataset."""


def lead(card: Card) -> str:
    """What this is, in two sentences."""
    total = card.statistics.total
    if set(card.statistics.kinds) == {"real"}:
        return (
            f"{counted(total.clips, 'clip')} cut from real videos, with the paths of their moving objects in the "
            f"picture, 2-D boxes and tracked points. There are no 3-D boxes or object poses; the camera's pose is "
            f"given where it could be estimated."
        )
    blender = card.origin.generator.get("blender", "none") if card.origin else "none"
    by = f", rendered with Blender {blender}" if blender not in NOT_TOLD else ""
    return (
        f"{counted(total.clips, 'clip')} of objects that move and turn on known paths{by}. Poses, 3-D boxes, drag "
        f"paths, point tracks and all other labels are computed from the matrices that drove the renderer, not "
        f"estimated, and each clip was checked against its own pixels before it was packed."
    )


def facts(card: Card) -> list[tuple[str, str]]:
    """The short facts: what, and how much of it."""
    statistics, origin = card.statistics, card.origin
    total = statistics.total
    rows = [("Kind", card.kind), ("Clips", f"{total.clips:,}"), ("Frames", f"{total.frames:,}")]
    rows.append(("Video", time_text(total.seconds)))
    if total.bytes:
        rows.append(("Size", bytes_text(total.bytes)))
    rows += [("Film", film) for film, _ in ranked(statistics.counts.get("film", {}))[:4]]
    rows.append(("Objects", f"{len(statistics.assets):,}"))
    if origin:
        rows += [("Seed", str(origin.seed))] * ("synthetic" in statistics.kinds)
        made_by = {**origin.generator, "generator": origin.generator.get("version", "")}
        rows += [
            (name.capitalize(), made_by[name])
            for name in ("generator", "blender")
            if made_by.get(name, "") not in NOT_TOLD
        ]
        rows.append(("Identity", origin.identity))
    return rows


def arrays(card: Card) -> list[tuple[str, str, str]]:
    """The arrays of labels.npz in datasets of this kind: name, dtype, shape."""
    kinds = set(card.statistics.kinds)
    return [
        (label.name, label.dtype, f"({', '.join(map(str, label.shape))}{',' * (len(label.shape) == 1)})")
        for label in LABELS
        if kinds & set(label.kinds)
    ]


def numbers(histogram: Histogram) -> tuple[str, str, str]:
    """Least, median and most of a histogram, with the unit."""
    values = (histogram.least, histogram.median, histogram.most)
    least, median, most = (value_text(value, histogram.unit) for value in values)
    return least, median, most


def making(card: Card) -> list[tuple[str, str]]:
    """How many files and attempts were taken and rejected."""
    rows = []
    if card.intake:
        rows.append(("Files of objects accepted", f"{card.intake.accepted:,}"))
        rows.append(("Files of objects rejected", f"{card.intake.rejected:,}"))
    attempts = card.statistics.attempts
    if attempts:
        verdicts = attempts.accepted + attempts.rejected
        share = percent(attempts.accepted / (verdicts or 1))
        rows.append(("Attempts at clips accepted", f"{attempts.accepted:,} of {verdicts:,} ({share})"))
    if card.origin and card.origin.unrenderable:
        rows.append(("Clips of which an attempt could not be rendered", f"{card.origin.unrenderable:,}"))
    return rows


def read_plain(card: Card) -> str:
    """How to read the shards of the first split with webdataset alone."""
    return _READ_PLAIN % next((split for split in SPLITS if split in card.statistics.splits), "train")
