"""Which system libraries Blender's Python module lacks here, and the Debian packages that hold them.

Standard library only, so that it runs before anything is installed:

    python -m blender_gen.system_libraries             one sentence with the remedy; exit 1 if one is missing
    python -m blender_gen.system_libraries --packages  only the names of the packages to install
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libICE.so.6": "libice6",
    "libOpenGL.so.0": "libopengl0",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libuuid.so.1": "libuuid1",
    "libxkbcommon.so.0": "libxkbcommon0",
}


def missing_in_listing(listing: str) -> tuple[str, ...]:
    """Library names that the output of `ldd` or an ImportError's text calls absent, sorted."""
    found = re.findall(r"^\s*(\S+) => not found", listing, flags=re.MULTILINE)
    found += re.findall(r"(\S+): cannot open shared object file", listing)
    return tuple(sorted(set(found)))


def missing_libraries() -> tuple[str, ...]:
    """Names of the libraries that keep bpy from loading here; empty where it loads or is not installed."""
    module = importlib.util.find_spec("bpy")
    if module is None or module.origin is None:
        return ()
    imported = subprocess.run([sys.executable, "-c", "import bpy"], capture_output=True, text=True)
    if imported.returncode == 0:
        return ()
    listed = ""
    try:  # the import names one library at a time, ldd names them all
        ldd = subprocess.run(["ldd", str(Path(module.origin))], capture_output=True, text=True)
        listed = ldd.stdout
    except OSError:
        pass
    return missing_in_listing(listed + "\n" + imported.stderr)


def packages_for(libraries: tuple[str, ...]) -> tuple[str, ...]:
    """The Debian packages that hold `libraries`, sorted; a library that the table lacks is left out."""
    return tuple(sorted({DEBIAN_PACKAGES[name] for name in libraries if name in DEBIAN_PACKAGES}))


def remedy(libraries: tuple[str, ...]) -> str:
    """One sentence that says what is missing and how to get it."""
    sentence = f"Blender's module bpy cannot load: {', '.join(libraries)} missing"
    packages = packages_for(libraries)
    if packages:
        sentence += f"; run: apt-get install -y --no-install-recommends {' '.join(packages)}"
    unknown = [name for name in libraries if name not in DEBIAN_PACKAGES]
    if unknown:
        sentence += f"; find what holds {', '.join(unknown)} with apt-file search"
    return sentence


def main(arguments: list[str]) -> int:
    """Print the remedy (or only the packages); 1 where a library is missing."""
    libraries = missing_libraries()
    if not libraries:
        return 0
    print(" ".join(packages_for(libraries)) if "--packages" in arguments else remedy(libraries))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
