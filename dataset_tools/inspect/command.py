"""What `posetraj inspect` does: serve until it is interrupted, or write one clip to a file."""

import sys
import threading
from pathlib import Path

from dataset_tools.inspect.catalogue import catalogue
from dataset_tools.inspect.server import InspectServer, choose_from, start_at
from dataset_tools.reader import Dataset


def serve(url: str, host: str, port: int, split: str, key: str) -> None:
    """Show a dataset to browsers until Ctrl-C. Raises as InspectServer does."""
    server = InspectServer(url, host, port, split, key)
    try:
        clips = f"{server.clips:,} clip{'' if server.clips == 1 else 's'}"
        moved = "" if not port or server.address.endswith(f":{port}") else f"; port {port} is taken"
        print(f"{clips}; open {server.address} (Ctrl-C stops){moved}", flush=True)
        if host not in ("127.0.0.1", "localhost", "::1"):
            print(f"listening on {host}: whoever reaches this machine can look at the dataset", file=sys.stderr)
        threading.Event().wait()
    except KeyboardInterrupt:
        print("stopped")
    finally:
        server.stop()


def export(url: str, path: Path, split: str, key: str) -> Path:
    """Write a clip, the first of the split where no key is given, to an .mp4, .html or .rrd file.

    Raises FormatError where there is no such clip, and what `export_clip` raises.
    """
    from dataset_tools.exports import export_clip

    dataset = Dataset(url)
    rows = catalogue(dataset)
    export_clip(dataset[choose_from(rows, start_at(rows, split, key))], path)
    return path
