"""Flow against the flow that depth, masks and poses give."""

import numpy as np

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.depth import FLOAT16_HALF_STEP
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.flow import flow_from_depth

FLOW_TOLERANCE_PX = 0.02
FLOW_SHARE = 0.005


def check_flow(data: ClipData) -> ClipReport:
    """Flow is what `flow_from_depth` gives, in 99.5 % of the pixels of every step.

    Flow was made from float32 depth and stored as float16; the depth at hand has float16's rounding too, whose
    effect is measured by moving the depth by half a step.
    """
    depth = data["depth"].astype(np.float64)
    poses = data["intrinsics"], data["world_from_camera"], data["world_from_object"]
    expected = flow_from_depth(depth, data["masks"], *poses).astype(np.float64)
    moved = flow_from_depth(depth * (1 + FLOAT16_HALF_STEP), data["masks"], *poses)
    found = data["flow"].astype(np.float64)
    with np.errstate(invalid="ignore"):
        allowed = FLOW_TOLERANCE_PX + 2 * FLOAT16_HALF_STEP * np.abs(expected) + 1.5 * np.abs(moved - expected)
        off = np.abs(found - expected).max(axis=-1)
        wrong = (np.abs(found - expected) > allowed).any(axis=-1)
    wrong |= (np.isnan(found) != np.isnan(expected)).any(axis=-1) & (np.isnan(moved) == np.isnan(expected)).all(axis=-1)
    share = wrong.mean(axis=(1, 2))
    if not (share > FLOW_SHARE).any():
        return ClipReport()
    median = np.nanmedian(off[wrong]) if np.isfinite(off[wrong]).any() else np.nan
    message = (
        f"flow is not what depth, masks and poses give for {share.max():.1%} of the pixels (off by {median:.2g} px, "
        f"median) in {frames_text(np.flatnonzero(share > FLOW_SHARE))}"
    )
    return ClipReport(faults=(Fault("flow", message),))
