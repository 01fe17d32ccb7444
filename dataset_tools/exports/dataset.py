"""A whole dataset, or one split, written in another form, clip by clip."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.exports.bop import Bop
from dataset_tools.exports.coco import Coco
from dataset_tools.exports.form import Form
from dataset_tools.exports.opened import open_clip
from dataset_tools.exports.posetraj_authors import PoseTrajAuthors
from dataset_tools.exports.tapvid import TapVid
from dataset_tools.reader import Dataset
from dataset_tools.stats.output import CannotWrite

FORMS: Mapping[str, type[Form]] = {
    "coco": Coco,
    "bop": Bop,
    "tapvid": TapVid,
    "posetraj-authors": PoseTrajAuthors,
}


def export_dataset(
    dataset: Dataset | Sequence[Clip], form: str, out: str | os.PathLike, progress: bool = False
) -> Path:
    """Write clips into the folder `out` in one of the FORMS; returns its path.

    The folder appears once everything is written; until then the files lie beside it in `.NAME.PID.tmp`, which goes
    when the export fails. `progress` shows a bar.
    Raises FormatError for an unknown form, a folder that holds something, no clips, and a clip that cannot be read or
    lacks what the form needs (it is named); CannotWrite where files cannot be written.
    """
    if form not in FORMS:
        raise FormatError(f"there is no form {form!r}; choose {', '.join(FORMS)}")
    if len(dataset) == 0:
        raise FormatError("there is no clip to export; choose another split, or a dataset that holds clips")
    out = Path(out).absolute()
    if dataset[0].kind == "real" and {"world_from_object", "box_corners_px"} & {*FORMS[form].needs}:
        raise FormatError(f"{form} needs boxes and poses in space, which real clips do not have; choose coco or tapvid")
    source = getattr(dataset, "url", "")
    if source and out.resolve().is_relative_to(Path(source).resolve()):
        raise FormatError(f"{out} lies in the dataset that is exported; choose a folder outside of it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FormatError(f"{out} is not an empty folder; name a new one, nothing there is overwritten")
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        unfinished.mkdir(parents=True)
        writer = FORMS[form](unfinished)
        for clip in tqdm(dataset, desc=form, unit="clip", disable=not progress):
            writer.add(open_clip(clip, writer.needs, writer.takes))
        writer.finish()
        os.replace(unfinished, out)
    except OSError as error:
        raise CannotWrite(
            f"the export to {out} stopped ({error}); nothing of it is left, mend that and try again"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return out
