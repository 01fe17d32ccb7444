"""Which cache of a dataset to read, and whether it still is one of that dataset."""

from collections.abc import Iterator

from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.reader import Dataset
from model.image_noise import ImageNoise
from train.latents.fingerprint import ModelPrint, Target
from train.latents.folder import Folder
from train.latents.record import HASH_PATTERN, RECORD_NAME, CacheRecord, as_stored, from_json, manifest_of


class NoLatentsError(PoseTrajError):
    """A dataset has no latents of a model, or none that are still right."""


def caches_of(dataset: Dataset, caches: str | None) -> Folder:
    """The folder where a dataset's caches lie, `caches` unless it is None."""
    return Folder(caches or f"{dataset.url}/latents")


def find_cache(
    dataset: Dataset,
    model: ModelPrint,
    target: Target = "plain",
    most_objects: int = 3,
    noise: ImageNoise | None = None,
    caches: str | None = None,
    only: str = "",
) -> str:
    """Return the hash of the cache that has what is asked for; `only` names one of several that have.

    Raises NoLatentsError where none has, or more than one.
    """
    folder = caches_of(dataset, caches)
    wanted = as_stored({"noise": noise or ImageNoise(), "most_objects": most_objects})
    of_model, fitting = [], []
    for record in _records(folder):
        if only not in ("", record.hash):
            continue
        if record.model == as_stored(model):
            of_model.append(record)
            said = record.preprocessing
            if target in said.get("targets", ()) and all(said.get(name) == value for name, value in wanted.items()):
                fitting.append(record)
    if len(fitting) == 1:
        return fitting[0].hash
    if fitting:
        names = ", ".join(f"{record.hash} ({record.preprocessing.get('dtype')})" for record in fitting)
        raise NoLatentsError(
            f"{folder.url} holds several caches that would do: name one of {names} in its place, "
            f"--caches {folder.url}/{fitting[0].hash}"
        )
    if of_model and noise not in (None, ImageNoise()):
        raise NoLatentsError(
            f"{folder.url} holds latents of this model, but none with the noise {noise.mean:g}, {noise.std:g} on the "
            "condition image, as the recipe's image_noise has it; caches have the default's: leave image_noise or the "
            "latents away"
        )
    if of_model:
        raise NoLatentsError(
            f"{folder.url} holds latents of this model, but none with the target {target} and {most_objects} objects; "
            f"run posetraj cache-latents {dataset.url} with --targets {target} --most-objects {most_objects}"
        )
    raise NoLatentsError(
        f"{folder.url} holds no finished latents of this model ({model}); "
        f"run posetraj cache-latents {dataset.url} --model with this model"
    )


def folder_and_hash(place: str | None) -> tuple[str | None, str]:
    """Split the place of a cache into the folder of caches and its hash, empty where a folder of caches is named."""
    folder, _, last = (place or "").rstrip("/").rpartition("/")
    return (folder, last) if HASH_PATTERN.fullmatch(last) else (place, "")


def read_record(dataset: Dataset, hash: str, caches: str | None = None) -> tuple[Folder, CacheRecord]:
    """Return a cache's folder and record.

    Raises NoLatentsError for one that is not finished, or stale: made of other shards than the dataset has now, or
    with files of another size; FormatError for a damaged record.
    """
    manifest = manifest_of(dataset)
    folder = caches_of(dataset, caches)
    again = f"run posetraj cache-latents {dataset.url} again"
    if not HASH_PATTERN.fullmatch(hash):
        raise NoLatentsError(f"{hash[:80]!r} names no cache; a name is 16 hexadecimal digits")
    folder = folder.inside(hash)
    data = folder.read(RECORD_NAME)
    if data is None:
        raise NoLatentsError(f"{folder.url} has no {RECORD_NAME}: there is no such cache, or it is unfinished; {again}")
    try:
        record = from_json(data)
    except FormatError as error:
        raise FormatError(f"{folder.url}: {error}") from error
    if changed := record.changed_shards(manifest):
        raise NoLatentsError(
            f"the latents in {folder.url} are stale: {_named(changed)} changed since they were made; "
            f"{again}, which makes those shards alone"
        )
    sizes = folder.sizes()
    if broken := [shard.name for shard in record.shards if sizes.get(shard.name) != shard.bytes]:
        raise NoLatentsError(
            f"the latents in {folder.url} are damaged: {_named(broken)} missing or of another size; {again}"
        )
    return folder, record


def _records(folder: Folder) -> Iterator[CacheRecord]:
    """The records of finished caches; what is damaged is none."""
    for name in sorted(folder.sizes()):
        data = folder.inside(name).read(RECORD_NAME) if HASH_PATTERN.fullmatch(name) else None
        if data is None:
            continue
        try:
            yield from_json(data)
        except FormatError:
            continue


def _named(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return names[0] + more
