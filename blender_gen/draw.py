"""Draw a clip's spec: a pure function of (config, objects, clip, attempt)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from blender_gen.cameras import draw_camera
from blender_gen.config import DatasetConfig
from blender_gen.disjoint import boxes_stay_apart
from blender_gen.objects import ObjectRecord
from blender_gen.rng import generator, stratified_choice, weighted_choice
from blender_gen.scenes import draw_scene
from blender_gen.spec import ClipSpec, ObjectSpec
from blender_gen.trajectories import TrajectorySpec, draw_trajectory
from dataset_tools.errors import PoseTrajError
from dataset_tools.geometry import box_corners, transform
from dataset_tools.splits import split_of

SUB_FRAMES = 16
PLACEMENT_TRIES = 200
WIDER_AFTER_TRIES = 40
OBJECTS_REDRAWN_FROM_ATTEMPT = 3
CLEARANCE_M = 0.02
SPREAD_M = 0.8
PATH_SCALE = (0.35, 0.85)  # paths a little smaller than the families draw them, so that objects fill the frame
FREE_FACINGS = {"free_spin": 3.0, "fixed": 2.0}  # those that need no front, and their weights where none is given
FLYING_CATEGORY = "aircraft"
LONGEST_SIDE_M = (0.6, 1.4)  # of objects that share a clip; one alone measures 1 m


class CannotPlace(PoseTrajError):
    """The objects of a clip found no paths that keep their boxes apart."""


def clip_spec(config: DatasetConfig, pools: dict[str, Sequence[ObjectRecord]], clip: int, attempt: int) -> ClipSpec:
    """Return the spec of one attempt at one clip.

    The split, trajectory families, camera motion and number of objects depend on (seed, clip) alone and are
    stratified over the clips; the rest is drawn anew for every attempt, the objects from the fourth attempt on.

    Args:
        pools: accepted objects of each split.
    """
    seed = config.seed
    split = split_of(seed, clip, config.splits)
    count = int(stratified_choice(seed, "objects_per_clip", clip, config.objects_per_clip))
    motion = stratified_choice(seed, "camera", clip, config.cameras)
    families = [stratified_choice(seed, f"family{number}", clip, config.families) for number in range(count)]
    object_draw = attempt if attempt >= OBJECTS_REDRAWN_FROM_ATTEMPT else 0
    records = _draw_records(generator(seed, "objects", clip, object_draw), pools[split], count, config.sources)
    rng = generator(seed, "clip", clip, attempt)
    if count > 1:
        records = [_scaled(record, float(np.exp(rng.uniform(*np.log(LONGEST_SIDE_M))))) for record in records]
    duration_s = (config.render.frames - 1) / config.render.fps
    trajectories = _draw_trajectories(rng, config, records, families, duration_s)
    times = np.linspace(0, duration_s, 2 * config.render.frames - 1)  # between frames too: the picture stays steady
    swept = np.concatenate(
        [
            transform(trajectory.build(duration_s).pose(times)[:, None], box_corners(record.box_size))
            for record, trajectory in zip(records, trajectories, strict=True)
        ],
        axis=1,
    )
    camera = draw_camera(rng, motion, swept, times, config.render.width, config.render.height, config.margin)
    environment = weighted_choice(rng, config.environments)
    floor = weighted_choice(rng, config.floors)
    cameras = camera.build(duration_s, config.render.width, config.render.height).world_from_camera(times)
    scene = draw_scene(
        rng,
        environment,
        floor,
        backdrops=config.backdrops,
        keep_clear=np.concatenate([swept.reshape(-1, 3), cameras[:, :3, 3]]),
        first_camera=cameras[0],
    )
    return ClipSpec(
        seed=seed,
        clip=clip,
        attempt=attempt,
        split=split,
        render=config.render,
        track_points=config.track_points,
        objects=tuple(map(_object_spec, records, trajectories)),
        camera=camera,
        scene=scene,
    )


def _draw_records(
    rng: np.random.Generator, pool: Sequence[ObjectRecord], count: int, sources: Mapping[str, float]
) -> list[ObjectRecord]:
    """Draw objects, different ones as long as there are any: first the source by weight, then one of its objects."""
    left: list[ObjectRecord] = []
    drawn = []
    for _ in range(count):
        left = left or sorted(pool, key=lambda record: record.sha256)
        offered = left
        if sources:
            there = {record.collection for record in left}
            source = weighted_choice(rng, {name: weight for name, weight in sources.items() if name in there})
            offered = [record for record in left if record.collection == source]
        record = offered[int(rng.integers(len(offered)))]
        drawn.append(record)
        left.remove(record)
    return drawn


def _scaled(record: ObjectRecord, factor: float) -> ObjectRecord:
    """Return the object made larger by a factor."""
    rows = np.array(record.object_from_asset)
    rows[:3] *= factor
    return replace(
        record,
        object_from_asset=tuple(tuple(row) for row in rows.tolist()),
        box_size=tuple(float(side * factor) for side in record.box_size),
    )


def _draw_trajectories(
    rng: np.random.Generator,
    config: DatasetConfig,
    records: Sequence[ObjectRecord],
    families: Sequence[str],
    duration_s: float,
) -> list[TrajectorySpec]:
    """Draw paths that keep the boxes apart at sub-frames, one by one, the farther apart the longer it takes."""
    sub_times = np.linspace(0, duration_s, SUB_FRAMES * (config.render.frames - 1) + 1)
    sizes = [record.box_size for record in records]
    drawn: list[TrajectorySpec] = []
    poses: list[np.ndarray] = []
    for tried in range(PLACEMENT_TRIES):
        record = records[len(drawn)]
        spec = draw_trajectory(
            rng,
            families[len(drawn)],
            record.box_size,
            facings=config.facings if record.front_known else _without_front(config.facings),
            speeds=config.speeds,
            flies=record.category == FLYING_CATEGORY,
            path_scale=float(rng.uniform(*PATH_SCALE)),
        )
        spread_m = SPREAD_M * np.sqrt(len(records) - 1) * (1 + tried / WIDER_AFTER_TRIES)
        offset = spread_m * rng.uniform(-1, 1, size=2)
        x, y = (np.array(spec.origin_xy) + offset).tolist()
        spec = replace(spec, origin_xy=(x, y))
        pose = spec.build(duration_s).pose(sub_times)
        if boxes_stay_apart(sizes[: len(drawn) + 1], [*poses, pose], CLEARANCE_M):
            drawn.append(spec)
            poses.append(pose)
        if len(drawn) == len(records):
            return drawn
    names = ", ".join(record.asset_id for record in records)
    raise CannotPlace(f"no paths in {PLACEMENT_TRIES} draws keep the boxes of {names} apart")


def _without_front(facings: Mapping[str, float]) -> Mapping[str, float]:
    """Return the weights of facings for an object whose front is not known."""
    free = {name: weight for name, weight in facings.items() if name in FREE_FACINGS and weight > 0}
    return free or FREE_FACINGS


def _object_spec(record: ObjectRecord, trajectory: TrajectorySpec) -> ObjectSpec:
    return ObjectSpec(
        asset_id=record.asset_id,
        name=record.name,
        category=record.category,
        source=record.source,
        licence=record.licence,
        author=record.author,
        file=record.file,
        sha256=record.sha256,
        front_axis=record.front_axis,
        front_known=record.front_known,
        symmetric=record.symmetric,
        object_from_asset=tuple(tuple(map(float, row)) for row in record.object_from_asset),
        box_size=tuple(map(float, record.box_size)),
        trajectory=trajectory,
    )
