"""Computed skies: where things are in the picture, and how bright."""

import numpy as np
import pytest

from blender_gen.blender import sky

LUMINANCE = [0.2126, 0.7152, 0.0722]


def direction(azimuth: float, elevation: float) -> np.ndarray:
    return np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])


def clear(turbidity: float = 3.0, cover: float = 0.0, seed: int = 1) -> dict:
    return {"kind": "clear", "turbidity": turbidity, "cloud_cover": cover, "cloud_seed": seed}


def test_the_middle_of_a_picture_looks_along_x_and_its_left_quarter_along_y():
    view = sky.directions(64, 32)
    assert np.allclose(view[16, 31:33].mean(axis=0), [1, 0, 0], atol=0.06)
    assert np.allclose(view[16, 15:17].mean(axis=0), [0, 1, 0], atol=0.06)
    assert view[0, 0, 2] > 0.99 and view[-1, 0, 2] < -0.99


@pytest.mark.parametrize("azimuth", [-2.0, 0.4, 3.0])
@pytest.mark.parametrize("elevation", [0.35, 0.8, 1.2])
def test_a_clear_sky_is_brightest_about_its_sun(azimuth, elevation):
    picture = sky.sky_picture(clear(), {"azimuth_rad": azimuth, "elevation_rad": elevation})
    view = sky.directions(sky.WIDTH, sky.HEIGHT)
    row, column = np.unravel_index((picture @ LUMINANCE).argmax(), picture.shape[:2])
    assert view[row, column] @ direction(azimuth, elevation) > np.cos(0.1)


def test_a_clear_sky_is_blue_away_from_its_sun_and_one_at_its_zenith():
    away = direction(0.5 + np.pi, 1.0)
    red, _, blue = sky.preetham(away, direction(0.5, 0.8), turbidity=2.5)
    assert blue > 1.5 * red
    zenith = sky.preetham(np.array([0.0, 0.0, 1.0]), direction(0.5, 0.8), turbidity=2.5)
    assert zenith @ LUMINANCE == pytest.approx(1.0, rel=1e-3)


def test_haze_whitens_the_sky():
    away, sun = direction(0.5 + np.pi, 0.6), direction(0.5, 0.8)
    blueness = [blue / red for red, _, blue in (sky.preetham(away, sun, t) for t in (2.0, 4.0, 6.0))]
    assert blueness[0] > blueness[1] > blueness[2]


def test_clouds_cover_the_share_that_is_asked_for_and_depend_on_their_seed():
    view = sky.directions(256, 128)[:64]
    blue = np.broadcast_to([0.2, 0.4, 0.9], view.shape)
    changed = [np.abs(sky.with_clouds(blue, view, cover, 5) - blue).max(axis=-1) > 0.05 for cover in (0.2, 0.5)]
    assert 0.15 < changed[0].mean() < 0.4
    assert 0.4 < changed[1].mean() < 0.7
    assert not np.array_equal(sky.with_clouds(blue, view, 0.5, 5), sky.with_clouds(blue, view, 0.5, 6))
    assert np.array_equal(sky.with_clouds(blue, view, 0.5, 5), sky.with_clouds(blue, view, 0.5, 5))


@pytest.mark.parametrize("name", ["clear", "gradient"])
def test_the_lower_half_repeats_the_horizon(name):
    numbers = clear(cover=0.4) if name == "clear" else {"kind": name, "horizon": (1, 0.5, 0), "zenith": (0, 0, 1)}
    picture = sky.sky_picture(numbers, {"azimuth_rad": 1.0, "elevation_rad": 0.5})
    middle = sky.HEIGHT // 2
    assert np.array_equal(picture[middle:], np.broadcast_to(picture[middle - 1], picture[middle:].shape))
    assert np.isfinite(picture).all() and (picture >= 0).all()


def test_the_mean_light_of_an_even_sky_is_its_luminance():
    assert sky.mean_light(np.full((32, 64, 3), 0.7)) == pytest.approx(0.7)


def test_the_horizons_ring_is_the_colour_above_the_horizon_with_its_glare_taken_off():
    picture = np.full((128, 256, 3), 0.5)
    picture[:64, :128] = [0.5, 0.1, 0.1]
    picture[60, 200] = 1e5
    ring = sky.horizon_ring(picture)
    assert ring.shape == (256, 3)
    assert np.allclose(ring[64], [0.5, 0.1, 0.1])
    assert ring.max() <= 2.0 * sky.mean_light(picture)
