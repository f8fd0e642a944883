"""One cell as the platforms and spreadsheets leave it, made plain; on hot paths, so without patterns."""

from zhanggui.connect.files.refusal import RowRefused

_MARKS = {"null", "NULL", "Null"}


def clean(cell: str) -> str:
    """What a cell means: `="302..."`, `'138...`, `null` and blanks around it are only dress."""
    cell = cell.strip()
    if not cell:
        return ""
    first = cell[0]
    if first == "=" and cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        cell = cell[2:-1].replace('""', '"').strip()
        first = cell[:1]
    if first == "'":
        cell = cell[1:].strip()
    return "" if cell in _MARKS else cell


def clean_header(cell: str) -> str:
    """A header without the blanks, marks and byte-order mark around it."""
    return clean(cell.strip("\ufeff\u200b"))


def spoiled(number: str) -> bool:
    """Whether a spreadsheet turned a long number into `3.02869E+15`."""
    if "E+" not in number and "e+" not in number:
        return False
    base, _e, power = number.replace("e+", "E+").partition("E+")
    return power.isdigit() and base.replace(".", "", 1).replace("-", "", 1).isdigit()


def storable(row: list[str]) -> None:
    """Raise RowRefused for what no database keeps: NUL and lone surrogates."""
    text = "".join(row)
    if "\0" in text:
        raise RowRefused("nul")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RowRefused("surrogate") from None
