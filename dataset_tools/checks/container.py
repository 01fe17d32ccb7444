"""The video file's facts: codec, size, rate, colour tags, groups of pictures."""

from dataset_tools.checks.report import ClipReport, Fault
from dataset_tools.video import GOP, VideoFacts

_RATE_TOLERANCE = 1e-3


def check_container(facts: VideoFacts, frames: int, fps: float, width: int, height: int) -> ClipReport:
    """Facts of `video.mp4` against the format and the clip's meta data."""
    expected = (
        ("codec", facts.codec, "h264"),
        ("pixel format", facts.pix_fmt, "yuv420p"),
        ("width", facts.width, width),
        ("height", facts.height, height),
        ("number of frames", facts.frames, frames),
        ("colour primaries", facts.primaries, "bt709"),
        ("transfer curve", facts.transfer, "bt709"),
        ("colour matrix", facts.matrix, "bt709"),
        ("colour range", facts.color_range, "limited"),
    )
    problems = [f"{what} is {found}; expected {wanted}" for what, found, wanted in expected if found != wanted]
    if abs(facts.fps - fps) > _RATE_TOLERANCE * fps:
        problems.append(f"frame rate is {facts.fps:g}; expected {fps:g}")
    if facts.keyframe_gaps and max(facts.keyframe_gaps) > GOP:
        problems.append(f"longest group of pictures has {max(facts.keyframe_gaps)} frames; at most {GOP} are allowed")
    if facts.has_b_frames:
        problems.append("pictures include B-frames; none are allowed")
    return ClipReport(faults=tuple(Fault("video", f"video.mp4: {problem}") for problem in problems))
