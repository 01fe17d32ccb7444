"""The card of a run: written once all shards are packed, never a reason to lose them."""

import shlex
from collections.abc import Callable
from contextlib import suppress

from blender_gen.runner.layout import Layout
from dataset_tools.manifest import Manifest


def write_run_card(layout: Layout, manifest: Manifest, say: Callable[[str], None]) -> None:
    """Write the card of the dataset that `manifest`, not written yet, is going to list.

    Whatever goes wrong is said in one line: a dataset without a card is whole. An earlier card, of fewer clips, goes.
    """
    from dataset_tools.card import ChangedByHand, PackedShards, describe, remove_card, write_card
    from dataset_tools.stats import collect

    try:
        clips = PackedShards(layout.root, manifest)
        if len(clips):
            write_card(layout.root, describe(clips, collect(clips)))
    except ChangedByHand as error:
        say(f"card: {error}")
    except Exception as error:
        with suppress(OSError):
            remove_card(layout.root)
        root = shlex.quote(str(layout.root))
        say(
            f"card: none was written ({type(error).__name__}: {error}); the clips are all there, and "
            f"'posetraj stats {root} --out {root}' tries again"
        )
