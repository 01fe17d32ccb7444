"""Which frames of a film make a clip: even steps in time within one shot."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_tools.import_video.film import Film, FilmEndsEarly, frames
from dataset_tools.import_video.fit import Fit
from dataset_tools.import_video.shots import Survey

MOST_TRACKING_FPS = 30.0


@dataclass(frozen=True)
class Window:
    """A clip to be. `samples` (T,) are the places in the survey of the frames that the clip shows; `steps` (M,) are
    those and the frames between them that motion is followed through, at most 30 a second."""

    number: int
    samples: tuple[int, ...]
    steps: tuple[int, ...]

    @property
    def sample_steps(self) -> NDArray[np.int64]:
        """Where each of `samples` lies in `steps`, (T,)."""
        return np.searchsorted(self.steps, self.samples)


@dataclass(frozen=True)
class Skipped:
    """A stretch of a film that gives no clip, with its first frame and end, and why."""

    start: int
    stop: int
    reason: str


@dataclass(frozen=True)
class Pictures:
    """A window's pixels: `rgb` (T,H,W,3) of its samples and `grey` (M,H,W) of its steps, `times` (T,) in seconds."""

    window: Window
    rgb: NDArray[np.uint8]
    grey: NDArray[np.uint8]
    times: NDArray[np.float64]
    fit: Fit


def plan(survey: Survey, count: int, fps: float, stride: int) -> tuple[tuple[Window, ...], tuple[Skipped, ...]]:
    """The windows of `count` frames at `fps` in a film's shots, each `stride` frames after the one before.

    Each frame of a window is the one whose time is nearest to the even step. A shot that is too short, or whose
    frames come too seldom to have another one for each step, is skipped with the reason.
    """
    windows: list[Window] = []
    skipped: list[Skipped] = []
    for start, stop in survey.shots:
        times = survey.times[start:stop]
        lasts = times[-1] - times[0] + _usual_step(times)
        needed = (count - 1) / fps
        if len(times) < 2 or lasts <= needed:
            reason = f"the shot lasts {lasts:.2f} s; {count} frames at {fps:g} per second need over {needed:.2f} s"
            skipped.append(Skipped(start, stop, reason))
            continue
        begin = times[0]
        while begin + needed < times[0] + lasts:
            samples = _nearest(times, begin + np.arange(count) / fps)
            if (np.diff(samples) < 1).any():
                reason = f"its frames come {1 / _usual_step(times):.3g} per second or with gaps; lower --fps ({fps:g})"
                skipped.append(Skipped(start + int(samples[0]), start + int(samples[-1]) + 1, reason))
            else:
                steps = _between(times, samples)
                windows.append(Window(len(windows), tuple(samples + start), tuple(steps + start)))
            begin += stride / fps
    return tuple(windows), tuple(skipped)


def read_windows(film: Film, survey: Survey, windows: tuple[Window, ...], size: tuple[int, int]) -> Iterator[Pictures]:
    """The pixels of windows in one pass over the film; memory holds those windows alone that are under way."""
    import cv2

    place_of = {int(number): place for place, number in enumerate(survey.numbers)}
    waiting = sorted(windows, key=lambda window: (window.steps[-1], window.number))
    kept: dict[int, tuple[NDArray[np.uint8] | None, NDArray[np.uint8]]] = {}
    samples = {place for window in windows for place in window.samples}
    steps = {place for window in windows for place in window.steps}
    try:
        for frame in frames(film):
            place = place_of.get(frame.index)
            if place not in steps:
                continue
            height, width = frame.stored.shape[:2]
            fit = Fit(width, height, frame.quarter_turns, frame.aspect, *size)
            rgb = fit.picture(frame.stored)
            kept[place] = (rgb if place in samples else None, cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
            while waiting and waiting[0].steps[-1] <= place:
                window = waiting.pop(0)
                times = survey.times[list(window.samples)]
                yield Pictures(
                    window,
                    np.stack([kept[sample][0] for sample in window.samples]),
                    np.stack([kept[step][1] for step in window.steps]),
                    times,
                    fit,
                )
                oldest = min((left.steps[0] for left in waiting), default=place + 1)
                kept = {number: pair for number, pair in kept.items() if number >= oldest}
            if not waiting:
                return
    except FilmEndsEarly:
        return


def _usual_step(times: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _nearest(times: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    after = np.searchsorted(times, wanted).clip(1, len(times) - 1)
    earlier = wanted - times[after - 1] <= times[after] - wanted
    return after - earlier


def _between(times: NDArray[np.float64], samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """The samples and frames between them, no nearer in time than 1/30 s to the step before."""
    wanted, steps = set(samples.tolist()), []
    for place in range(samples[0], samples[-1] + 1):
        if place in wanted or times[place] - times[steps[-1]] >= 0.99 / MOST_TRACKING_FPS:
            steps.append(place)
    return np.array(steps)
