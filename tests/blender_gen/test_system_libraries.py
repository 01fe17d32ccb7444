import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from blender_gen.system_libraries import (
    DEBIAN_PACKAGES,
    missing_in_listing,
    missing_libraries,
    packages_for,
    remedy,
)

LDD = """\
\tlinux-vdso.so.1 (0x00007f44ed060000)
\tlibXi.so.6 => not found
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f44e1120000)
\tlibxkbcommon.so.0 => not found
"""


def test_the_output_of_ldd_names_every_missing_library() -> None:
    assert missing_in_listing(LDD) == ("libXi.so.6", "libxkbcommon.so.0")


def test_an_import_error_names_its_library() -> None:
    error = "ImportError: libSM.so.6: cannot open shared object file: No such file or directory"
    assert missing_in_listing(error) == ("libSM.so.6",)


def test_both_together_name_each_library_once() -> None:
    error = "ImportError: libXi.so.6: cannot open shared object file: No such file or directory"
    assert missing_in_listing(LDD + error) == ("libXi.so.6", "libxkbcommon.so.0")


def test_the_remedy_is_one_sentence_with_the_line_to_run() -> None:
    sentence = remedy(("libXi.so.6", "libxkbcommon.so.0"))
    assert sentence == (
        "Blender's module bpy cannot load: libXi.so.6, libxkbcommon.so.0 missing; "
        "run: apt-get install -y --no-install-recommends libxi6 libxkbcommon0"
    )


def test_a_library_that_the_table_lacks_is_still_named() -> None:
    assert packages_for(("libodd.so.1",)) == ()
    assert "libodd.so.1" in remedy(("libodd.so.1",))
    assert "apt-get" not in remedy(("libodd.so.1",))


@pytest.mark.blender
def test_nothing_is_missing_where_blender_loads() -> None:
    assert importlib.util.find_spec("bpy") is not None
    assert missing_libraries() == ()


@pytest.mark.blender
@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump (binutils) tells what a library links to")
def test_the_table_knows_every_library_that_blender_takes_from_the_system() -> None:
    module = Path(importlib.util.find_spec("bpy").origin)
    listing = subprocess.run(["ldd", str(module)], capture_output=True, text=True, check=True).stdout
    linked = {line.split()[0]: line.split()[2] for line in listing.splitlines() if "=>" in line}
    direct = subprocess.run(["objdump", "-p", str(module)], capture_output=True, text=True, check=True)
    needed = {line.split()[1] for line in direct.stdout.splitlines() if line.strip().startswith("NEEDED")}
    from_system = {name for name in needed if not linked.get(name, "").startswith(str(module.parent))}
    base = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"}
    assert from_system - base - {"ld-linux-x86-64.so.2", "libgcc_s.so.1"} <= set(DEBIAN_PACKAGES)
