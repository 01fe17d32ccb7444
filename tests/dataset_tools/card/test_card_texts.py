"""What the card says of datasets of either kind, and what strangers' texts cannot do to it."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from dataset_tools.card import card_html, card_markdown
from dataset_tools.card.markdown import md, objects_markdown
from tests.dataset_tools.card.conftest import card_of
from tests.dataset_tools.stats_clips import dataset_of, labels_of, members_of, meta_of, poses

EVIL = (
    '</pre></style><script>window.owned = 1</script><img src=x onerror="window.owned = 2"> | a | ![i](http://x/y.png)'
    " [l](javascript:alert) `c` **b** # h https://evil.example www.evil.example \u202eabc\x1b[2J\n\n# heading\n---\n"
)
FACTS = ("asset_id", "name", "category", "source", "licence", "author", "family", "facing")


@pytest.fixture
def hostile(written):
    def change(number, meta):
        for item in meta["objects"]:
            item.update(dict.fromkeys(FACTS, EVIL))
        meta |= dict.fromkeys(("camera", "environment", "floor", "view", "engine"), EVIL) | {"qa": {EVIL: 1.0}}

    line = {"asset_id": EVIL, "file": "x", "state": "rejected", "reason": EVIL}
    return card_of(written(2, change, [line, {**line, "state": "accepted"}]))


def rendered(markdown: str) -> str:
    """HTML as a hub would make it, raw HTML let through."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown.split("---\n", 2)[-1])


def elements(page: str) -> set[str]:
    return set(re.findall(r"<([a-z0-9]+)", page))


def test_no_text_becomes_markup_in_the_readme(hostile, written):
    page = rendered(card_markdown(hostile))
    assert "window.owned" in page and "<script" not in page and "onerror=&quot;" in page
    assert page.count("<img ") == 1 and page.count("<a ") == 2
    assert elements(page) <= elements(rendered(card_markdown(card_of(written(3))))) | {"ul", "li", "blockquote"}
    assert "\u202e" not in page and "\x1b" not in page
    assert "https://evil" not in page and "www.evil" not in card_markdown(hostile)


def test_no_text_becomes_markup_in_the_list_of_objects(hostile):
    page = rendered("---\n---\n" + objects_markdown(hostile))
    assert "window.owned" in page and not elements(page) & {"script", "img", "a", "code", "strong", "h2", "hr"}
    assert page.count("<tr>") == 2 and page.count("<td>") == 6


@pytest.mark.parametrize(
    "text",
    [
        "1. a",
        "- a",
        "+ a",
        "# a",
        "> a",
        "===",
        "12) a",
        "1.",
        "+",
        "--",
        "---",
        "7.5 MB",
        "==",
        "## a",
        "    a",
        "\ta",
        "~~~ a",
        "* a",
    ],
)
def test_a_text_at_the_start_of_a_line_is_a_paragraph(text):
    assert re.fullmatch(r"<p>[^<]*</p>\n", rendered("---\n---\n" + md(text)))


def test_no_text_becomes_an_element_of_the_page(hostile, written):
    evil, calm = card_html(hostile), card_html(card_of(written(3)))
    assert "script" not in elements(evil) and elements(evil) - elements(calm) <= {"li", "ul", "b"}
    assert evil.count("<img ") == 1 and "onerror=&quot;" in evil
    assert 'href="javascript' not in evil and not re.search(r'(src|href)="http:', evil)


@pytest.mark.parametrize(
    "source", ["http://a.b/c", "javascript:alert(1)", 'https://a.b/"onclick="x', "https://a.b/ c", "https://a.b/<i>"]
)
def test_only_plain_secure_addresses_become_links(written, source):
    def change(number, meta):
        for item in meta["objects"]:
            item.update(source=source, licence="CC-BY-4.0")

    card = card_of(written(1, change))
    assert f'href="{source}"' not in card_html(card) and '<a href="https' not in card_html(card)
    assert f"<{source}>" not in card_markdown(card)


def test_real_videos_have_a_card_without_what_they_lack(written):
    card = card_of(written(3, real=True))
    readme, page = card_markdown(card), card_html(card)
    assert "3 clips cut from real videos" in readme and "3 clips cut from real videos" in page
    assert "world_from_object" not in readme.split("## Findings")[0]
    assert "- real\n" in readme and "synthetic" not in readme
    assert "No clip has world_from_object" in page
    assert "two splits" not in readme


def test_clips_that_cannot_be_drawn_leave_the_card_without_a_picture_and_it_says_so(tmp_path):
    labels = labels_of(poses([[0.0], [90.0]]))
    card = card_of(dataset_of(tmp_path, [members_of(labels, meta_of([{}]))]))
    assert card.sheet == b"" and "There is no picture" in card_html(card)
    assert "contact_sheet" not in card_markdown(card) and "<figure" not in card_html(card)


def test_the_card_tells_the_numbers(shared):
    readme = card_markdown(card_of(shared / "golden"))
    assert "# PoseTraj dataset: 5 synthetic clips\n" in readme
    assert "| train | 3 | 36 | 4.5 s |" in readme
    for title in ("Total rotation", "Speed in the picture", "Longest side of the 3-D box", "Visible part"):
        assert re.search(rf"^\| {title}.* \| `[ ▁-█]+` \|$", readme, re.MULTILINE)
    thirds = [int(share) for share in re.findall(r"(\d+) %", readme.split("thirds of the picture, over")[1])[:9]]
    assert 95 <= sum(thirds) <= 105
    assert "| towards | towards right |" in readme


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 360])
def test_the_page_shows_its_picture_and_fits(browser, written, tmp_path, width):
    path = tmp_path / "card.html"
    path.write_text(card_html(card_of(written(7))), encoding="utf-8")
    browser.resize(width, 900)
    browser.open(path.as_uri())
    assert [url for url in browser.requested if not url.startswith("data:")] == [path.as_uri()]
    assert browser.complaints == []
    assert browser.run("document.querySelector('figure img').naturalWidth") > 1000
    assert browser.run("document.documentElement.scrollWidth <= window.innerWidth")
    links = "[...document.querySelectorAll('nav a')].every(link => document.querySelector(link.getAttribute('href')))"
    assert browser.run(links) and browser.run("document.querySelectorAll('nav a').length") >= 7


@pytest.mark.browser
def test_a_script_in_a_text_never_runs(browser, hostile, tmp_path):
    path = tmp_path / "card.html"
    path.write_text(card_html(hostile), encoding="utf-8")
    browser.open(path.as_uri())
    assert browser.run("typeof window.owned") == "undefined"
    assert [url for url in browser.requested if not url.startswith("data:")] == [path.as_uri()]


def test_many_findings_are_folded_and_none_is_lost(shared):
    card = card_of(shared / "golden")
    told = tuple(f"Finding {number:02d}." for number in range(20))
    page = card_html(replace(card, statistics=replace(card.statistics, findings=told)))
    assert [told for told in told if told not in page] == []
    assert page.index("Finding 05") < page.index("<summary>14 more findings</summary>") < page.index("Finding 06")
