"""Windows of frames out of a cache, each a few ranges of bytes."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dataset_tools import tar
from dataset_tools.errors import FormatError, located
from dataset_tools.index import IndexEntry, index_path, read_index
from dataset_tools.reader import Dataset
from train.example import Labels
from train.latents.arrays import HEADER_BYTES, read_header
from train.latents.find import read_record
from train.latents.fingerprint import Target
from train.latents.folder import Folder
from train.latents.labels import row_length, unpack
from train.latents.ranges import Range, Ranges
from train.latents.record import CacheRecord

STRENGTH = "noise_strength.npy"
TYPES = {STRENGTH: "<f4", "labels.npy": "<f8"}
"""Types of members; those of all others are float16."""


@dataclass(frozen=True)
class Window:
    """F frames in a row of one clip.

    Attributes:
        moments: (F,2C,h,w) float16, means and log variances of the target's latents.
        image_latents: (C,h,w) float16, of the first of these frames with noise, not scaled.
        noise_strength: of that noise.
        embedding: (D,) float16, of the first of these frames; None where the model has no image encoder.
    """

    key: str
    start: int
    moments: NDArray[np.float16]
    image_latents: NDArray[np.float16]
    noise_strength: float
    embedding: NDArray[np.float16] | None
    labels: Labels


class LatentCache:
    """The cache `hash` (of `find_cache`) of a dataset or of a part of it. Picklable.

    Raises NoLatentsError for one that is unfinished or stale, FormatError for one that is damaged.
    """

    def __init__(self, dataset: Dataset, hash: str, caches: str | None = None) -> None:
        self.folder, self.record = read_record(dataset, hash, caches)
        self._keys = tuple(int(key) for key in dataset.keys)
        self._ranges = Ranges(self.folder)
        self._most_objects: int = self.record.preprocessing["most_objects"]
        self._read_indices()
        if missing := sorted(set(self._keys) - self._rows.keys()):
            raise FormatError(f"{self.folder.url} lacks clip {missing[0]:08d}; run posetraj cache-latents again")

    @property
    def has_embeddings(self) -> bool:
        """Whether windows have embeddings."""
        return "embedding.npy" in self.record.members

    def __len__(self) -> int:
        return len(self._keys)

    def frames(self, clip: int | str) -> int:
        """Frames of a clip, by its place in the dataset or its key."""
        _, key, places = self._find(clip)
        return self._frames(key, places)

    def window(self, clip: int | str, start: int, frames: int, target: Target = "plain") -> Window:
        """Read `frames` frames of a clip, by its place in the dataset or its key, from frame `start` on.

        Raises FormatError, with the clip's name, where it is damaged or ends before.
        """
        shard, key, places = self._find(clip)
        with located(f"{self.folder.url}/{shard}, clip {key}"):
            return self._window(shard, key, places, start, frames, f"{target}.npy")

    def close(self) -> None:
        """Close the files; the next window opens them again."""
        self._ranges.close()

    def _window(self, shard: str, key: str, places: dict[str, Range], start: int, frames: int, target: str) -> Window:
        if target not in places:
            raise FormatError(f"it has no {target}; run posetraj cache-latents with --targets {target[:-4]}")
        total = self._frames(key, places)
        if not 0 <= start <= total - frames or frames < 1:
            raise FormatError(f"it has {total} frames; frames {start} to {start + frames - 1} were asked for")
        rows = {target: frames, "image.npy": 1, STRENGTH: 1, "embedding.npy": 1, "labels.npy": frames}
        rows = {name: count for name, count in rows.items() if name in places}
        ranges = chain.from_iterable(_ranges(name, places[name], total, start, count) for name, count in rows.items())
        read = iter(self._ranges.read(shard, list(ranges)))
        found = {
            name: _rows(key, name, places[name], total, count, next(read), next(read)) for name, count in rows.items()
        }
        self._check_shapes(found, target)
        return Window(
            key,
            start,
            found[target],
            found["image.npy"][0],
            float(found[STRENGTH][0]),
            found["embedding.npy"][0] if "embedding.npy" in found else None,
            unpack(found["labels.npy"], self._most_objects),
        )

    def _check_shapes(self, found: dict[str, NDArray], target: str) -> None:
        """The members of a clip fit each other; arrays are the rows that were read."""
        (_, channels, *grid), image = found[target].shape, found["image.npy"].shape[1:]
        labels, embedding = found["labels.npy"].shape[1:], found.get("embedding.npy", np.empty((1, 0)))
        fits = image == (channels // 2, *grid) and labels == (row_length(self._most_objects),)
        if not fits or embedding.ndim != 2 or found[STRENGTH].ndim != 1:
            shapes = ", ".join(f"{name} {array.shape[1:]}" for name, array in found.items())
            raise FormatError(f"its arrays do not fit each other ({shapes}); run posetraj cache-latents again")

    def _find(self, clip: int | str) -> tuple[str, str, dict[str, Range]]:
        """Shard, key and where members lie."""
        if isinstance(clip, str):
            number = int(clip) if clip.isdecimal() and len(clip) == 8 else -1
        else:
            number = self._keys[clip]
        if number not in self._rows:
            raise FormatError(f"{self.folder.url} has no clip {clip!r:.80}; its clips are those of the dataset")
        row = self._rows[number]
        offsets = self._offsets[row].tolist()
        places = dict(zip(self.record.members, map(tuple, offsets), strict=True))
        return self.record.shards[self._shards[row]].name, f"{number:08d}", places

    def _frames(self, key: str, places: dict[str, Range]) -> int:
        """Frames by the size of the strengths, which are one number each."""
        body = places[STRENGTH][1] - HEADER_BYTES
        if body <= 0 or body % 4:
            raise FormatError(f"{key}.{STRENGTH} has {body + HEADER_BYTES} bytes; run posetraj cache-latents again")
        return body // 4

    def _read_indices(self) -> None:
        """Where each clip's members lie, in arrays: a dataset has many clips."""
        shards, numbers, offsets = [], [], []
        for place, (shard, entries) in enumerate(
            zip(self.record.shards, _indices(self.folder, self.record), strict=True)
        ):
            with located(f"{self.folder.url}/{index_path(shard.name)}"):
                if len(entries) != shard.clips:
                    raise FormatError(
                        f"it lists {len(entries)} clips where {shard.clips} belong; run posetraj cache-latents again"
                    )
                for entry in entries:
                    if tuple(entry.members) != self.record.members:
                        raise FormatError(
                            f"clip {entry.key} has other members than {', '.join(self.record.members)}; "
                            f"run posetraj cache-latents again"
                        )
                    shards.append(place)
                    numbers.append(int(entry.key))
                    offsets.append(tuple(entry.members.values()))
        self._shards = np.array(shards, np.int32)
        self._offsets = np.array(offsets, np.int64).reshape(-1, len(self.record.members), 2)
        self._rows = {number: row for row, number in enumerate(numbers)}


def _indices(folder: Folder, record: CacheRecord) -> list[tuple[IndexEntry, ...]]:
    """The index of each shard, fetched together."""
    names = [index_path(shard.name) for shard in record.shards]
    found = folder.filesystem.cat_ranges([folder.path(name) for name in names], None, None, on_error="return")
    indices = []
    for name, shard, data in zip(names, record.shards, found, strict=True):
        with located(f"{folder.url}/{name}"):
            if isinstance(data, FileNotFoundError):
                raise FormatError("it is missing; run posetraj cache-latents again") from data
            if isinstance(data, Exception):
                raise data
            indices.append(read_index(data, shard.bytes))
    return indices


def _ranges(name: str, place: Range, total: int, start: int, count: int) -> tuple[Range, Range]:
    """Where the headers of a member lie, tar's and npy's, and where `count` of its rows from `start` on."""
    offset, size = place
    row_bytes, rest = divmod(size - HEADER_BYTES, total)
    if row_bytes <= 0 or rest:
        raise FormatError(f"{name} has {size} bytes, which are no {total} rows; run posetraj cache-latents again")
    first = offset + HEADER_BYTES + start * row_bytes
    return (offset - tar.BLOCK, offset + HEADER_BYTES), (first, first + count * row_bytes)


def _rows(
    key: str, name: str, place: Range, total: int, count: int, head: NDArray[np.uint8], body: NDArray[np.uint8]
) -> NDArray:
    """The rows in `body`, once the headers say what the index says."""
    head = head.tobytes()
    with located(name):
        if not _is_header_of(head, f"{key}.{name}", place[1]):
            tar.parse_header(head[: tar.BLOCK])  # says what is wrong with one that is damaged
            raise FormatError("the index points to something else; run posetraj cache-latents again")
        layout = read_header(head[tar.BLOCK :])
        size = HEADER_BYTES + layout.rows * layout.row_bytes
        if layout.dtype != TYPES.get(name, "<f2") or layout.rows != total or size != place[1]:
            raise FormatError(
                f"it says {layout.dtype} {(layout.rows, *layout.row_shape)}, which are not its {place[1]} bytes of "
                f"{total} frames; run posetraj cache-latents again"
            )
    return body.view(layout.dtype).reshape(count, *layout.row_shape)


def _is_header_of(head: bytes, name: str, size: int) -> bool:
    """Whether tar's header is of that file; a hundred times faster than to parse it."""
    return head[:100].rstrip(b"\0") == name.encode() and head[124:136] == b"%011o\0" % size
