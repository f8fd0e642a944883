"""Which encoding a text table is in: a byte-order mark, else what the first rows say. Never a guess by statistics.

A header in Chinese that reads as UTF-8 is UTF-8 (GBK text hardly ever does), anything else that GB18030 can
read is taken as GB18030, which holds GBK. The whole file is then read strictly, so a wrong guess is an error
and not a page of rubbish (stack.md: statistics called a short GBK file cp949).
"""

import codecs

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import FileRefused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = (
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"BM", "BMP 图片"),
    (b"RIFF", "媒体文件"),
    (b"%PDF", "PDF 文档"),
    (b"\x7fELF", "程序文件"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"BZh", "bzip2 压缩包"),
    (b"\xfd7zXZ", "xz 压缩包"),
    (b"SQLite format 3", "数据库文件"),
)


def refuse_other_kinds(head: bytes, name: str) -> None:
    """Raise FileRefused for a file that is no table, by its first bytes, whatever its name says."""
    if not head.strip(b"\0 \t\r\n"):
        raise FileRefused(_("「%(name)s」是空文件。") % {"name": name})
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(
            _("「%(name)s」是旧版 .xls 或加密的工作簿，请在表格软件里另存为 .xlsx 或 .csv 再导入。")
            % {"name": name}
        )
    if head.startswith(b"MZ") and b"\0" in head[:64]:
        raise FileRefused(_("「%(name)s」是%(kind)s，不是订单表格。") % {"name": name, "kind": _("程序文件")})
    for mark, kind in _KINDS:
        if head.startswith(mark) and (len(mark) > 2 or b"\0" in head[:16] or mark == b"\x1f\x8b"):
            raise FileRefused(_("「%(name)s」是%(kind)s，不是订单表格。") % {"name": name, "kind": _(kind)})
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if bare.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta", b"{", b"[{")):
        raise FileRefused(
            _(
                "「%(name)s」是网页或程序数据，不是表格（有些工具把网页存成 .xls）。请在平台重新导出 .csv 或 .xlsx。"
            )
            % {"name": name}
        )


def encoding_of(head: bytes, name: str, *, whole: bool) -> str:
    """The encoding of a text table from its first block; `whole` says that the block is the whole file.

    Gives "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-8", "gb18030" or "ascii" (any of them; the
    caller reads it as UTF-8 and turns to GB18030 when that fails). Raises FileRefused.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(b"\0") > len(head) // 8:
        # Chinese text has no NULs of its own; commas, quotes and digits have one on every other place.
        return "utf-16-le" if head[1::2].count(b"\0") >= head[0::2].count(b"\0") else "utf-16-be"
    if head.isascii():
        return "ascii"
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(head, final=False)
        except UnicodeDecodeError:
            continue
        return encoding
    raise unreadable(name)


def unreadable(name: str) -> FileRefused:
    """The refusal of a file that none of the known encodings can read."""
    return FileRefused(
        _(
            "读不懂「%(name)s」的文字编码：既不是 GBK/GB18030，也不是 UTF-8 或 UTF-16，可能文件已损坏。请在平台重新导出。"
        )
        % {"name": name}
    )
