"""The rooms' catalogues become one, in the data folder."""

import gettext
from pathlib import Path

import pytest

from zhanggui.site import messages


def po(folder: Path, room: str, *pairs: tuple[str, str]) -> Path:
    path = folder / room / "locale" / "en" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ['msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n']
    lines += [f'msgid "{chinese}"\nmsgstr "{english}"\n' for chinese, english in pairs]
    path.write_text("\n".join(lines))
    return path


def told(home: Path, text: str) -> str:
    folder = messages.compiled(home)
    return gettext.translation("django", folder, ["en"]).gettext(text)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "_PACKAGE", tmp_path / "package")
    return tmp_path / "package"


def test_all_rooms_speak_from_one_catalogue(package: Path, tmp_path: Path) -> None:
    po(package, "orders", ("发货", "Ship"))
    po(package, "people", ("员工", "Staff"))
    assert (told(tmp_path, "发货"), told(tmp_path, "员工"), told(tmp_path, "无")) == ("Ship", "Staff", "无")
    assert not list(package.rglob("*.mo")), "the package is not written to"


def test_a_change_is_seen_at_the_next_start(package: Path, tmp_path: Path) -> None:
    po(package, "orders", ("发货", "Ship"))
    assert told(tmp_path, "发货") == "Ship"
    po(package, "orders", ("发货", "Send out"))
    gettext._translations.clear()  # type: ignore[attr-defined]
    assert told(tmp_path, "发货") == "Send out"


def test_a_broken_catalogue_does_not_silence_the_others(
    package: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    po(package, "orders", ("发货", "Ship"))
    broken = po(package, "people", ("员工", "Staff"))
    broken.write_bytes(broken.read_bytes() + b'msgid "\xff\xfe"\nmsgstr "x"\n')
    assert told(tmp_path, "发货") == "Ship"
    assert "people" in caplog.text


def test_our_own_catalogues_can_all_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert messages.sources()
    messages.compiled(tmp_path)
    assert not caplog.text
