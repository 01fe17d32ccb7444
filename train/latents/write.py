"""Make a cache, a shard at a time; what a run that was stopped has finished is kept."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from itertools import islice

from dataset_tools.errors import FormatError
from dataset_tools.index import IndexEntry, index_path
from dataset_tools.manifest import Manifest, ShardRecord
from dataset_tools.progress import Progress
from dataset_tools.reader import Dataset
from dataset_tools.shards import add_member
from train.latents.arrays import to_npy
from train.latents.encode import Encoder
from train.latents.fingerprint import ModelPrint, Preprocessing, cache_hash
from train.latents.folder import Folder
from train.latents.prepare import Prepared, prepare_all
from train.latents.record import RECORD_NAME, CachedShard, CacheRecord, from_json, manifest_of, shard_from, to_json

WORK = ".work"
LIBRARIES = ("diffusers", "torch", "transformers")


@dataclass(frozen=True)
class Made:
    """What a run did: the finished cache, where it lies, and how many of its clips were made now."""

    record: CacheRecord
    folder: Folder
    clips: int


def write_cache(
    dataset: Dataset,
    model: ModelPrint,
    preprocessing: Preprocessing,
    encoder: Encoder,
    caches: str | None = None,
    workers: int = 0,
) -> Made:
    """Make the cache of a dataset, or what of it is missing.

    Shards that were made of shards which the dataset still has are kept. The record is written last.

    Args:
        caches: where caches lie, the dataset's own `latents` if None.
        workers: threads that read clips ahead.

    Raises:
        PoseTrajError: a clip cannot be read or encoded, or nothing can be written there.
    """
    manifest = manifest_of(dataset)
    folder = Folder(f"{caches or dataset.url + '/latents'}/{cache_hash(model, preprocessing)}")
    folder.check_writable()
    folder.clear_unfinished()
    record = _finished(folder)
    if record is not None and not record.changed_shards(manifest) and _all_there(folder, record.shards):
        return Made(record, folder, 0)
    done = _taken_over(folder, record, manifest)
    missing = [(split, shard) for split, shard in manifest.shards if shard.name not in done]
    clips = sum(shard.clips for _, shard in missing)
    progress = Progress(manifest_clips(manifest), manifest_clips(manifest) - clips, "latents")
    try:
        for made in _shards(dataset, missing, preprocessing, encoder, folder, workers, progress):
            done[made.name] = made
    finally:
        progress.close()
    record = CacheRecord(
        hash=cache_hash(model, preprocessing),
        model=asdict(model),
        preprocessing=preprocessing.table(),
        made_with={name: version(name) for name in LIBRARIES},
        members=encoder.members,
        shards=tuple(done[shard.name] for _, shard in manifest.shards),
    )
    folder.write(RECORD_NAME, to_json(record))
    _tidy(folder, record)
    return Made(record, folder, clips)


def manifest_clips(manifest: Manifest) -> int:
    """Clips of all splits."""
    return sum(shard.clips for _, shard in manifest.shards)


def _finished(folder: Folder) -> CacheRecord | None:
    data = folder.read(RECORD_NAME)
    if data is None:
        return None
    try:
        return from_json(data)
    except FormatError:
        return None


def _all_there(folder: Folder, shards: tuple[CachedShard, ...]) -> bool:
    lying = _lying(folder)
    return all(lying.get(shard.name) == shard.bytes for shard in shards)


def _lying(folder: Folder) -> dict[str, int]:
    """Names and bytes of the shards that lie there with their indices."""
    indices = folder.inside("index").sizes()
    return {name: size for name, size in folder.sizes().items() if name.removesuffix(".tar") + ".jsonl" in indices}


def _taken_over(folder: Folder, record: CacheRecord | None, manifest: Manifest) -> dict[str, CachedShard]:
    """The shards that can stay. From here on `.work` alone says which those are: there is no finished cache."""
    work = folder.inside(WORK)
    for shard in record.shards if record else ():
        work.write(f"{shard.name}.json", json.dumps(asdict(shard)).encode())
    folder.remove(RECORD_NAME)
    found = {}
    noted, lying = work.sizes(), _lying(folder)
    for split, shard in manifest.shards:
        try:
            data = work.read(f"{shard.name}.json") if f"{shard.name}.json" in noted else None
            cached = shard_from(json.loads(data)) if data else None
        except (ValueError, KeyError, TypeError):
            cached = None
        if cached and cached.is_of(split, shard) and lying.get(shard.name) == cached.bytes:
            found[shard.name] = cached
    work.remove(*(name for name in noted if name.removesuffix(".json") not in found))
    return found


def _shards(
    dataset: Dataset,
    missing: list[tuple[str, ShardRecord]],
    preprocessing: Preprocessing,
    encoder: Encoder,
    folder: Folder,
    workers: int,
    progress: Progress,
) -> Iterator[CachedShard]:
    whole = Dataset(dataset.url)  # the caller's may be a part of it
    entries: dict[str, list[IndexEntry]] = {shard.name: [] for _, shard in missing}
    places = []
    for place, clip in enumerate(whole):
        if clip.shard in entries:
            entries[clip.shard].append(clip.index_entry)
            places.append(place)
    prepared = prepare_all(whole, places, preprocessing, encoder.has_image_encoder, workers)
    for split, source in missing:
        lines = entries[source.name]
        made = _shard(source, split, lines, islice(prepared, len(lines)), encoder, folder, progress)
        folder.write(f"{WORK}/{source.name}.json", json.dumps(asdict(made)).encode())
        yield made


def _shard(
    source: ShardRecord,
    split: str,
    lines: list[IndexEntry],
    clips: Iterator[Prepared],
    encoder: Encoder,
    folder: Folder,
    progress: Progress,
) -> CachedShard:
    """Write one shard, then its index."""
    index = []
    with folder.create(source.name) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for line, clip in zip(lines, clips, strict=True):
                arrays = encoder.encode(clip)
                places = {
                    name: add_member(archive, f"{clip.key}.{name}", to_npy(array)) for name, array in arrays.items()
                }
                index.append(replace(line, members=places).to_line())
                progress.advance()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.seek(0, io.SEEK_END)
    folder.write(index_path(source.name), "".join(index).encode())
    return CachedShard(split, source.name, len(index), size, digest, source.sha256)


def _tidy(folder: Folder, record: CacheRecord) -> None:
    """Take away notes of the work, and shards that the dataset no longer has."""
    kept = {shard.name for shard in record.shards}
    work = folder.inside(WORK)
    work.remove(*work.sizes())
    gone = [name for name in folder.sizes() if name.endswith(".tar") and name not in kept]
    folder.remove(*gone, *(index_path(name) for name in gone))
    folder.clear_unfinished()
