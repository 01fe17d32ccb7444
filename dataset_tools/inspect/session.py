"""One browser tab: what it wants to see, and the thread that shows it.

Handlers only write down what is wanted. The thread shows the latest of it, so that a quick hand on the slider
skips frames instead of queueing them, and only that thread touches what is shown.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dataset_tools.errors import FormatError
from dataset_tools.inspect.browse import Browse
from dataset_tools.inspect.catalogue import Choice, Row, choose
from dataset_tools.inspect.facts import spec_json
from dataset_tools.inspect.keys import add_hotkeys
from dataset_tools.inspect.opened import OpenedClip
from dataset_tools.inspect.panels import Handlers, Panels
from dataset_tools.inspect.self_check import SelfCheckReader
from dataset_tools.inspect.stage import Stage
from dataset_tools.inspect.view import View
from dataset_tools.reader import Dataset

if TYPE_CHECKING:
    from viser import ClientHandle

UNREADABLE = (FormatError, OSError, ValueError, IndexError, KeyError, TypeError)
"""What a damaged clip can raise: it is told in the page, and the next one can be looked at."""


class Session:
    """Begins to show clip `index` of the dataset to a browser tab, until it is closed."""

    def __init__(
        self,
        client: "ClientHandle",
        dataset: Dataset,
        rows: Sequence[Row],
        checks: SelfCheckReader,
        choice: Choice,
        index: int | None,
    ) -> None:
        self._client, self._dataset, self._rows, self._checks = client, dataset, rows, checks
        self._changed = threading.Condition()
        self._closed = False
        self._stale = True
        self._choice, self._order = choice, ""
        self._browse = Browse(choose(rows, choice))
        if index in self._browse.matches:
            self._browse = self._browse.to(self._browse.matches.index(index))
        self._view = View()
        self._opened: OpenedClip | None = None
        self._thread = threading.Thread(target=self._run, name=f"session-{client.client_id}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Show nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _change(self, change: Callable[[], None]) -> None:
        with self._changed:
            change()
            self._stale = True
            self._changed.notify()

    def _set_view(self, change: Callable[[View], View]) -> None:
        def changed() -> None:
            self._view = change(self._view)

        self._change(changed)

    def _set_browse(self, change: Callable[[Browse], Browse]) -> None:
        def changed() -> None:
            self._browse = change(self._browse)

        self._change(changed)

    def _handlers(self) -> Handlers:
        return Handlers(
            actions={
                "play": lambda: self._set_view(lambda view: replace(view, playing=not view.playing)),
                "frame back": lambda: self._set_view(lambda view: view.step(-1)),
                "frame on": lambda: self._set_view(lambda view: view.step(1)),
                "clip on": lambda: self._set_browse(lambda browse: browse.step(1)),
                "clip back": lambda: self._set_browse(lambda browse: browse.step(-1)),
            },
            frame=lambda t: self._set_view(lambda view: replace(view.at(t), playing=False)),
            fps=lambda fps: self._set_view(lambda view: replace(view, fps=fps)),
            layer=lambda name, shown: self._set_view(lambda view: view.switch(name, shown)),
            choice=self._choose,
            order=self._order_by,
            position=lambda position: self._set_browse(lambda browse: browse.to(position)),
            download_spec=self._download_spec,
        )

    def _choose(self, choice: Choice) -> None:
        def changed() -> None:
            self._choice = choice
            self._browse = self._browse.among(self._matches())

        self._change(changed)

    def _order_by(self, order: str) -> None:
        def changed() -> None:
            self._order = order
            self._browse = self._browse.among(self._matches(), keep=not order)

        if order:
            self._checks.start()
        self._change(changed)

    def _matches(self) -> tuple[int, ...]:
        matches = choose(self._rows, self._choice)
        if self._order and self._checks.done is not None:
            return self._checks.done.worst_first(matches, self._order)
        return matches

    def _read_on(self) -> None:
        """The self-checks have been read a little further, or to their end."""

        def changed() -> None:
            if self._order and self._checks.done is not None:
                self._browse = self._browse.among(self._matches(), keep=False)

        self._change(changed)

    def _download_spec(self) -> None:
        opened = self._opened
        spec = spec_json(opened.clip) if opened else None
        if spec:
            self._client.send_file_download(f"{opened.clip.key}.spec.json", spec, save_immediately=True)

    def _run(self) -> None:
        self._panels = Panels(self._client, self._rows, self._choice, self._handlers())
        self._stage = Stage(self._client)
        add_hotkeys(self._client, self._handlers().actions, self._dataset.url.rstrip("/").rpartition("/")[2])
        leave = self._checks.listen(self._read_on)
        shown: int | None = -1  # no clip has this number
        due = 0.0
        try:
            while True:
                with self._changed:
                    due = self._wait(due)
                    if self._closed:
                        return
                    self._stale = False
                    browse, view = self._browse, self._view
                self._panels.show_list(browse, self._checks.progress)
                if browse.index != shown:
                    shown = browse.index
                    self._open(shown)
                    with self._changed:
                        view = self._view
                self._show(view)
        finally:
            leave()

    def _wait(self, due: float) -> float:
        """Wait until something is wanted or, while playing, until the next frame is `due`; when the one after is."""
        while not self._closed and not self._stale:
            if not self._view.playing:
                self._changed.wait()
                continue
            pause = due - time.monotonic()
            if pause <= 0.0:
                self._view = self._view.tick()
                return max(due, time.monotonic() - 1.0 / self._view.fps) + 1.0 / self._view.fps
            self._changed.wait(pause)
        return max(due, time.monotonic())

    def _open(self, index: int | None) -> None:
        self._opened = None
        if index is None:
            self._stage.clear()
            self._panels.show_notice("No clip matches; take back some of what was chosen.")
            return
        try:
            opened = OpenedClip(self._dataset[index])
            with self._changed:
                self._view = self._view.of_clip(len(opened.frames), opened.film.fps)
            with self._client.atomic():
                self._panels.show_clip(opened, self._dataset.url, self._view)
                self._stage.open(opened)
            self._opened = opened
        except UNREADABLE as error:
            self._fail(error)

    def _show(self, view: View) -> None:
        if self._opened is None:
            return
        try:
            picture = self._opened.picture(view)
            with self._client.atomic():
                self._panels.show_frame(view, picture)
                self._stage.show(self._opened, view)
        except UNREADABLE as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._opened = None
        self._stage.clear()
        told = str(error) if isinstance(error, FormatError) else f"this clip cannot be shown ({error!r:.200})"
        self._panels.show_notice(told)
