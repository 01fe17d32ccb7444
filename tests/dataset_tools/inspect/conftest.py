"""The viewer's page, driven and read as a person would: with mouse and keys, and from what the screen shows."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from dataset_tools.geometry import project_world
from dataset_tools.reader import Dataset

WIDTH, HEIGHT = 1500, 900
KEYS = {
    "space": (" ", "Space", 32, " "),
    "left": ("ArrowLeft", "ArrowLeft", 37, ""),
    "right": ("ArrowRight", "ArrowRight", 39, ""),
    "n": ("n", "KeyN", 78, "n"),
    "p": ("p", "KeyP", 80, "p"),
}
PICTURE = "[...document.querySelectorAll('img')].find(i => i.naturalWidth > 300 && i.src.startsWith('blob:'))"


class InspectPage:
    """One tab that looks at a server of `posetraj inspect`."""

    def __init__(self, browser: Any, server: Any, url: str) -> None:
        self.browser, self.server, self.url = browser, server, url
        browser.resize(WIDTH, HEIGHT)
        browser.open(server.address)
        self.wait(lambda: browser.run(f"!!({PICTURE})"), "a picture")
        self.wait(lambda: "Render it again" in self.text or "film" in self.text, "the clip's facts")
        self.settle()

    def wait(self, holds: Callable[[], Any], what: str, seconds: float = 60.0) -> None:
        """Until that holds; software rendering on a busy machine takes its time."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}; the page says {self.text[:2000]!r}"
            time.sleep(0.1)

    def settle(self) -> None:
        """Until the screen stays as it is."""
        last = b""
        for _ in range(40):
            time.sleep(0.25)
            now = self.browser.screenshot()
            if now == last:
                return
            last = now

    @property
    def text(self) -> str:
        return str(self.browser.run("document.body.innerText"))

    @property
    def frame(self) -> int:
        return int(self.browser.run("document.querySelector('[role=slider]').getAttribute('aria-valuenow')"))

    @property
    def clip(self) -> str:
        """The key of the clip that the list shows as chosen."""
        return str(self.field("clip").split(" · ")[1])

    def field(self, label: str) -> str:
        """The value of the control with that label."""
        return str(self.browser.run(f"{self._control(label)}.value"))

    @staticmethod
    def _control(label: str) -> str:
        named = f"[...document.querySelectorAll('label')].find(l => l.textContent === {json.dumps(label)})"
        return f"document.getElementById({named}.htmlFor)"

    def checked(self, layer: str) -> bool:
        return bool(self.browser.run(f"{self._control(layer)}.checked"))

    def switch(self, layer: str, shown: bool) -> None:
        """Set a layer's switch by a click, where it is not so already."""
        if self.checked(layer) != shown:
            self._click(self._control(layer))
            self.wait(lambda: self.checked(layer) == shown, f"the switch of {layer}")

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a drop-down list."""
        self._click(self._control(label))
        found = f"[...document.querySelectorAll('[role=option]')].find(o => o.textContent === {json.dumps(option)})"
        self.wait(lambda: self.browser.run(f"!!({found})"), f"the option {option}")
        self._click(found)

    def press_button(self, text: str) -> None:
        self._click(f"[...document.querySelectorAll('button')].find(b => b.textContent.trim() === {json.dumps(text)})")

    def _click(self, element: str) -> None:
        """A click, and the while that a hand takes to the next one: viser sends one change in 50 ms, the last."""
        self.browser.click(element)
        self.browser.run("new Promise(done => setTimeout(done, 200))")

    def press(self, key: str) -> None:
        self.browser.press(*KEYS[key])

    def picture(self) -> np.ndarray:
        """The picture of the clip's frame as the page has it, RGB (H,W,3)."""
        self.settle()
        data = self.browser.run(
            f"(() => {{ const i = {PICTURE}, c = document.createElement('canvas');"
            " c.width = i.naturalWidth; c.height = i.naturalHeight; c.getContext('2d').drawImage(i, 0, 0);"
            " return c.toDataURL('image/png').split(',')[1]; })()"
        )
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))

    def canvas(self) -> np.ndarray:
        """The 3-D view as it is on the screen, RGB (H,W,3)."""
        self.settle()
        x, y, width, height = self._canvas_rectangle()
        screen = np.asarray(Image.open(io.BytesIO(self.browser.screenshot())).convert("RGB"))
        return screen[y : y + height, x : x + width]

    def _canvas_rectangle(self) -> list[int]:
        """Left, top, width and height on the screen; what is drawn into it may be coarser on a slow machine."""
        return self.browser.run(
            "(() => { const r = document.querySelector('canvas[data-engine]').getBoundingClientRect();"
            " return [r.x, r.y, r.width, r.height].map(Math.round); })()"
        )

    def to_canvas(self, world: np.ndarray) -> np.ndarray:
        """Pixels (...,2) of the 3-D view, continuous, where world points (...,3) are seen from its own camera."""
        [client] = self.server.clients
        camera = client.camera
        _, _, width, height = self._canvas_rectangle()
        focal = height / 2 / np.tan(camera.fov / 2)
        intrinsics = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        w, x, y, z = camera.wxyz
        world_from_view = np.eye(4)
        world_from_view[:3, :3] = Rotation.from_quat((x, y, z, w)).as_matrix()
        world_from_view[:3, 3] = camera.position
        px, _ = project_world(world, world_from_view, intrinsics)
        return px


@pytest.fixture(scope="module")
def golden(shared: Path) -> Dataset:
    return Dataset(shared / "golden")


@pytest.fixture(scope="module")
def inspect_page(browser: Any, golden: Dataset) -> Iterator[InspectPage]:
    """A tab at the golden dataset's first clip."""
    pytest.importorskip("viser")
    from dataset_tools.inspect.server import InspectServer

    server = InspectServer(golden.url, port=0)
    yield InspectPage(browser, server, golden.url)
    browser.open("about:blank")
    server.stop()
