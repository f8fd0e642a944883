"""Videos are known by their content, lose what was told about them, and are served in pieces."""

import io
import struct

import pytest

from zhanggui.kit import videos
from zhanggui.kit.refusals import Invalid

SECRET = b"+31.2304+121.4737/"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def film(brand: bytes = b"isom", body: bytes = b"\1" * 5000, more: bytes = b"") -> bytes:
    told = box(b"udta", box(b"\xa9xyz", SECRET)) + box(b"meta", SECRET)
    moov = box(b"moov", box(b"mvhd", b"\0" * 100) + box(b"trak", box(b"tkhd", b"\0" * 80) + told) + told)
    return box(b"ftyp", brand + b"\0\0\2\0" + b"isommp41") + moov + box(b"mdat", body) + more


WEBM = (
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
    + b"\0" * 900
)


def keep(data: bytes, most: int = 1_000_000) -> videos.KeptVideo:
    return videos.keep(io.BytesIO(data), most=most)


def lies(home, name: str) -> bytes:
    return (home / "pictures" / name).read_bytes()


def test_an_mp4_is_kept_without_what_was_told_about_it(home):
    kept = keep(film(more=box(b"uuid", SECRET) + struct.pack(">I", 0) + b"mdat" + b"\2" * 50))
    data = lies(home, kept.name)
    assert videos.NAME.fullmatch(kept.name)
    assert SECRET not in data
    assert b"udta" not in data
    assert b"\1" * 5000 in data
    assert len(data) == kept.size
    assert (home / "pictures" / kept.name).stat().st_mode & 0o777 == 0o600
    videos.drop(kept.name)
    assert list((home / "pictures").iterdir()) == []


def test_a_webm_is_kept(home):
    assert keep(WEBM).name.endswith(".webm")


HOSTILE = {
    "nothing": b"",
    "a page": b"<html><script>alert(1)</script></html>",
    "a page named so": b"\0\0\0\x18ftyp<script>",
    "quicktime": film(b"qt  "),
    "a picture of that family": box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"mdat"),
    "no film in it": box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov"),
    "cut short": film()[:-10],
    "a box longer than all": film() + struct.pack(">I", 0xFFFFFFFF) + b"free",
    "a box without length": film() + struct.pack(">I", 3) + b"free",
    "boxes without end": box(b"ftyp", b"isom\0\0\0\0isom") + box(b"free") * (videos._MOST_BOXES + 9),
    "matroska": WEBM.replace(b"webm", b"matr"),
    "too large": film(body=b"\1" * 1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_video_of_ours_is_refused_and_leaves_nothing(home, name):
    with pytest.raises(Invalid) as refusal:
        keep(HOSTILE[name])
    assert refusal.value.field == "video"
    assert not (home / "pictures").exists() or list((home / "pictures").iterdir()) == []


def ask(client, name, told=""):
    answer = client.get(f"/pictures/{name}", headers={"Range": told} if told else {})
    return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize(
    ("told", "status", "span"),
    [
        ("", 200, (0, None)),
        ("bytes=0-1", 206, (0, 2)),
        ("bytes=100-", 206, (100, None)),
        ("bytes=-7", 206, (-7, None)),
        ("bytes=10-999999999", 206, (10, None)),
        ("bytes=0-1,5-6", 200, (0, None)),
        ("bytes=-", 200, (0, None)),
        ("lines=1-2", 200, (0, None)),
        ("bytes=9999999-", 416, None),
        ("bytes=9-2", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_ranges(client, home, told, status, span):
    kept = keep(film())
    answer, body = ask(client, kept.name, told)
    assert answer.status_code == status
    assert body == (lies(home, kept.name)[slice(*span)] if span else b"")
    assert answer["Accept-Ranges"] == "bytes"
    if status != 416:
        assert answer["Content-Type"] == "video/mp4"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer["Cache-Control"]
        assert "sandbox" in answer["Content-Security-Policy"]


def test_an_open_range_is_given_in_pieces(client, home, monkeypatch):
    monkeypatch.setattr(videos, "MOST_AT_ONCE", 1000)
    kept = keep(film())
    found, place = b"", 0
    while place < kept.size:
        answer, body = ask(client, kept.name, f"bytes={place}-")
        assert answer["Content-Range"] == f"bytes {place}-{place + len(body) - 1}/{kept.size}"
        assert 0 < len(body) <= 1000
        found, place = found + body, place + len(body)
    assert found == lies(home, kept.name)


def test_nothing_else_is_served(client):
    assert client.get(f"/pictures/{'0' * 32}.mp4").status_code == 404
    assert client.get("/pictures/x.mp4").status_code == 404
