"""What is installed, what it declares, and what `make` does before anything is installed."""

import ast
import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = ("blender_gen", "dataset_tools", "model", "train")
DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "mathutils": "bpy",
    "rerun": "rerun-sdk",
    "scenedetect": "scenedetect-headless",
    "yaml": "pyyaml",
}
COMES_WITH_TORCH = {"triton"}  # where torch is for GPUs; the kernels that need it run there alone
ENVIRONMENTS = {
    "constraints.txt": {"python_version": "3.11", "extra": ""},
    "constraints-blender5.txt": {"python_version": "3.13", "extra": ""},
}


def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    return parser


def requirements(*extras: str) -> list[Requirement]:
    """What the base install and `extras` ask for."""
    declared = setup()
    texts = [
        declared["options"]["install_requires"],
        *(declared["options.extras_require"][extra] for extra in extras),
    ]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pins(name: str) -> dict[str, str]:
    """The exact versions of a constraints file by canonical name."""
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line) for line in lines if line and not line.startswith("#")]
    found = {}
    for requirement in parsed:
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        found[canonicalize_name(requirement.name)] = specifier.version
    assert len(found) == len(parsed)
    return found


def third_party(folder: str) -> set[str]:
    """Distributions that the sources of a folder import, wherever the import stands."""
    names = set()
    for path in (REPOSITORY / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).split(".")[0])
    names -= {*sys.stdlib_module_names, *PACKAGES, *COMES_WITH_TORCH}
    return {canonicalize_name(DISTRIBUTIONS.get(name, name)) for name in names}


def names_of(found: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in found}


def run(*command: str, folder: Path = REPOSITORY, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("dataset_tools", ("view", "rerun", "video", "train")),
        ("blender_gen", ("render",)),
        ("model", ("train",)),
        ("train", ("train", "eight-bit")),
    ],
)
def test_every_import_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    assert third_party(folder) <= names_of(requirements(*extras))


def test_what_only_some_verbs_need_is_imported_when_they_run() -> None:
    code = "import posetraj, sys; print({'viser', 'rerun', 'cv2', 'torch', 'bpy', 'pycolmap'} & set(sys.modules))"
    assert run(sys.executable, "-c", code).stdout.strip() == "set()"


def test_reading_a_dataset_asks_for_neither_blender_nor_torch() -> None:
    assert names_of(requirements()).isdisjoint({"bpy", "torch", "trimesh", "openexr"})
    assert "torch" not in names_of(requirements("render", "dev"))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_constraints_pin_what_rendering_and_testing_ask_for(name: str) -> None:
    pinned = pins(name)
    for requirement in requirements("render", "dev"):
        if requirement.marker is None or requirement.marker.evaluate(ENVIRONMENTS[name]):
            canonical = canonicalize_name(requirement.name)
            if canonical != "setuptools":
                assert requirement.specifier.contains(pinned[canonical]), canonical


def test_one_blender_is_asked_for_on_each_python_that_has_one() -> None:
    asked = [requirement for requirement in requirements("render") if requirement.name == "bpy"]
    for name, environment in ENVIRONMENTS.items():
        (chosen,) = [each for each in asked if each.marker.evaluate(environment)]
        assert str(chosen.specifier) == f"=={pins(name)['bpy']}"
    assert not any(each.marker.evaluate({"python_version": "3.12", "extra": ""}) for each in asked)


def test_all_names_every_extra_that_a_user_may_want() -> None:
    extras = setup()["options.extras_require"]
    (everything,) = [Requirement(line) for line in extras["all"].split()]
    assert everything.extras == set(extras) - {"dev", "all"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel that this tree builds, from a copy."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in (*PACKAGES, "tests"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("posetraj.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(REPOSITORY / name, source / name)
    built = run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", str(folder), "."),
        folder=source,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_module_and_data_file_and_no_test(wheel) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {
        path.relative_to(REPOSITORY).as_posix()
        for folder in PACKAGES
        for path in (REPOSITORY / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted | {"posetraj.py"}


def test_the_wheel_carries_its_licence_and_the_command(wheel) -> None:
    held = {name.rsplit("/", 1)[-1]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert {"LICENSE", "NOTICE"} <= set(held)
    assert "posetraj = posetraj:main" in wheel.read(held["entry_points.txt"]).decode()
    metadata = wheel.read(held["METADATA"]).decode()
    assert "Version: 0.1.0" in metadata
    assert "Requires-Python: >=3.11" in metadata


def test_the_notice_says_what_blenders_licence_means() -> None:
    assert "GPL" in (REPOSITORY / "NOTICE").read_text(encoding="utf-8")
    assert "Apache License" in (REPOSITORY / "LICENSE").read_text(encoding="utf-8")


@pytest.fixture
def installed_tree(tmp_path) -> Path:
    """A tree in which both environments count as installed."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml", *ENVIRONMENTS):
        shutil.copy(REPOSITORY / name, tmp_path / name)
        os.utime(tmp_path / name, (1000, 1000))
    for name in (".venv/.stamp-demo", ".venv/.stamp-dev", ".venv-blender5/.stamp-dev"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_installs_only_when_what_it_installs_has_changed(installed_tree: Path, target: str) -> None:
    assert "make_venv" not in run("make", "-n", target, folder=installed_tree).stdout
    for name in ("setup.cfg", "constraints.txt"):
        os.utime(installed_tree / name, (4e9, 4e9))
        assert "make_venv" in run("make", "-n", target, folder=installed_tree).stdout
        os.utime(installed_tree / name, (1000, 1000))


def test_a_python_that_is_not_there_is_named_in_one_sentence(tmp_path) -> None:
    made = run(str(REPOSITORY / ".ci/make_venv"), "3.99", str(tmp_path / "venv"), "render", "constraints.txt")
    assert made.returncode == 3
    assert made.stderr.startswith("Python 3.99 is needed and was not found (tried python3.99, python3")
    assert made.stderr.count("\n") == 1
    assert not (tmp_path / "venv").exists()


def test_an_environment_of_another_python_is_not_touched(tmp_path) -> None:
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    made = run(str(REPOSITORY / ".ci/make_venv"), "3.99", str(tmp_path / "venv"), "render", "constraints.txt")
    assert made.returncode == 1
    assert "but Python 3.99 is needed; remove the folder" in made.stderr
    assert made.stderr.count("\n") == 1


def test_want_of_python_313_skips_the_blender_5_tests_aloud(tmp_path) -> None:
    shutil.copytree(REPOSITORY / ".ci", tmp_path / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "setup.cfg", "pyproject.toml", *ENVIRONMENTS):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    nowhere = {"PATH": "/usr/bin:/bin", "PYENV_ROOT": str(tmp_path), "HOME": str(tmp_path), "PYTHON": ""}
    if shutil.which("python3.13", path=nowhere["PATH"]):
        pytest.skip("the system has a Python 3.13")
    made = run("make", "test-blender5", folder=tmp_path, **nowhere)
    assert made.returncode == 0
    assert "test-blender5: skipped" in made.stdout
