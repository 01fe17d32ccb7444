"""The card as one HTML file: what it is, whom to name, charts of all that was counted; it needs nothing else."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from importlib import resources

from dataset_tools.card.card import Card
from dataset_tools.card.credits import LINK, Credit, changes, to_name
from dataset_tools.card.words import AXES, MEMBER_WORDS, READ, arrays, facts, lead, read_plain
from dataset_tools.stats import sections
from dataset_tools.stats.licences import alarms
from dataset_tools.stats.wording import counted, headline, printable, ranked

GENERATOR = '<meta name="generator" content="posetraj card">'
"""What every page of ours has in its head."""
MAX_REASONS = 14


def card_html(card: Card) -> str:
    """The page of a card.

    It loads nothing from elsewhere, its content security policy lets no script run, and all texts of the dataset are
    escaped.
    """
    style = _template("card.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    parts = [
        _opening(card),
        *sections.content(card.statistics),
        sections.findings(card.statistics),
        sections.making(card.statistics, [*_files(card), *_settings(card)]),
        sections.section("Licences and attribution", _licences(card), "licences"),
        sections.assets(card.statistics),
        sections.section("What a clip holds, and how to read it", _reading(card), "reading"),
    ]
    names = re.findall(r'<section id="([^"]*)"><h2>(.*?)</h2>', "".join(parts))
    values = {
        "title": html.escape(printable(card.title)),
        "summary": "".join(f"<li>{html.escape(fact)}</li>" for fact in headline(card.statistics)),
        "contents": "".join(f'<a href="#{name}">{title}</a>' for name, title in names),
        "generator": GENERATOR,
        "style": style,
        "style_hash": f"'sha256-{digest}'",
        "sections": "\n".join(filter(None, parts)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], _template("card.html"))


def _template(name: str) -> str:
    return resources.files("dataset_tools").joinpath("templates", name).read_text(encoding="utf-8")


def _opening(card: Card) -> str:
    """What this is, what keeps it from being published, and the picture."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in alarms(card.statistics.licences))
    loud = f'<ul class="findings alarms">{items}</ul>' if items else ""
    return f'<p class="lead">{html.escape(lead(card))}</p>{loud}<div class="opening">{_sheet(card)}{_facts(card)}</div>'


def _sheet(card: Card) -> str:
    if not card.sheet:
        return ""
    source = base64.b64encode(card.sheet).decode("ascii")
    told = "Clips from first to last, each by its middle frame, with the objects' boxes and paths"
    picture = f'<img src="data:image/jpeg;base64,{source}" alt="{told}">'
    return f'<figure class="card">{picture}<figcaption>{told}.</figcaption></figure>'


def _facts(card: Card) -> str:
    return sections.panel("In short", "", sections.table((), facts(card)), "short")


def _files(card: Card) -> list[str]:
    if not card.intake:
        return []
    amounts = (("accepted", f"{card.intake.accepted:,}"), ("rejected", f"{card.intake.rejected:,}"))
    cards = [sections.panel("Files of objects", "", sections.table((), amounts))]
    reasons = [(printable(reason), f"{count:,}") for reason, count in ranked(card.intake.reasons)[:MAX_REASONS]]
    if reasons:
        cards.append(sections.panel("Files of objects rejected because", "", sections.table((), reasons)))
    return cards


def _settings(card: Card) -> list[str]:
    if not card.origin or not card.origin.config:
        return []
    told = html.escape(json.dumps(card.origin.config, indent=1, sort_keys=True, ensure_ascii=True))
    inside = f"<details><summary>all settings, as JSON</summary><pre>{told}</pre></details>"
    return [sections.panel("Settings", f"seed {card.origin.seed}", inside)]


def _licences(card: Card) -> Iterable[str]:
    uses, credits = card.licences, card.credits
    if not uses:
        return
    rows = [(printable(use.licence.name), f"{use.clips:,}", f"{use.objects:,}", use.licence.asks) for use in uses]
    yield sections.panel(
        "Licences", "of the objects shown", sections.table(("licence", "clips", "objects", "asks for"), rows)
    )
    named = to_name(credits)
    if not named:
        words = "No licence of an object shown asks for attribution."
        yield sections.panel("Attribution", "", f'<p class="more">{words}</p>', "wider")
        return
    items = "".join(f"<li>{_credit(credit)}</li>" for credit in named)
    note = f"{counted(len(named), 'object')} to name wherever clips are shown or given away"
    done = f'<p class="more">{html.escape(changes(card.statistics))}.</p>'
    inside = f'<div class="scroll"><ul class="credits">{items}</ul></div>{done}'
    yield sections.panel("Attribution", note, inside, "wider")


def _credit(credit: Credit) -> str:
    source = html.escape(credit.source)
    if LINK.fullmatch(credit.source):
        source = f'<a href="{source}" rel="nofollow noopener noreferrer">{source}</a>'
    source = f" · {source}" if credit.source not in ("", "unknown") else ""
    flag = "" if credit.licence.recognised else ' class="alarm"'
    return (
        f"<b>{html.escape(credit.named)}</b>{source} · <span{flag}>{html.escape(printable(credit.licence.name))}</span>"
    )


def _reading(card: Card) -> Iterable[str]:
    members = card.origin.members if card.origin else tuple(card.statistics.members)
    rows = [(name, MEMBER_WORDS.get(name, "")) for name in members]
    inside = sections.table((), rows)
    told = sections.table(("array", "type", "shape"), arrays(card))
    inside += f'<details><summary>the arrays of labels.npz</summary><div class="scroll">{told}</div></details>'
    axes = f'<p class="more">{html.escape(AXES)}</p>'
    yield sections.panel("Members of each clip", "T frames, N objects, P tracked points", inside + axes, "words")
    for title, code in (("With posetraj", READ), ("With webdataset alone", read_plain(card))):
        yield sections.panel(title, "", f"<pre>{html.escape(code)}</pre>")
