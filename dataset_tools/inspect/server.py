"""The server behind `posetraj inspect`: a page for each browser tab that comes, until it is stopped."""

import errno
import io
import socket
import threading
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_tools.errors import FormatError, MissingPackageError
from dataset_tools.inspect.catalogue import Choice, Row, catalogue, choose, find_key
from dataset_tools.inspect.self_check import SelfCheckReader
from dataset_tools.inspect.session import Session
from dataset_tools.reader import Dataset

if TYPE_CHECKING:
    from viser import ClientHandle, ViserServer


@dataclass(frozen=True)
class Start:
    """Where every tab begins: a choice of clips, and a clip's number in the dataset or None for the first."""

    choice: Choice
    index: int | None


def start_at(rows: tuple[Row, ...], split: str = "", key: str = "") -> Start:
    """Where to begin for a split and a clip's key, "" for any. Raises FormatError where there is no such clip."""
    index = find_key(rows, key) if key else None
    choice = Choice(split=split)
    matches = choose(rows, choice)
    if not matches:
        raise FormatError(f"there is no clip{f' in the split {split}' if split else ''} to show here")
    if index is not None and index not in matches:
        raise FormatError(f"clip {key} is not in the split {split}; leave --split away to look at it")
    return Start(choice, index)


def choose_from(rows: tuple[Row, ...], start: Start) -> int:
    """The number of the clip that is shown first."""
    return start.index if start.index is not None else choose(rows, start.choice)[0]


class InspectServer:
    """Serves a dataset on `host` and `port`, or on the next free port; 0 takes any. Each tab has a state of its own.

    Raises MissingPackageError without viser, and FormatError where there is no dataset or no such clip.
    """

    def __init__(self, url: str, host: str = "127.0.0.1", port: int = 8080, split: str = "", key: str = "") -> None:
        self._dataset = Dataset(url)
        self._rows = catalogue(self._dataset)
        self._start = start_at(self._rows, split, key)
        self._checks = SelfCheckReader(self._dataset)
        self._sessions: dict[int, Session] = {}
        self._lock = threading.Lock()
        self._server = _viser_server(host, port)
        self._server.gui.configure_theme(dark_mode=True, show_logo=False, show_share_button=False)
        self._server.gui.set_panel_label(self._dataset.url.rstrip("/").rpartition("/")[2])
        self._server.on_client_connect(self._enter)
        self._server.on_client_disconnect(self._leave)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the page."""
        host = self._server.get_host()
        host = "127.0.0.1" if host in ("0.0.0.0", "") else f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._server.get_port()}"

    @property
    def clips(self) -> int:
        """The number of clips in the dataset."""
        return len(self._rows)

    @property
    def clients(self) -> "list[ClientHandle]":
        """The browser tabs that look at it, as viser knows them."""
        return list(self._server.get_clients().values())

    def stop(self) -> None:
        """Close all tabs' sessions and the server."""
        self._checks.stop()
        with self._lock:
            sessions = tuple(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            session.close()
        with redirect_stdout(io.StringIO()):  # viser tells that it has stopped
            self._server.stop()

    def _enter(self, client: "ClientHandle") -> None:
        start = self._start
        session = Session(client, self._dataset, self._rows, self._checks, start.choice, start.index)
        with self._lock:
            self._sessions[client.client_id] = session

    def _leave(self, client: "ClientHandle") -> None:
        with self._lock:
            session = self._sessions.pop(client.client_id, None)
        if session is not None:
            session.close()


def check_address(host: str, port: int) -> None:
    """Raise FormatError where nothing can listen at that address; a port that is merely taken is no error."""
    if not 0 <= port <= 65535:
        raise FormatError(f"there is no port {port}; choose one from 1024 to 65535, or 0 for any")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise FormatError(
                f"cannot listen on {host}, port {port} ({error.strerror}); choose another --host or --port"
            ) from error


def _viser_server(host: str, port: int) -> "ViserServer":
    check_address(host, port)
    try:
        import viser
    except ModuleNotFoundError as error:
        raise MissingPackageError(
            f"the viewer needs the package {error.name}, which is not installed; pip install 'posetraj[view]'"
        ) from error
    with redirect_stdout(io.StringIO()):  # viser prints a banner of its own
        return viser.ViserServer(host=host, port=port, verbose=False)
