"""Draw a clip's spec: a pure function of (config, objects, clip, attempt)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blender_gen.cameras import draw_camera
from blender_gen.config import DatasetConfig
from blender_gen.disjoint import boxes_stay_apart
from blender_gen.objects import ObjectRecord
from blender_gen.rng import generator, stratified_choice
from blender_gen.scenes import draw_scene
from blender_gen.spec import ClipSpec, ObjectSpec
from blender_gen.trajectories import TrajectorySpec, draw_trajectory
from dataset_tools.errors import PoseTrajError
from dataset_tools.geometry import box_corners, transform
from dataset_tools.splits import split_of

SUB_FRAMES = 16
PLACEMENT_TRIES = 200
OBJECTS_REDRAWN_FROM_ATTEMPT = 3
CLEARANCE_M = 0.02
SPREAD_M = 1.0
PATH_SCALE = (0.5, 1.0)  # paths a little smaller than the families draw them, so that objects fill the frame
FREE_FACINGS = {"free_spin": 3.0, "fixed": 2.0}
FLYING_CATEGORY = "aircraft"


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
    records = _draw_records(generator(seed, "objects", clip, object_draw), pools[split], count)
    rng = generator(seed, "clip", clip, attempt)
    duration_s = (config.render.frames - 1) / config.render.fps
    trajectories = _draw_trajectories(rng, config, records, families, duration_s)
    times = np.arange(config.render.frames) / config.render.fps
    swept = np.concatenate(
        [
            transform(trajectory.build(duration_s).pose(times)[:, None], box_corners(record.box_size))
            for record, trajectory in zip(records, trajectories, strict=True)
        ],
        axis=1,
    )
    camera = draw_camera(rng, motion, swept, times, config.render.width, config.render.height, config.margin)
    environment = _weighted(rng, config.environments)
    floor = _weighted(rng, config.floors)
    return ClipSpec(
        seed=seed,
        clip=clip,
        attempt=attempt,
        split=split,
        render=config.render,
        track_points=config.track_points,
        objects=tuple(map(_object_spec, records, trajectories)),
        camera=camera,
        scene=draw_scene(rng, environment, floor),
    )


def _draw_records(rng: np.random.Generator, pool: Sequence[ObjectRecord], count: int) -> list[ObjectRecord]:
    ordered = sorted(pool, key=lambda record: record.sha256)
    if count <= len(ordered):
        return [ordered[index] for index in rng.permutation(len(ordered))[:count]]
    return [ordered[index] for index in rng.integers(len(ordered), size=count)]


def _draw_trajectories(
    rng: np.random.Generator,
    config: DatasetConfig,
    records: Sequence[ObjectRecord],
    families: Sequence[str],
    duration_s: float,
) -> list[TrajectorySpec]:
    """Draw paths that keep the boxes apart at sub-frames, one after the other."""
    sub_times = np.linspace(0, duration_s, SUB_FRAMES * (config.render.frames - 1) + 1)
    sizes = [record.box_size for record in records]
    drawn: list[TrajectorySpec] = []
    poses: list[np.ndarray] = []
    for _ in range(PLACEMENT_TRIES):
        record = records[len(drawn)]
        spec = draw_trajectory(
            rng,
            families[len(drawn)],
            record.box_size,
            facings=config.facings if record.front_known else FREE_FACINGS,
            speeds=config.speeds,
            flies=record.category == FLYING_CATEGORY,
            path_scale=float(rng.uniform(*PATH_SCALE)),
        )
        offset = SPREAD_M * np.sqrt(len(records) - 1) * rng.uniform(-1, 1, size=2)
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


def _weighted(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = sorted(weights)
    shares = np.array([weights[name] for name in names], dtype=np.float64)
    return str(rng.choice(names, p=shares / shares.sum()))
