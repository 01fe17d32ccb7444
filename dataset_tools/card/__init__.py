"""The dataset card: a page and a README that tell a stranger what a dataset holds and whom to name for it."""

from dataset_tools.card.card import Card, describe
from dataset_tools.card.markdown import card_markdown
from dataset_tools.card.packed import PackedShards
from dataset_tools.card.page import card_html
from dataset_tools.card.write import ChangedByHand, remove_card, write_card, write_card_page

__all__ = [
    "Card",
    "ChangedByHand",
    "PackedShards",
    "card_html",
    "card_markdown",
    "describe",
    "remove_card",
    "write_card",
    "write_card_page",
]
