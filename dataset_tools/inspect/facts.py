"""What is known of a clip, as HTML for a panel and as a command; every text of the dataset is escaped."""

import html
import json
import shlex
from collections.abc import Iterable
from typing import Any

from dataset_tools.captions import figure, motion, name_of, objects, spoken
from dataset_tools.clip import Clip
from dataset_tools.drawing import PALETTE

CLIP_FACTS = (
    "camera", "environment", "floor", "view", "engine", "samples", "blender", "seed", "attempt", "center_source",
)  # fmt: skip
FILM = ("width", "height", "frames", "fps")
OBJECT_FACTS = ("category", "source", "licence", "author")
NOT_KNOWN = ("unknown", "none", "film", "filmed", 0)
"""What a real clip says where a synthetic one has something to say."""
MAX_OBJECTS = 12
MAX_FIGURES = 40


def render_again_command(clip: Clip, dataset_url: str) -> str:
    """The command that renders this clip again from the recipe in it, quoted for a shell."""
    words = ["posetraj", "render-clip", dataset_url, clip.key, "--out", f"clip-{clip.key}"]
    return shlex.join(words)


def spec_json(clip: Clip) -> bytes | None:
    """The clip's recipe as indented JSON; as it stands where it is not JSON, None where the clip has none."""
    spec = clip.meta.get("spec")
    if not isinstance(spec, str) or not spec:
        return None
    try:
        return json.dumps(json.loads(spec), indent=1).encode()
    except (ValueError, RecursionError):
        return spec.encode(errors="replace")


def facts_html(clip: Clip, dataset_url: str, absent: Iterable[str] = ()) -> str:
    """The clip's objects, facts, self-check and what it lacks, and the command that renders it again."""
    meta = clip.meta
    missing = ", ".join(absent)
    real = clip.kind == "real"
    about = [
        ("clip", f"{clip.key}{f' · {clip.split}' if clip.split else ''} · {clip.kind}"),
        ("film", "{width}×{height}, {frames} frames at {fps} fps".format(**{n: figure(meta.get(n)) for n in FILM})),
        *((spoken(name), meta.get(name)) for name in CLIP_FACTS if not (real and meta.get(name) in NOT_KNOWN)),
    ]
    checks = meta.get("qa")
    figures = list(checks.items())[:MAX_FIGURES] if isinstance(checks, dict) else []
    parts = [
        _note(f"This {clip.kind} clip has {missing}.") if missing else "",
        *(_object(number, entry, real) for number, entry in enumerate(objects(clip)[:MAX_OBJECTS])),
        _table("Clip", about),
        _table("Self-check", [(spoken(name), figure(value)) for name, value in figures]),
    ]
    if clip.kind == "synthetic":
        parts.append(_command(render_again_command(clip, dataset_url)))
    return f'<div style="font-size:12px;line-height:1.45;padding:0 0.6em">{"".join(parts)}</div>'


def notice_html(text: str) -> str:
    """A text that stands out, escaped; nothing for an empty one."""
    return f'<div style="font-size:12px;padding:0 0.6em">{_note(text)}</div>' if text else ""


def _note(text: str) -> str:
    style = "border-left:3px solid #f59e0b;padding:0.2em 0.6em;margin:0.3em 0"
    return f'<div class="notice" style="{style}">{html.escape(text)}</div>'


def _object(number: int, entry: dict[str, Any], real: bool) -> str:
    rows = [] if real else [("motion", motion(entry, "family", "facing"))]
    rows += [(name, entry.get(name)) for name in OBJECT_FACTS]
    if entry.get("front_known") is False and not real:
        rows.append(("front", "not known"))
    dot = f'<span style="color:{PALETTE[number % len(PALETTE)]}">■</span> '
    return _table(name_of(entry), rows, dot)


def _table(title: str, rows: Iterable[tuple[str, Any]], before: str = "") -> str:
    shown = [(name, str(value)) for name, value in rows if value is not None and str(value) != ""]
    if not shown:
        return ""
    lines = "".join(
        f'<tr><td style="opacity:0.6;padding-right:0.8em;vertical-align:top;white-space:nowrap">'
        f"{html.escape(name[:60])}</td>"
        f'<td style="overflow-wrap:anywhere">{html.escape(value[:300])}</td></tr>'
        for name, value in shown
    )
    heading = f'<div style="font-weight:600;margin-top:0.5em">{before}{html.escape(title[:200])}</div>'
    return f"{heading}<table>{lines}</table>"


def _command(command: str) -> str:
    style = "user-select:all;white-space:pre-wrap;overflow-wrap:anywhere;display:block;font-size:11px"
    return (
        '<div style="font-weight:600;margin-top:0.5em">Render it again</div>'
        f'<code style="{style}">{html.escape(command)}</code>'
    )
