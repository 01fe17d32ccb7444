"""A part of a model, such as its UNet, from a folder in diffusers' layout or from the hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch

from model.errors import ModelError

Part = TypeVar("Part")
FORMS = ({"use_safetensors": True}, {"use_safetensors": True, "variant": "fp16"}, {"use_safetensors": False})
"""How the weights of a part may lie there, in the order in which they are looked for."""


@contextmanager
def reading(what: str, place: str) -> Iterator[None]:
    """Make one sentence that names the place of what diffusers and transformers raise inside the block."""
    if not Path(place).exists() and place.count("/") != 1:
        raise ModelError(f"cannot read {what} from {place}: there is no such folder, and on the hub it is OWNER/NAME")
    try:
        yield
    except (OSError, ValueError) as error:
        said = str(error).strip() or type(error).__name__
        raise ModelError(f"cannot read {what} from {place}: {said.splitlines()[0].strip()}") from error


def read_part(kind: type[Part], place: str, subfolder: str, dtype: torch.dtype) -> Part:
    """Return a part with the weights that lie in a subfolder of a place, "" for the place itself.

    They are taken as fp16 where there are no others, and as pickled tensors where there are no safetensors. Raises
    ModelError for a file that lacks weights, and what diffusers raises where nothing can be read.
    """
    part, found = _read(kind, place, subfolder, dtype)
    missing = sorted(found["missing_keys"])
    if missing:
        raise ModelError(
            f"{'/'.join(filter(None, (place, subfolder)))} lacks {len(missing)} weights of a {kind.__name__}, such as "
            f"{missing[0]}; write or download it again"
        )
    return part


def _read(kind: type[Part], place: str, subfolder: str, dtype: torch.dtype) -> tuple[Part, dict[str, Any]]:
    first: OSError | None = None
    for form in FORMS:
        try:
            return kind.from_pretrained(place, subfolder=subfolder, dtype=dtype, output_loading_info=True, **form)
        except OSError as error:
            first = first or error
    raise first
