"""The keyboard: viser's hotkeys, and the few lines in the page that let them have the arrows."""

import html
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viser import ClientHandle

HOTKEYS = {
    "play": ("space", "Play or pause"),
    "frame back": ("arrowleft", "Previous frame"),
    "frame on": ("arrowright", "Next frame"),
    "clip on": ("N", "Next clip"),
    "clip back": ("P", "Previous clip"),
}
"""What each hotkey does: its key in viser's words, and its line in the command palette."""

HELP = (
    "space: play or pause · ← →: frame · n, p: next, previous clip · "
    "drag, scroll, W A S D Q E: move the 3-D view · Ctrl+K: all commands"
)

# viser's camera turns with the arrows too. It listens on the document, its hotkeys on the root element: an arrow
# stops at the root element and so is a hotkey alone. A slider that has the focus takes arrows for itself, and a
# switch or button that was clicked gives the focus back, so that the space bar means play again.
_LISTENERS = """
(() => {
  if (window.posetrajKeys) return;
  window.posetrajKeys = true;
  const sideways = (event) => event.key === "ArrowLeft" || event.key === "ArrowRight";
  document.body.addEventListener("keydown", (event) => {
    if (sideways(event) && event.target.closest("[role=slider]")) event.stopPropagation();
  });
  document.documentElement.addEventListener("keydown", (event) => {
    if (sideways(event)) event.stopPropagation();
  });
  document.addEventListener("click", (event) => {
    const active = document.activeElement;
    if (event.detail && active && active.matches("button, input[type=checkbox], [role=slider]")) active.blur();
  });
})()
"""
_PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def listeners_html(title: str) -> str:
    """HTML that names a page and starts its listeners: scripts set as HTML do not run, an image's load handler does."""
    script = html.escape(f"document.title = {json.dumps(title)}; " + " ".join(_LISTENERS.split()))
    return f'<img alt="" src="{_PIXEL}" style="display:none" onload="{script}">'


def add_hotkeys(client: "ClientHandle", actions: Mapping[str, Callable[[], None]], title: str) -> None:
    """Bind the HOTKEYS of one browser tab to actions by the same names, and name the tab."""
    client.gui.add_html(listeners_html(title))
    for name, (key, label) in HOTKEYS.items():
        command = client.gui.add_command(label, hotkey=key)
        command.on_trigger(_calling(actions[name]))


def _calling(action: Callable[[], None]) -> Callable[[object], None]:
    return lambda event: action()
