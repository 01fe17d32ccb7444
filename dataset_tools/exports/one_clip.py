"""One clip as a file to look at; the file's ending says which."""

from pathlib import Path

from dataset_tools.atomic import write_bytes
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.exports.film import film_bytes
from dataset_tools.exports.recording import recording_bytes
from dataset_tools.page import write_page
from dataset_tools.stats.output import CannotWrite


def export_clip(clip: Clip, path: Path) -> None:
    """Write a clip to a file, atomically: `.mp4` a film with boxes, axes and paths drawn, `.html` a page that plays it
    and needs nothing else, `.rrd` a recording for Rerun's viewer.

    Raises FormatError for another ending and for a clip that cannot be read, CannotWrite where the file cannot be
    written, MissingPackageError where a recording is asked for and rerun-sdk is not installed.
    """
    path, ending = Path(path), Path(path).suffix.lower()
    try:
        if ending == ".mp4":
            write_bytes(path, film_bytes(clip))
        elif ending == ".html":
            write_page([clip], path, title=f"Clip {clip.key}")
        elif ending == ".rrd":
            write_bytes(path, recording_bytes(clip))
        else:
            raise FormatError(
                f"{path.name!r} says no form that a clip can be written in; end it in .mp4, .html or .rrd"
            )
    except OSError as error:
        raise CannotWrite(f"cannot write {path} ({error.strerror}); name a file in a folder of your own") from error
