import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_masks

from dataset_tools.exports.rle import packed, run_lengths, segmentation

MASKS = arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@given(MASKS)
def test_the_text_is_that_of_pycocotools(mask):
    theirs = coco_masks.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert segmentation(mask) == {"size": theirs["size"], "counts": theirs["counts"].decode()}


@given(MASKS)
def test_run_lengths_give_the_mask_back(mask):
    lengths = run_lengths(mask)
    values = np.repeat(np.arange(len(lengths)) % 2, lengths)
    np.testing.assert_array_equal(values.reshape(mask.shape, order="F"), mask)


def test_lengths_of_many_digits_are_told_exactly():
    mask = np.zeros((3000, 1000), bool)
    mask[7, 3], mask[2999, 400:], mask[:, 999] = True, True, True
    decoded = coco_masks.decode({"size": [3000, 1000], "counts": packed(run_lengths(mask)).encode()})
    np.testing.assert_array_equal(decoded, mask)
