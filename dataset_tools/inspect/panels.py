"""The controls of one browser tab: the picture with play and layers on the left, clips and facts on the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_tools.inspect.browse import Browse
from dataset_tools.inspect.catalogue import FACETS, Choice, Row, facet_values, row_title, window
from dataset_tools.inspect.facts import facts_html, notice_html, spec_json
from dataset_tools.inspect.keys import HELP
from dataset_tools.inspect.opened import OpenedClip
from dataset_tools.inspect.self_check import ORDERS
from dataset_tools.inspect.view import LAYERS, View

if TYPE_CHECKING:
    from viser import ClientHandle

ANY = "(any)"
DATASET_ORDER = "dataset order"
LISTED = 100
"""Clips in the drop-down list at a time, around the one that is shown."""
MAX_FACET_VALUES = 300
LEFT_WIDTH, RIGHT_WIDTH = 480, 330
FPS_LIMITS = (0.5, 60.0)
STEPS = {"◀ frame": "frame back", "play / pause": "play", "frame ▶": "frame on"}
JUMPS = {"◀ previous clip": "clip back", "next clip ▶": "clip on"}


@dataclass(frozen=True)
class Handlers:
    """What a person's hand on the controls calls. `actions` are those of `keys.HOTKEYS`, by name."""

    actions: dict[str, Callable[[], None]]
    frame: Callable[[int], None]
    fps: Callable[[float], None]
    layer: Callable[[str, bool], None]
    choice: Callable[[Choice], None]
    order: Callable[[str], None]
    position: Callable[[int], None]
    download_spec: Callable[[], None]


class Panels:
    """The controls. `show_...` bring them up to date; they call no handler by that."""

    def __init__(self, client: "ClientHandle", rows: Sequence[Row], choice: Choice, handlers: Handlers) -> None:
        self._gui = client.gui
        self._rows = rows
        self._handlers = handlers
        panel = self._gui.add_panel()
        panel.dock_left()
        panel.set_width(LEFT_WIDTH)
        with panel.add_tab("Clip"):
            self._picture_controls()
        self._gui.main_panel.dock_right()
        self._gui.main_panel.set_width(RIGHT_WIDTH)
        self._clip_controls(choice)

    def _picture_controls(self) -> None:
        gui, handlers = self._gui, self._handlers
        self._notice = gui.add_html("", visible=False)
        self._picture = gui.add_image(np.zeros((9, 16, 3), np.uint8), format="jpeg", jpeg_quality=88)
        self._frame = gui.add_slider("frame", min=0, max=1, step=1, initial_value=0)
        self._frame.on_update(_by_hand(lambda value: handlers.frame(int(value))))
        steps = gui.add_button_group("play", tuple(STEPS))
        steps.on_click(lambda event: handlers.actions[STEPS[event.target.value]]())
        low, high = FPS_LIMITS
        self._fps = gui.add_number("frames / s", 8.0, min=low, max=high, step=0.5)
        self._fps.on_update(_by_hand(lambda value: handlers.fps(float(value))))
        self._layers = {}
        with gui.add_folder("Layers"):
            for name, (label, hint) in LAYERS.items():
                switch = gui.add_checkbox(label, initial_value=name in View().layers, hint=hint)
                switch.on_update(_by_hand(lambda value, name=name: handlers.layer(name, bool(value))))
                self._layers[name] = switch

    def _clip_controls(self, choice: Choice) -> None:
        gui, handlers = self._gui, self._handlers
        with gui.add_folder("Clips"):
            self._text = gui.add_text("find", choice.text, hint="a part of a key, an object's id or a category")
            self._facets = {}
            for facet in FACETS:
                values = facet_values(self._rows, facet)[:MAX_FACET_VALUES]
                initial = getattr(choice, facet) or ANY
                options = dict.fromkeys((ANY, *values, initial))
                self._facets[facet] = gui.add_dropdown(facet, tuple(options), initial_value=initial)
            order = gui.add_dropdown("worst first by", (DATASET_ORDER, *ORDERS), hint="a self-check's figure")
            order.on_update(_by_hand(lambda value: handlers.order("" if value == DATASET_ORDER else value)))
            for control in (self._text, *self._facets.values()):
                control.on_update(_by_hand(lambda value: handlers.choice(self._choice())))
            self._status = gui.add_html("")
            self._clips = gui.add_dropdown("clip", ("",))
            self._clips.on_update(_by_hand(lambda title: handlers.position(int(title.split(" ", 1)[0]) - 1)))
            self._position = gui.add_number("number in list", 1, min=1, max=max(1, len(self._rows)), step=1)
            self._position.on_update(_by_hand(lambda number: handlers.position(int(number) - 1)))
            jumps = gui.add_button_group("go", tuple(JUMPS))
            jumps.on_click(lambda event: handlers.actions[JUMPS[event.target.value]]())
        with gui.add_folder("About this clip"):
            self._facts = gui.add_html("")
            self._download = gui.add_button("Download its recipe (JSON)", visible=False)
            self._download.on_click(lambda event: handlers.download_spec())
        gui.add_html(f'<div style="font-size:11px;opacity:0.7;padding:0 1em 1em">{HELP}</div>')

    def _choice(self) -> Choice:
        chosen = {facet: handle.value for facet, handle in self._facets.items()}
        return Choice(self._text.value, **{facet: "" if value == ANY else value for facet, value in chosen.items()})

    def show_list(self, browse: Browse, progress: str) -> None:
        """The list of clips around the one that is shown, how many there are, and how far reading is."""
        total, found = len(self._rows), len(browse.matches)
        status = f"{found:,} of {total:,} clips" + (f" · {progress}" if progress else "")
        self._status.content = f'<div class="status" style="font-size:12px;padding:0 1em">{status}</div>'
        places = window(browse.position, found, LISTED)
        titles = tuple(row_title(self._rows[browse.matches[place]], place) for place in places)
        options = titles or ("no clip",)
        if self._clips.options != options:
            self._clips.options = options
        self._clips.value = options[browse.position - places.start] if titles else options[0]
        self._clips.disabled = not titles
        self._position.max = max(1, found)
        self._position.value = browse.position + 1

    def show_clip(self, opened: OpenedClip, dataset_url: str, view: View) -> None:
        """A clip's facts, its length and speed, and which layers it has."""
        self._notice.visible = False
        self._picture.visible = True
        self._facts.content = facts_html(opened.clip, dataset_url, opened.absent)
        self._download.visible = spec_json(opened.clip) is not None
        self._frame.max = max(1, view.frames - 1)
        self._frame.disabled = view.frames < 2
        self._fps.value = min(max(view.fps, FPS_LIMITS[0]), FPS_LIMITS[1])
        for name, switch in self._layers.items():
            switch.disabled = not opened.layer_available(name)

    def show_frame(self, view: View, picture: np.ndarray) -> None:
        """A frame's picture, and the slider at it."""
        self._picture.image = picture
        self._frame.value = view.frame

    def show_notice(self, text: str) -> None:
        """A text over the picture, for what cannot be shown."""
        self._notice.content = notice_html(text)
        self._notice.visible = bool(text)
        self._picture.visible = False
        self._frame.disabled = True
        self._facts.content = ""
        self._download.visible = False


def _by_hand(handler: Callable[[Any], None]) -> Callable[[Any], None]:
    """A callback that passes on what a person has set, and nothing that this program has."""

    def called(event: Any) -> None:
        if event.client is not None:
            handler(event.target.value)

    return called
