"""What a dataset holds, in numbers: collected in one pass, told as text, as JSON and as parts of a page."""

from dataset_tools.stats.collect import collect, open_dataset
from dataset_tools.stats.output import write_text
from dataset_tools.stats.statistics import Statistics, from_json, to_json
from dataset_tools.stats.text import format_statistics

__all__ = [
    "Statistics",
    "collect",
    "format_statistics",
    "from_json",
    "open_dataset",
    "to_json",
    "write_text",
]
