"""Time, cameras, poses and boxes taken alone: what must hold of the numbers before any of them is combined."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.geometry import rotation_errors
from dataset_tools.schema import NEAR

ROTATION_TOLERANCE = 1e-6
TIME_TOLERANCE_S = 1e-6
INTRINSICS_TOLERANCE_PX = 1e-6
OVERLAP_TOLERANCE_M = 1e-6
"""Boxes that touch are disjoint; float64 poses leave rounding far under this."""


def check_timestamps(data: ClipData) -> ClipReport:
    """Times rise; in synthetic clips by 1 / fps from frame to frame."""
    steps = np.diff(data["timestamps"])
    if data.kind == "synthetic":
        wrong = np.abs(steps - 1.0 / data.fps) > TIME_TOLERANCE_S
        expected = f"1/{data.fps:g} s"
    else:
        wrong, expected = steps <= 0, "more than 0 s"
    if not wrong.any():
        return ClipReport()
    first = int(np.flatnonzero(wrong)[0])
    message = f"timestamps grow by {steps[first]:.6g} s from frame {first} to {first + 1}; expected {expected}"
    return ClipReport(faults=(Fault("timestamps", message),))


def check_intrinsics(data: ClipData) -> ClipReport:
    """Square pixels, no skew, the axis through the middle of the image."""
    found = data["intrinsics"]
    focal = found[:, 0, 0]
    expected = np.zeros_like(found)
    expected[:, 0, 0] = expected[:, 1, 1] = focal
    expected[:, 0, 2], expected[:, 1, 2], expected[:, 2, 2] = data.width / 2.0, data.height / 2.0, 1.0
    wrong = (np.abs(found - expected).max(axis=(1, 2)) > INTRINSICS_TOLERANCE_PX * (1 + np.abs(focal))) | (focal <= 0)
    if not wrong.any():
        return ClipReport()
    t = int(np.flatnonzero(wrong)[0])
    message = (
        f"intrinsics of {frames_text(np.flatnonzero(wrong))} are not [[f,0,{data.width / 2:g}],"
        f"[0,f,{data.height / 2:g}],[0,0,1]] with one f over 0; frame {t} has "
        f"{np.array2string(found[t], precision=6, separator=',')}"
    )
    return ClipReport(faults=(Fault("intrinsics", " ".join(message.split())),))


def check_rotations(data: ClipData) -> ClipReport:
    """Poses are rigid: orthonormal rotations with determinant +1, last row 0 0 0 1. Figure `rotation_error`."""
    worst, faults = 0.0, []
    for name in ("world_from_camera", "world_from_object"):
        if not data.has(name):
            continue
        poses = data[name]
        gram_error, det_error = rotation_errors(poses)
        error = np.maximum(gram_error, det_error)
        error = np.maximum(error, np.abs(poses[..., 3, :] - [0.0, 0.0, 0.0, 1.0]).max(axis=-1))
        worst = max(worst, float(error.max(initial=0.0)))
        wrong = error > ROTATION_TOLERANCE
        if wrong.any():
            message = (
                f"{name} is no rigid pose in {frames_text(np.nonzero(wrong)[0])}: off by {error.max():.2g} from a "
                f"rotation with determinant +1 and the last row 0 0 0 1, where {ROTATION_TOLERANCE:g} is allowed"
            )
            faults.append(Fault("rotations", message))
    return ClipReport({"rotation_error": worst}, tuple(faults))


def check_box_size(data: ClipData) -> ClipReport:
    """Boxes have a size over 0 along two axes at least (a sheet has no thickness)."""
    size = data["box_size"]
    wrong = (size < 0).any(axis=1) | ((size > 0).sum(axis=1) < 2)
    faults = tuple(
        Fault("box_size", f"{data.name(n)} has the box size {size[n].tolist()}; edges are over 0 m")
        for n in np.flatnonzero(wrong)
    )
    return ClipReport(faults=faults)


def check_in_front(data: ClipData) -> ClipReport:
    """Every object's centre lies in front of the camera in every frame."""
    depth = data.camera_from_object[..., 2, 3]  # (T,N)
    faults = [
        Fault(
            "in_front",
            f"by the poses, {data.name(n)} lies at or behind the camera in {frames_text(np.flatnonzero(behind))} "
            f"(depth {depth[behind, n].min():.3g} m); its centre is more than {NEAR} m in front in every frame",
        )
        for n, behind in enumerate((depth <= NEAR).T)
        if behind.any()
    ]
    return ClipReport(faults=tuple(faults))


def check_boxes_disjoint(data: ClipData) -> ClipReport:
    """Boxes of different objects never overlap. Figure `boxes_disjoint`: 1 if so, else 0."""
    faults = []
    for a, b in combinations(range(data.objects), 2):
        gap = box_gaps(data["world_from_object"][:, a], data["box_size"][a],
                       data["world_from_object"][:, b], data["box_size"][b])  # fmt: skip
        overlap = gap < -OVERLAP_TOLERANCE_M
        if overlap.any():
            message = (
                f"the boxes of objects {a} and {b} overlap in {frames_text(np.flatnonzero(overlap))}, by "
                f"{-gap.min():.3g} m along the axis where they overlap least"
            )
            faults.append(Fault("boxes_disjoint", message))
    return ClipReport({"boxes_disjoint": 0.0 if faults else 1.0}, tuple(faults))


def box_gaps(world_from_a: NDArray, size_a: NDArray, world_from_b: NDArray, size_b: NDArray) -> NDArray[np.float64]:
    """Widest gap (T,) in metres between two boxes over the 15 separating axes, negative where they overlap.

    Poses are (T,4,4), sizes (3,). Two convex boxes are disjoint exactly where one of the face normals or of the
    cross products of their edges separates them (Gottschalk et al., OBBTree, 1996).
    """
    axes_a = np.swapaxes(world_from_a[:, :3, :3], 1, 2)  # (T,3 axes,3)
    axes_b = np.swapaxes(world_from_b[:, :3, :3], 1, 2)
    crosses = np.cross(axes_a[:, :, None], axes_b[:, None, :]).reshape(-1, 9, 3)
    length = np.linalg.norm(crosses, axis=-1, keepdims=True)
    crosses = np.where(length > 1e-9, crosses / np.maximum(length, 1e-9), axes_a[:, :1])
    axes = np.concatenate([axes_a, axes_b, crosses], axis=1)  # (T,15,3)
    between = np.abs(np.einsum("tkc,tc->tk", axes, world_from_b[:, :3, 3] - world_from_a[:, :3, 3]))
    reach_a = np.abs(np.einsum("tkc,tjc->tkj", axes, axes_a)) @ (size_a / 2)
    reach_b = np.abs(np.einsum("tkc,tjc->tkj", axes, axes_b)) @ (size_b / 2)
    return (between - reach_a - reach_b).max(axis=1)
