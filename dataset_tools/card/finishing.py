"""The card of a dataset that is being finished: written once all shards are packed, never a reason to lose them."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dataset_tools.manifest import Manifest


def write_card_before(manifest: Manifest, folder: Path, say: Callable[[str], None]) -> None:
    """Write the card of the dataset in `folder` that `manifest`, not written yet, is going to list.

    Whatever goes wrong is said in one line: a dataset without a card is whole. An earlier card, of fewer clips, goes.
    """
    from dataset_tools.card.card import describe
    from dataset_tools.card.packed import PackedShards
    from dataset_tools.card.write import ChangedByHand, remove_card, write_card
    from dataset_tools.stats import collect

    try:
        clips = PackedShards(folder, manifest)
        if len(clips):
            write_card(folder, describe(clips, collect(clips)))
    except ChangedByHand as error:
        say(f"card: {error}")
    except Exception as error:
        with suppress(OSError):
            remove_card(folder)
        root = shlex.quote(str(folder))
        say(
            f"card: none was written ({type(error).__name__}: {error}); the clips are all there, and "
            f"'posetraj stats {root} --out {root}' tries again"
        )
