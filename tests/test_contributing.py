"""What CONTRIBUTING.md tells people to write works as it stands."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from blender_gen.trajectories import FACINGS, TrajectorySpec
from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.profiles import Constant

REPOSITORY = Path(__file__).resolve().parents[1]
TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> type[Family]:
    """The family that the guide writes."""
    (source,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    module = ModuleType("example_family")
    sys.modules[module.__name__] = module
    exec(compile(source, "CONTRIBUTING.md", "exec"), module.__dict__)
    return module.Wave


@pytest.mark.parametrize("seed", range(20))
def test_the_example_family_keeps_what_families_promise(example: type[Family], seed: int) -> None:
    path = example.draw(np.random.default_rng(seed), 1.0)
    u, step = np.linspace(0.001, 0.999, 101), 1e-6
    differences = (path.position(u + step) - path.position(u - step)) / (2 * step)
    np.testing.assert_allclose(path.derivative(u), differences, atol=1e-6)
    assert 1.5 <= ArcLength(path).total_m <= 8
    points = path.position(np.linspace(0, 1, 501))
    assert np.linalg.norm(points - path.focus, axis=-1).min() > 0.25
    assert np.linalg.norm(points, axis=-1).max() < 0.55 * ArcLength(path).total_m


def test_the_example_family_takes_the_facings_that_the_guide_names(example: type[Family]) -> None:
    rng = np.random.default_rng(0)
    path = example.draw(rng, 1.0)
    (sentence,) = re.findall(r"takes the facings (.*?)\. ", TEXT)
    named = re.findall(r"`(\w+)`", sentence)
    assert tuple(named) == example.facings
    for facing in named:
        drawn = FACINGS[facing].draw(rng, path, Constant())
        pose = TrajectorySpec(path, (0.0, 0.0), 0.0, False, Constant(), drawn, 0.2).build(2.0).pose([0.0, 1.0, 2.0])
        assert pose[:, 2, 3].tolist() == [0.2] * 3


def test_the_files_and_folders_that_the_guide_names_are_there() -> None:
    named = set(re.findall(r"`((?:blender_gen|dataset_tools|model|train|tests|\.ci)/[\w./]*)`", TEXT))
    named.discard("blender_gen/trajectories/wave.py")
    assert len(named) > 6
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []
