"""Histograms: what lies between which edges, whatever the order in which it came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_tools.stats.histogram import Histogram, Tally
from dataset_tools.stats.wording import joined

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


def told(values: object, **settings: object) -> Histogram:
    tally = Tally(**{"step": 0.25, "bins": 8, **settings})
    tally.add(values)
    return tally.histogram("title", "m", "frame")


def test_a_value_on_an_edge_belongs_to_the_bin_above():
    histogram = told([0.0, 0.24999, 0.25, 0.5, 0.5])
    assert histogram.edges == (0.0, 0.25, 0.5, 0.75)
    assert histogram.counts == (2, 1, 2)


def test_bins_double_when_a_value_lies_beyond_them():
    assert told([0.1, 1.9]).edges[1] == 0.25
    histogram = told([0.1, 0.3, 2.0])
    assert histogram.edges == (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
    assert histogram.counts == (2, 0, 0, 0, 1)


@given(VALUES)
def test_counts_are_those_that_numpy_gives_for_the_same_edges(values):
    histogram = told(values)
    assert histogram.edges[-1] > max(values)
    counts = np.histogram(values, [*histogram.edges[:-1], np.inf])[0]
    assert histogram.counts == tuple(counts)
    assert histogram.total == len(values)
    assert histogram.least == min(values) and histogram.most == max(values)
    assert histogram.mean == pytest.approx(np.mean(values))


@given(VALUES, st.randoms())
def test_neither_order_nor_parcels_change_edges_or_counts(values, random):
    whole, shuffled = told(values), list(values)
    random.shuffle(shuffled)
    tally = Tally(0.25, 8)
    for value in shuffled:
        tally.add(value)
    single = tally.histogram("title", "m", "frame")
    assert (single.edges, single.counts) == (whole.edges, whole.counts)


@given(VALUES)
def test_the_median_is_true_to_a_bin(values):
    histogram = told(values)
    width = histogram.edges[1] - histogram.edges[0]
    below = np.searchsorted(np.sort(values), histogram.median + width, side="right")
    above = len(values) - np.searchsorted(np.sort(values), histogram.median - width, side="left")
    assert 2 * below >= len(values) and 2 * above >= len(values)


def test_the_ends_of_a_fixed_range_hold_what_lies_outside_of_it():
    histogram = told([-100, -90, 0, 90, 100], step=45.0, bins=4, start=-90.0, grows=False)
    assert histogram.edges == (-90.0, -45.0, 0.0, 45.0, 90.0)
    assert histogram.counts == (2, 0, 1, 2)
    assert (histogram.least, histogram.most) == (-100, 100)


def test_what_is_not_finite_is_not_counted():
    assert told([np.nan, np.inf, -np.inf, 1e300, 0.1]).total == 1
    assert told([np.nan]) is None
    assert told([]) is None


def test_a_chart_joins_bins_and_loses_none():
    histogram = told(np.arange(3, 100), step=1.0, bins=128)
    edges, counts = joined(histogram, most=10)
    assert len(counts) <= 10 and len(edges) == len(counts) + 1
    assert sum(counts) == 97
    assert edges[0] <= 3 and edges[-1] > 99
    assert np.histogram(np.arange(3, 100), [*edges[:-1], np.inf])[0].tolist() == counts
