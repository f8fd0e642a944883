"""Every text a person reads goes through the catalogue, and its English is complete."""

import ast
import functools
import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent / "zhanggui"
ROOMS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_CALLS = {"_", "gettext", "ngettext", "gettext_noop", "gettext_lazy", "N_", "pgettext"}
DATA = {
    # Chinese that is data, not a text of ours: words of files, of the trade, of addresses
    "kit/regions",
    "kit/words",
    "connect/files",
    "connect/platforms",
    "connect/layouts",
    "connect/payment/alipay_bill",
    "connect/payment/sandbox",
    "connect/payment/wechat_bill",
    "site/demo",
    "freight/seeds",
    "promotions/seeds",
    "people/seeds",
}
NOT_TEXT = re.compile(r"#\s*(?:data|not a text)\b")
"""A line whose Chinese is data says so in a comment: `# data: header names of the platform's file`."""


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """msgid -> {room: English}."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(ROOT.glob("*/locale/en/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    text = message.string if isinstance(message.string, str) else " ".join(message.string)
                    found[key][path.parts[-5]] = text
    return dict(found)


def sources(room: str) -> list[Path]:
    return [
        path
        for path in sorted((ROOT / room).rglob("*.py"))
        if not {"tests", "migrations"} & set(path.parts)
        and not any(str(path.relative_to(ROOT)).startswith(part) for part in DATA)
    ]


def templates(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("templates/**/*.html"))


_BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?\b(?P<args>[^%]*)%\}(?P<body>.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.S
)
_TRANS = re.compile(r"""\{%\s*trans(?:late)?\s+(?P<q>["'])(?P<text>.*?)(?P=q)""", re.S)
_UNDERSCORE = re.compile(r"""_\((?P<q>["'])(?P<text>.*?)(?P=q)\)""", re.S)
_QUOTED = re.compile(r"""(?P<q>["'])(?P<text>[^"'{}%]*?[\u3400-\u9fff][^"'{}]*?)(?P=q)""")


def used_in_template(text: str) -> tuple[set[str], str]:
    """The message ids a template uses, and what is left of it when they, tags' arguments and comments are taken out."""
    found: set[str] = set()

    def block(match: re.Match[str]) -> str:
        body = match["body"]
        parts = re.split(r"\{%\s*plural\s*%\}", body)
        for part in parts[:1]:
            part = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", part.replace("%", "%%"))
            if "trimmed" in match["args"]:
                part = " ".join(line.strip() for line in part.splitlines() if line.strip())
            found.add(part)
        return ""

    def one(match: re.Match[str]) -> str:
        found.add(match["text"])
        return match[0].replace(match["text"], "")

    text = re.sub(r"\{%\s*comment\b.*?\{%\s*endcomment\s*%\}", "", text, flags=re.S)
    text = re.sub(r"\{#.*?#\}", "", text)
    text = _BLOCK.sub(block, text)
    text = _TRANS.sub(one, text)
    text = _UNDERSCORE.sub(one, text)
    # arguments of tags: {% field form.x label="…" %}, {% include … with say="…" %}: translated where shown
    for tag in re.findall(r"\{%.*?%\}", text, flags=re.S):
        bare = tag
        for match in _QUOTED.finditer(tag):
            found.add(match["text"])
            bare = bare.replace(match["text"], "")
        text = text.replace(tag, bare)
    text = text.replace('{{ "中文" }}', "")  # the name of the language, in the language
    return found, text


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def used_in_python(path: Path) -> dict[str, int]:
    """Chinese string literals of a module that are not docstrings or declared data, with their lines."""
    source = path.read_text()
    lines = source.splitlines()
    tree = ast.parse(source)
    docs = {
        id(node.value)
        for parent in ast.walk(tree)
        for node in (parent.body if isinstance(getattr(parent, "body", None), list) else [])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    helps = {  # help texts of columns, defaults and words that are data, lines of the log
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in ("help_text", "words", "why", "default")
        or _called(node) in ("debug", "info", "warning", "error", "exception")
        for part in ast.walk(keyword.value)
    }
    helps |= {  # both languages stand side by side (the command line), or it is a pattern
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _called(node) in ("say", "compile")
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
    }
    skipped: set[int] = set()
    for node in ast.walk(tree):  # an assignment marked as data covers all of its lines
        if isinstance(node, ast.stmt) and hasattr(node, "end_lineno"):
            first = lines[node.lineno - 1]
            above = lines[node.lineno - 2] if node.lineno > 1 else ""
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) and (
                NOT_TEXT.search(first) or NOT_TEXT.search(above) and above.lstrip().startswith("#")
            ):
                skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    found = {}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and CJK.search(node.value)):
            continue
        if (
            id(node) in docs
            or id(node) in helps
            or node.lineno in skipped
            or NOT_TEXT.search(lines[node.lineno - 1])
        ):
            continue
        found[node.value] = node.lineno
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_templates_have_no_chinese_outside_the_catalogue(room):
    bare = []
    for path in templates(room):
        _used, rest = used_in_template(path.read_text())
        bare += [
            f"{path.relative_to(ROOT)}: {line.strip()[:80]}" for line in rest.splitlines() if CJK.search(line)
        ]
    assert not bare, "\n".join(bare)


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_of_a_template_has_its_english(room):
    missing = [
        f"{path.relative_to(ROOT)}: {message}"
        for path in templates(room)
        for message in sorted(used_in_template(path.read_text())[0])
        if CJK.search(message) and message not in catalogue()
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_of_a_module_has_its_english(room):
    missing = [
        f"{path.relative_to(ROOT)}:{line}: {message[:80]}"
        for path in sources(room)
        for message, line in used_in_python(path).items()
        if message not in catalogue()
    ]
    assert not missing, "\n".join(missing)


def test_every_english_text_is_there_and_is_english():
    bad = [
        f"{room}: {message} -> {text!r}"
        for message, rooms in catalogue().items()
        for room, text in rooms.items()
        if not text.strip() or CJK.search(text)
    ]
    assert not bad, "\n".join(bad)


def test_placeholders_are_the_same_in_both_languages():
    marks = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    bad = [
        message
        for message, rooms in catalogue().items()
        for text in rooms.values()
        if {a or b for a, b in marks.findall(message)} != {a or b for a, b in marks.findall(text)}
    ]
    assert not bad, "\n".join(bad)


def test_a_text_means_the_same_in_every_room():
    torn = [f"{message}: {rooms}" for message, rooms in catalogue().items() if len(set(rooms.values())) > 1]
    assert not torn, "\n".join(torn)


@pytest.mark.parametrize("room", ROOMS)
def test_no_english_is_left_over(room):
    used = {
        text for other in ROOMS for path in templates(other) for text in used_in_template(path.read_text())[0]
    }
    used |= {
        text for other in ROOMS for path in ROOT.joinpath(other).rglob("*.py") for text in _all_literals(path)
    }
    left = [message for message, rooms in catalogue().items() if room in rooms and message not in used]
    assert not left, "\n".join(left)


@functools.cache
def _all_literals(path: Path) -> frozenset[str]:
    return frozenset(
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
