"""How outlines fit edges."""

import numpy as np
import pytest

from dataset_tools.checks.edges import edge_maps, fits, outlines, placement_fits


@pytest.fixture
def disc() -> tuple[np.ndarray, np.ndarray]:
    """Masks (4,48,64) of a disc that steps right by 3 px, and frames that show it, smooth enough for sub-pixels."""
    y, x = np.mgrid[0:48, 0:64] + 0.5
    distance = np.stack([np.hypot(x - 24 - 3 * t, y - 22) - 9 for t in range(4)])
    frames = 60 + 120 / (1 + np.exp(2 * distance))
    return (distance < 0).astype(np.uint8), np.repeat(frames[..., None], 3, axis=-1).astype(np.float32)


def test_the_fit_is_best_for_the_right_frame_and_falls_with_distance(disc) -> None:
    masks, frames = disc
    fit = fits(outlines(masks, 1), edge_maps(frames))
    assert (np.diag(fit) > 0.8).all()
    assert fit[0, 0] > fit[0, 1] > fit[0, 2]


def test_the_fit_is_best_where_the_disc_is(disc) -> None:
    masks, frames = disc
    moved = np.roll(masks, (2, -3), axis=(1, 2))
    placed = placement_fits(outlines(moved, 1), edge_maps(frames), 6)
    assert np.unravel_index(np.nanargmax(placed), placed.shape) == (6 - 2, 6 + 3)


def test_placements_agree_with_fits_of_moved_frames(disc) -> None:
    masks, frames = disc
    bands, edges = outlines(masks, 1), edge_maps(frames)
    placed = placement_fits(bands, edges, 4)
    weight = bands.weights.sum(axis=(1, 2))
    for y, x in ((0, 0), (2, 1), (-3, 4)):
        fit = np.diag(fits(bands, np.roll(edges, (-y, -x), axis=(2, 3))))
        assert placed[4 + y, 4 + x] == pytest.approx((fit * weight).sum() / weight.sum(), rel=1e-4)


def test_an_edge_along_the_wrong_direction_does_not_fit() -> None:
    masks = np.zeros((1, 40, 40), np.uint8)
    masks[0, :, 20:] = 1
    across = np.tile(np.where(np.arange(40) < 20, 50.0, 150.0)[:, None, None], (1, 40, 3))[None].astype(np.float32)
    edges, bands = edge_maps(across), outlines(masks, 1)
    assert fits(bands, edges)[0, 0] < 0.05
    assert fits(bands, edge_maps(across.transpose(0, 2, 1, 3)))[0, 0] > 0.6


def test_the_border_of_the_image_is_no_outline() -> None:
    full = np.ones((1, 20, 30), np.uint8)
    assert outlines(full, 1).weights.sum() == pytest.approx(0)
    assert np.isnan(fits(outlines(full, 1), np.ones((1, 3, 20, 30), np.float32))).all()


def test_no_placement_counts_where_most_of_the_outline_leaves_the_frame() -> None:
    masks = np.zeros((1, 40, 40), np.uint8)
    masks[0, 2:12, 15:25] = 1
    placed = placement_fits(outlines(masks, 1), np.ones((1, 3, 40, 40), np.float32), 12)
    assert np.isnan(placed[0, 12]) and not np.isnan(placed[24, 12])
