"""Flow against the flow that depth, masks and poses give."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.depth import FLOAT16_HALF_STEP
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.flow import flow_from_depth

FLOW_TOLERANCE_PX = 0.02
FLOW_SHARE = 0.005


def check_flow(data: ClipData) -> ClipReport:
    """Flow is what `flow_from_depth` gives, in 99.5 % of the pixels of every step.

    Flow was made from float32 depth and stored as float16; the depth at hand has float16's rounding too, whose
    effect, where it matters, is measured by moving the depth by half a step.
    """
    depth = data["depth"].astype(np.float32)
    off, wrong = _compare(data, depth, slice(None), 0.0)
    suspect = np.flatnonzero(wrong.mean(axis=(1, 2)) > FLOW_SHARE)
    for t in suspect:
        steps = slice(t, t + 1)
        moved = _expected(data, depth * np.float32(1 + FLOAT16_HALF_STEP), steps)
        effect = np.abs(moved - _expected(data, depth, steps))
        off[steps], wrong[steps] = _compare(data, depth, steps, 1.5 * effect)
    share = wrong.mean(axis=(1, 2))
    if not (share > FLOW_SHARE).any():
        return ClipReport()
    known = off[wrong & ~np.isnan(off)]
    median = np.median(known) if len(known) else np.nan
    message = (
        f"flow is not what depth, masks and poses give for {share.max():.1%} of the pixels (off by {median:.2g} px, "
        f"median) in {frames_text(np.flatnonzero(share > FLOW_SHARE))}"
    )
    return ClipReport(faults=(Fault("flow", message),))


def _expected(data: ClipData, depth: NDArray, steps: slice) -> NDArray[np.float32]:
    """Flow (S,H,W,2) of some steps between frames."""
    start, stop, _ = steps.indices(data.frames - 1)
    frames = slice(start, stop + 1)
    names = ("intrinsics", "world_from_camera", "world_from_object")
    return flow_from_depth(depth[frames], data["masks"][frames], *(data[name][frames] for name in names))


def _compare(
    data: ClipData, depth: NDArray, steps: slice, slack: NDArray | float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Difference (S,H,W) in px of stored and expected flow, NaN where either is; and where it is not allowed."""
    found, expected = data["flow"][steps].astype(np.float32), _expected(data, depth, steps)
    off = np.abs(found - expected)
    allowed = FLOW_TOLERANCE_PX + 2 * FLOAT16_HALF_STEP * np.abs(expected) + slack
    beyond = off > allowed
    unlike = np.isnan(found[..., 0]) != np.isnan(expected[..., 0])
    return np.maximum(off[..., 0], off[..., 1]), beyond[..., 0] | beyond[..., 1] | unlike
