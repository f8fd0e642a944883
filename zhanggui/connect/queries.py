"""What pages and imports ask of this room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhanggui.connect.files import vault
from zhanggui.connect.files.cells import clean
from zhanggui.connect.files.opening import Table, tables_of
from zhanggui.connect.files.refusal import FileRefused, RowRefused
from zhanggui.connect.files.sources import Source
from zhanggui.connect.layouts.fields import BY_NAME
from zhanggui.connect.layouts.layout import Kind, Layout, Recognised, Row, head_of
from zhanggui.connect.layouts.preset import layout_of
from zhanggui.connect.layouts.registry import recognise
from zhanggui.connect.layouts.shipping import ShippingReader
from zhanggui.connect.layouts.survey import data_rows
from zhanggui.connect.masking import masked_cell, masked_unknown
from zhanggui.connect.models import Export, Import, Preset, Upload
from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

PREVIEW_ROWS = 20
_TRIED_ROWS = 300


def imports_visible_to(actor: Actor) -> QuerySet[Import]:
    """Imports into shops where the actor may import; those without a shop only one's own. No statement."""
    shops = actor.shops_with(Power.ORDER_IMPORT)
    rows = Import.objects.select_related("shop", "job")
    if shops is None:
        return rows
    own = rows.filter(shop__isnull=True, staff_id=actor.staff_id)
    return rows.filter(shop_id__in=sorted(shops)) | own


def exports_visible_to(actor: Actor) -> QuerySet[Export]:
    """One's own exports. No statement."""
    return Export.objects.select_related("job").filter(staff_id=actor.staff_id)


def shops_to_import(actor: Actor) -> list[Shop]:
    """The open shops into which the actor may import, by code. One statement."""
    rows = Shop.objects.filter(closed_at__isnull=True).order_by("code")
    shops = actor.shops_with(Power.ORDER_IMPORT)
    return list(rows if shops is None else rows.filter(pk__in=sorted(shops)))


def preset_layouts() -> list[Layout]:
    """The saved presets as layouts, newest first. One statement."""
    return [_preset_layout(preset) for preset in Preset.objects.order_by("-id")]


def _preset_layout(preset: Preset) -> Layout:
    return layout_of(
        code=f"preset:{preset.pk}",
        name=preset.name,
        headers=preset.headers,
        mapping=preset.mapping,
        states=preset.states,
        platform=preset.platform,
        kind=preset.kind,
    )


def layouts_for(upload: Upload, presets: Sequence[Layout]) -> list[Layout]:
    """The presets for one file; what the person said of this very file goes first."""
    if not upload.mapping:
        return list(presets)
    said = upload.mapping
    own = layout_of(
        code="mapped",
        name=_("手工对应"),
        headers=upload.headers,
        mapping=said["columns"],
        states=said.get("states", {}),
        platform=said["platform"],
        kind=said["kind"],
    )
    return [own, *presets]


def source_of(upload: Upload) -> Source:
    """The stored file."""
    return vault.source(upload.key, upload.name, upload.size)


def recognised(source: Source, layouts: Sequence[Layout]) -> list[Recognised]:
    """The tables of a file that some layout knows. Raises FileRefused when the file cannot be read."""
    return [found for found in (recognise(table, layouts) for table in tables_of(source)) if found]


@dataclass(slots=True)
class Mapped:
    """One line of the mapping table. `sample`: masked content of the first rows."""

    label: str
    header: str
    sample: str


@dataclass(slots=True)
class Preview:
    """What a recognised table looks like before it is imported; masked throughout."""

    name: str
    sheet: str
    encoding: str
    layout: str
    kind: str
    mapped: list[Mapped] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    troubles: list[tuple[int, str]] = field(default_factory=list)


_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "gb18030": "GBK / GB18030",
    "xlsx": "Excel .xlsx",
}


def encoding_label(encoding: str) -> str:
    """An encoding as a person knows it."""
    return _ENCODINGS.get(encoding, encoding)


def preview(found: Recognised) -> Preview:
    """The first rows, the mapping, and what is wrong with the first few hundred rows. Reads only the head."""
    columns = found.columns
    fields = {index: name for name, index in columns.at.items()}
    shown = sorted(fields)
    rows = list(islice(data_rows(found), _TRIED_ROWS))
    made = Preview(
        name=found.table.source.name,
        sheet=found.table.sheet,
        encoding=encoding_label(found.table.encoding),
        layout=_(found.layout.label),
        kind=str(found.layout.kind),
        kept=[header for header, _index in columns.extra],
        left_out=columns.left_out,
        headers=[columns.headers[index] for index in shown],
    )
    for name, index in columns.at.items():
        samples = (masked_cell(name, clean(row[index])) for _number, row, _order in rows)
        made.mapped.append(
            Mapped(_(BY_NAME[name].label), columns.theirs[name], next((text for text in samples if text), ""))
        )
    for number, row, _order in rows[:PREVIEW_ROWS]:
        made.rows.append((number, [masked_cell(fields[index], clean(row[index])) for index in shown]))
    made.troubles = list(_troubles(found, rows))
    return made


def _troubles(found: Recognised, rows: Sequence[tuple[int, Row, str]]) -> list[tuple[int, str]]:
    groups: list[tuple[int, str, list[Row]]] = []
    grouped = found.layout.kind is Kind.ROWS
    for number, row, order in rows:
        if grouped and groups and groups[-1][1] == order:
            groups[-1][2].append(row)
        else:
            groups.append((number, order, [row]))
    if grouped and len(rows) >= _TRIED_ROWS and len(groups) > 1:
        groups.pop()  # the last order may go on below
    troubles = []
    for number, order, group in groups:
        try:
            if not order:
                raise RowRefused(_("没有订单编号。"))
            if found.layout.kind is Kind.DETAILS:
                found.reader.line(group[0])
            elif isinstance(found.reader, ShippingReader):
                found.reader.shipped(group[0])
            else:
                found.reader.order(group)
        except RowRefused as refusal:
            troubles.append((number, refusal.reason))
    return troubles[:10]


@dataclass(slots=True)
class Unknown:
    """A table whose headers nobody knows, for the mapping screen. `rows` are masked."""

    headers: list[str]
    header_row: int
    rows: list[tuple[int, list[str]]]
    state_words: list[str]


def unknown(source: Source, header_row: int | None = None, state_header: str = "") -> Unknown:
    """The header and the first rows of a table to be mapped. Raises FileRefused.

    The header is the given row, else the first of the widest among the first rows. `state_words`: the words
    in the column of states, of the first thousand rows.
    """
    table = tables_of(source)[0]
    head = head_of(table)
    if not head:
        raise FileRefused(_("「%(name)s」里没有数据。") % {"name": source.name})
    widest = max(sum(map(bool, row)) for _number, row in head)
    chosen = next((pair for pair in head if pair[0] == header_row), None) or next(
        pair for pair in head if sum(map(bool, pair[1])) == widest
    )
    number, headers = chosen
    made = Unknown(headers, number, [], [])
    state_at = headers.index(state_header) if state_header in headers else -1
    for row_number, row in _below(table, number):
        cells = [clean(cell) for cell in row[: len(headers)]]
        if len(made.rows) < PREVIEW_ROWS:
            shown = [masked_unknown(header, cell) for header, cell in zip(headers, cells, strict=False)]
            made.rows.append((row_number, shown))
        if 0 <= state_at < len(cells) and cells[state_at] and cells[state_at] not in made.state_words:
            made.state_words.append(cells[state_at][:40])
            if len(made.state_words) > 30:
                break
    return made


def _below(table: Table, header_row: int) -> list[tuple[int, Row]]:
    return [pair for pair in islice(table.rows(), 1000) if pair[0] > header_row]
