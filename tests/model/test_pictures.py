import numpy as np
import pytest
from PIL import Image

from model.errors import RequestError
from model.pictures import as_rgb

GREY = np.linspace(0, 255, 64 * 96).reshape(64, 96).astype(np.uint8)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_grey_of_16_bits_looks_like_the_same_grey_of_8(dtype) -> None:
    shown = as_rgb(Image.fromarray(257 * GREY.astype(dtype)))
    assert shown.mode == "RGB"
    assert np.array_equal(np.asarray(shown), np.repeat(GREY[..., None], 3, axis=2))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "CMYK"])
def test_every_other_mode_becomes_rgb_as_pillow_has_it(mode) -> None:
    image = Image.fromarray(GREY).convert(mode)
    shown = as_rgb(image)
    assert shown.mode == "RGB" and np.array_equal(np.asarray(shown), np.asarray(image.convert("RGB")))


def test_an_image_of_floating_point_numbers_is_refused() -> None:
    with pytest.raises(RequestError, match="has no white"):
        as_rgb(Image.fromarray(GREY.astype(np.float32)))
