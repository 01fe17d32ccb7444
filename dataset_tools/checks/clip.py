"""One clip through every check that its members allow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_tools import npz, video
from dataset_tools.checks import depth, flow, masks, motion, normals, outlines, poses, projections, tracks
from dataset_tools.checks.arrays import Sizes, check_fields
from dataset_tools.checks.container import check_container
from dataset_tools.checks.data import ClipData
from dataset_tools.checks.meta import check_meta
from dataset_tools.checks.report import ClipReport, Fault, merge
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.schema import KINDS, LABELS, MEMBERS

_CAMERA = ("intrinsics", "world_from_camera")
_POSES = (*_CAMERA, "world_from_object")
_BOXES = (*_POSES, "box_size")
_TRACKS = (*_POSES, "track_object", "track_points", "track_px")
_SHOWN = ("track_px", "track_visible", "track_object", "masks")


@dataclass(frozen=True)
class Check:
    """A check and what it needs: kinds of dataset, and arrays that must be there and sound."""

    run: Callable[[ClipData], ClipReport]
    needs: tuple[str, ...]
    kinds: tuple[str, ...] = ("synthetic",)

    def applies(self, data: ClipData) -> bool:
        return data.kind in self.kinds and data.has(*self.needs)


CHECKS: tuple[Check, ...] = (
    Check(poses.check_timestamps, ("timestamps",), KINDS),
    Check(poses.check_intrinsics, ("intrinsics",), KINDS),
    Check(poses.check_rotations, ("world_from_camera",), KINDS),
    Check(poses.check_box_size, ("box_size",)),
    Check(poses.check_in_front, _POSES),
    Check(poses.check_boxes_disjoint, _BOXES),
    Check(projections.check_corners, ("world_from_object", "box_size", "box_corners_world")),
    Check(projections.check_corner_projections, (*_BOXES, "box_corners_px", "box_corners_depth")),
    Check(projections.check_centers, (*_POSES, "center_px", "center_depth")),
    Check(projections.check_track_projections, _TRACKS),
    Check(masks.check_frames_seen, ("masks",)),
    Check(masks.check_box2d, ("masks", "box2d"), KINDS),
    Check(masks.check_visibility, ("masks", "box2d", "silhouette2d", "visible_fraction", "box_corners_px")),
    Check(masks.check_masks_in_boxes, (*_BOXES, "masks", "silhouette2d")),
    Check(tracks.check_points_in_boxes, ("box_size", "track_object", "track_points")),
    Check(tracks.check_visible_in_frame, ("track_px", "track_visible"), KINDS),
    Check(tracks.check_tracks_on_masks, _SHOWN),
    Check(tracks.check_track_order, (*_TRACKS, "box_size", "track_visible")),
    Check(tracks.check_tracks_at_depth, (*_TRACKS, "track_visible", "depth")),
    Check(tracks.check_tracks_on_surface, (*_TRACKS, "masks", "track_visible", "depth")),
    Check(tracks.check_tracks_before_depth, (*_TRACKS, "track_visible", "depth")),
    Check(depth.check_depth_values, ("masks", "depth")),
    Check(depth.check_depth_in_boxes, (*_BOXES, "masks", "depth")),
    Check(depth.check_rigid_surfaces, (*_POSES, "masks", "depth")),
    Check(depth.check_floor, (*_CAMERA, "masks", "depth")),
    Check(normals.check_normals_unit, ("intrinsics", "normals")),
    Check(normals.check_normals_follow_depth, ("intrinsics", "masks", "depth", "normals")),
    Check(flow.check_flow, (*_POSES, "masks", "depth", "flow")),
    Check(outlines.check_outlines, ("video", "masks")),
    Check(motion.check_background, (*_CAMERA, "masks", "video")),
    Check(motion.check_repeats, ("track_px", "track_visible", "masks", "video")),
)


def check_clip(clip: Clip) -> ClipReport:
    """Every check of one clip, from its files as written.

    The figures have finite values under the names that `meta.qa` uses; which ones there are depends on the members
    alone. A member that cannot be read is a fault; checks that need it are left out. Raises nothing that a bad
    file causes.
    """
    faults: list[Fault] = []
    meta = _read(lambda: clip.meta, faults)
    if meta is None:
        return ClipReport(faults=tuple(faults))
    report = check_meta(meta, clip.key, clip.split)
    if report.faults:
        return report
    sizes = Sizes(meta["frames"], len(meta["objects"]), meta["height"], meta["width"])
    arrays: dict[str, NDArray] = {}
    for member in MEMBERS:
        if member.name not in clip.members:
            if meta["kind"] in member.required:
                faults.append(Fault("members", f"the clip has no {member.name}"))
            continue
        fields = LABELS if member.name == "labels.npz" else (member.array,) if member.array else ()
        if fields:
            found = _read(lambda name=member.name: npz.load(clip.read(name)), faults, member.name)
            if found is not None:
                sound, problems = check_fields(found, fields, member.name, meta["kind"], sizes)
                arrays |= sound
                faults += problems
    arrays |= _video(clip, meta, sizes, faults)
    data = ClipData(
        kind=meta["kind"], frames=sizes.frames, fps=meta["fps"], height=sizes.height, width=sizes.width,
        objects=sizes.objects, arrays=arrays,
    )  # fmt: skip
    data, owners = _with_sound_indices(data)
    with np.errstate(all="ignore"):  # damaged values are faults, not warnings
        reports = [check.run(data) for check in CHECKS if check.applies(data)]
    return merge([ClipReport(faults=tuple(faults)), owners, *reports])


def _video(clip: Clip, meta: Mapping[str, Any], sizes: Sizes, faults: list[Fault]) -> dict[str, NDArray]:
    """The decoded video by the name `video`, if its file is there and sound; faults of the file are added."""
    if "video.mp4" not in clip.members:
        return {}
    encoded = _read(lambda: clip.read("video.mp4"), faults)
    facts = None if encoded is None else _read(lambda: video.probe(encoded), faults, "video.mp4")
    if facts is None:
        return {}
    faults += check_container(facts, sizes.frames, meta["fps"], sizes.width, sizes.height).faults
    if (facts.frames, facts.height, facts.width) != (sizes.frames, sizes.height, sizes.width):
        return {}
    frames = _read(lambda: video.decode(encoded), faults, "video.mp4")
    if frames is None or len(frames) != sizes.frames:
        if frames is not None:
            faults.append(Fault("video", f"video.mp4 decodes to {len(frames)} frames; expected {sizes.frames}"))
        return {}
    return {"video": frames}


def _with_sound_indices(data: ClipData) -> tuple[ClipData, ClipReport]:
    """The data without masks and track owners that name absent objects, and the faults of those."""
    reports, dropped = [], set()
    for name, check in (("masks", masks.check_mask_values), ("track_object", tracks.check_track_owners)):
        if data.has(name) and (report := check(data)).faults:
            reports.append(report)
            dropped.add(name)
    kept = {name: array for name, array in data.arrays.items() if name not in dropped}
    return replace(data, arrays=kept), merge(reports)


def _read(read: Callable[[], Any], faults: list[Fault], where: str = "") -> Any:
    """What `read` returns, or None and a fault where the file does not allow it."""
    try:
        return read()
    except (FormatError, OSError, ValueError) as error:
        prefix = f"{where}: " if where else ""
        faults.append(Fault("unreadable", f"{prefix}{error}"))
        return None
