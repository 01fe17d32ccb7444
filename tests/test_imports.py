"""The arrows between the packages, and no draw from a global random state, read from the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = ("blender_gen", "dataset_tools", "model", "train")
MAY_IMPORT = {
    "dataset_tools": (),
    "blender_gen": ("dataset_tools",),
    "model": tuple(f"dataset_tools.{name}" for name in ("drawing", "errors", "geometry", "trajectory_maps")),
    "train": ("dataset_tools", "model"),
}
SEEDED = {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox"}


def sources(folder: str) -> list[Path]:
    found = sorted((REPOSITORY / folder).rglob("*.py"))
    assert found
    return found


def module_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, module: str = "") -> Iterator[str]:
    """Every module that the source names in an import, wherever it stands, `from a import b` as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports_of(path: Path) -> list[str]:
    return list(imported(ast.parse(path.read_text(encoding="utf-8")), module_of(path)))


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def loaded_by(modules: list[str], wanted: tuple[str, ...]) -> list[str]:
    """Which of `wanted` a fresh interpreter has loaded once it has imported `modules`."""
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(*[name for name in {wanted!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def global_draws(tree: ast.AST) -> list[str]:
    """What in the source draws from a random state that no caller handed over."""
    found = []
    for name in imported(tree):
        if within(name, "random") or (within(name, "numpy.random") and name.split(".")[-1] not in SEEDED):
            found.append(f"import {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random"):
            if node.attr not in SEEDED:
                found.append(ast.unparse(node))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            if not node.args and not node.keywords:
                found.append(ast.unparse(node))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.manual_seed", "torch.seed"):
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_lies_in_its_direction(package: str) -> None:
    allowed = (package, *MAY_IMPORT[package])
    for path in sources(package):
        for name in imports_of(path):
            if name.split(".")[0] in (*PACKAGES, "posetraj", "tests"):
                assert any(within(name, target) for target in allowed), f"{path} imports {name}"


def test_readers_of_clips_begin_without_the_networks() -> None:
    pytest.importorskip("torch")
    assert loaded_by(["train.loader"], ("diffusers", "transformers", "accelerate", "bpy")) == []


def test_importing_dataset_tools_loads_neither_blender_nor_torch() -> None:
    modules = [module_of(path) for path in sources("dataset_tools")]
    assert loaded_by(modules, ("bpy", "mathutils", "torch", "blender_gen", "model", "train")) == []


def test_importing_blender_gen_loads_neither_blender_nor_torch() -> None:
    inside = REPOSITORY / "blender_gen" / "blender"
    modules = [module_of(path) for path in sources("blender_gen") if inside not in path.parents]
    assert loaded_by(modules, ("bpy", "mathutils", "torch", "model", "train")) == []


def test_blender_is_imported_in_blender_gen_blender_alone() -> None:
    inside = REPOSITORY / "blender_gen" / "blender"
    users = [
        path
        for folder in PACKAGES
        for path in sources(folder)
        if any(within(name, blender) for name in imports_of(path) for blender in ("bpy", "mathutils"))
    ]
    assert users
    assert all(inside in path.parents for path in users), users


def test_what_runs_in_an_installed_blender_needs_only_what_blender_ships() -> None:
    ours = ("numpy", "bpy", "mathutils", "blender_gen.blender")
    for path in sources("blender_gen/blender"):
        for name in imports_of(path):
            standard = name.split(".")[0] in sys.stdlib_module_names
            assert standard or any(within(name, target) for target in ours), f"{path} imports {name}"


def test_no_source_draws_from_a_global_random_state() -> None:
    for path in [REPOSITORY / "posetraj.py", *(path for folder in PACKAGES for path in sources(folder))]:
        draws = global_draws(ast.parse(path.read_text(encoding="utf-8")))
        assert draws == [], f"{path} draws with {draws}; take a numpy Generator instead"


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import numpy as np\nnp.random.seed(1)",
        "import numpy as np\nnp.random.rand(3)",
        "import numpy\nnumpy.random.normal()",
        "from numpy.random import rand",
        "import numpy as np\nnp.random.default_rng()",
        "def f():\n    from numpy.random import default_rng\n    return default_rng()",
        "import torch\ntorch.manual_seed(0)",
    ],
)
def test_a_global_draw_is_found(source: str) -> None:
    assert global_draws(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.default_rng(7)",
        "import numpy as np\ndef f(rng: np.random.Generator): return rng.random()",
        "from numpy.random import default_rng\ndefault_rng([1, 2])",
    ],
)
def test_a_seeded_generator_passes(source: str) -> None:
    assert global_draws(ast.parse(source)) == []


def test_a_relative_import_is_seen_as_the_module_that_it_names() -> None:
    names = list(imported(ast.parse("from . import b\nfrom .. import c\nfrom ..d import e"), "p.q.a"))
    assert names == ["p.q.b", "p.c", "p.d.e"]
