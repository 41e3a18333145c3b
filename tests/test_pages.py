"""The page of a project: valid, closed to the network, and usable by keyboard."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import CHROMIUM, open_page
from expectations import FIXTURES

from blocklint import engine
from blocklint.engine import Request
from blocklint.report import Overview
from blocklint.reporters.inspection import html
from blocklint.reporters.pages.docs import docs

VOID = {"meta", "input", "br", "img", "link"}
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no browser here")
EVIL = "<script>alert(1)</script>\"'>]]>&\u202e\x00"


class Page(HTMLParser):
    """Reads a page: are its elements closed, what are its ids, links and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.seen.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.loads += [v for n, v in given.items() if n in ("src", "srcset", "data")]
        assert not any(name.startswith("on") for name in given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def overview() -> Overview:
    files = ("facts/encoder_decoder.py", "facts/nanogpt.py", "readme/model.py")
    paths = tuple((FIXTURES / file).as_posix() for file in files)
    return engine.inspect(Request(paths), pictured=True)


@pytest.fixture(scope="module")
def shown() -> Overview:
    return overview()


@pytest.fixture
def page(shown: Overview, tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(html.render(shown))
    return path


def test_every_element_is_closed_and_every_link_leads_somewhere(
    shown: Overview,
) -> None:
    text = html.render(shown)

    read = Page(text)

    assert read.open == []
    assert len(set(read.ids)) == len(read.ids)
    assert {link[0] for link in read.links} == {"#"}
    assert {link[1:] for link in read.links} <= set(read.ids)


def test_nothing_is_loaded_from_anywhere(shown: Overview) -> None:
    text = html.render(shown)

    read = Page(text)

    assert read.loads == []
    assert not {"img", "link", "iframe", "object", "embed"} & set(read.seen)
    assert "@import" not in text
    assert "url(" not in text


def test_blocks_tell_their_findings_and_link_to_the_rules(shown: Overview) -> None:
    text = html.render(shown)

    found = re.findall(r'data-rules="([^"]*)"', text)

    assert found == ["post-norm", "", "", "residual-after-norm", "", "post-norm"]
    assert '<a href="#rule-post-norm">BL101 post-norm</a>' in text
    assert '<details class="rule" id="rule-post-norm">' in text
    assert "<h4>Not flagged</h4>" in text


def test_names_stay_text(shown: Overview) -> None:
    first, *others = shown.blocks
    variants = tuple(replace(v, when=EVIL) for v in first.variants)
    worst = replace(first, name=EVIL, path=EVIL, variants=variants)
    tame = Page(html.render(replace(shown, blocks=(first, *others))))

    read = Page(html.render(replace(shown, blocks=(worst, *others))))

    assert read.open == []
    assert read.seen.count("script") == tame.seen.count("script") == 1


def test_a_project_without_blocks_has_a_page() -> None:
    nothing = Overview((), 0)

    read = Page(html.render(nothing))

    assert read.open == []


def test_documentation_becomes_headings_lists_and_code() -> None:
    text = "One `a<b`.\n\n## Why\n\n- x\n- y\n\n```python\na < b\n```\n"

    found = list(docs(text))

    assert found == [
        "<p>One <code>a&lt;b</code>.</p>",
        "<h4>Why</h4>",
        "<ul><li>x</li><li>y</li></ul>",
        '<pre tabindex="0"><code>a &lt; b</code></pre>',
    ]


@needs_browser
def test_search_hides_what_it_does_not_find(page: Path) -> None:
    dumped, logged = open_page(page, "--dump-dom", query="?search=decoderlayer+around")

    hidden = re.findall(r'<details class="block"[^>]*? hidden=""', dumped)

    assert "CONSOLE" not in logged
    assert "1 of 6 blocks" in dumped
    assert len(hidden) == 5


@needs_browser
def test_keys_reach_search_and_blocks(page: Path) -> None:
    keys = """<script>addEventListener("load", () => {
      const press = (key) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
      press("/");
      const at = [document.activeElement.name];
      document.querySelector("summary").focus();
      press("ArrowDown");
      at.push(document.activeElement.parentElement.id);
      press("ArrowUp");
      at.push(document.activeElement.parentElement.id);
      location.hash = "#rule-post-norm";
      setTimeout(() => {
        at.push(document.getElementById("rule-post-norm").open);
        document.body.dataset.at = at.join(" ");
      }, 200);
    })</script>"""
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    page.write_text(text.replace("</body>", f"{keys}</body>"))

    dumped, logged = open_page(page, "--dump-dom", "--virtual-time-budget=3000")

    assert "CONSOLE" not in logged
    assert 'data-at="search block-2 block-1 true"' in dumped


@needs_browser
def test_light_and_dark_are_shown_and_differ(page: Path) -> None:
    light, dark = (page.with_name(f"{name}.png") for name in ("light", "dark"))

    for path, scheme in ((light, 1), (dark, 0)):
        setting = f"--blink-settings=preferredColorScheme={scheme}"
        size = "--window-size=1200,1400"
        open_page(page, setting, size, f"--screenshot={path}")

    assert min(light.stat().st_size, dark.stat().st_size) > 20_000
    assert light.read_bytes() != dark.read_bytes()
