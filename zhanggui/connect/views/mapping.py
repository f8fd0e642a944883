"""The mapping screen: our fields beside their headers, with the first rows live; and the saved presets."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.connect import queries
from zhanggui.connect.actions import mapping as verbs
from zhanggui.connect.forms import PLATFORMS, STATES, guess, mapping_of
from zhanggui.connect.layouts.fields import FIELDS
from zhanggui.connect.layouts.preset import known_state, layout_of
from zhanggui.connect.models import Preset, Upload
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power


def _upload(request: Request, key: str, upload_id: int) -> Upload:
    imported = get_object_or_404(queries.imports_visible_to(request.actor), key=key)
    return get_object_or_404(imported.files.select_related("imported"), pk=upload_id, removed_at__isnull=True)


def _context(request: Request, upload: Upload, data: Any) -> dict[str, Any]:
    row = data.get("header_row", "")
    header_row = (
        int(row) if row.isdecimal() and len(row) < 4 else (upload.header_row if upload.mapping else None)
    )
    source = queries.source_of(upload)
    found = queries.unknown(source, header_row)
    if data.get("mapped"):
        columns = mapping_of(data, found.headers, [])["columns"]
    elif upload.mapping:
        columns = upload.mapping["columns"]
    else:
        columns = {name: header for header, name in guess(found.headers).items()}
    chosen = {header: name for name, header in columns.items()}
    words = queries.unknown(source, found.header_row, columns.get("state", "")).state_words
    said = mapping_of(data, found.headers, words)["states"] if data.get("mapped") else {}
    kind = data.get("kind") or upload.mapping.get("kind") or "orders"
    shop = upload.imported.shop
    platform = data.get("platform") or upload.mapping.get("platform") or (shop.platform if shop else "own")
    layout = layout_of(
        code="tried",
        name="",
        headers=found.headers,
        mapping=columns,
        states=said,
        platform=platform,
        kind=kind if kind in ("orders", "rows") else "orders",
    )
    preview = None
    if "number" in columns:
        tables = queries.recognised(source, [layout])
        preview = queries.preview(tables[0]) if tables and tables[0].layout is layout else None
    return {
        "imported": upload.imported,
        "upload": upload,
        "found": found,
        "columns": [
            (
                index,
                header,
                chosen.get(header, ""),
                [row[index] for _n, row in found.rows[:3] if index < len(row)],
            )
            for index, header in enumerate(found.headers)
            if header
        ],
        "fields": FIELDS,
        "groups": dict.fromkeys(field.group for field in FIELDS),
        "words": [
            (index, word, said.get(word) or known_state(word, {}, False) or "")
            for index, word in enumerate(words)
        ],
        "states": STATES,
        "platforms": PLATFORMS,
        "platform": platform,
        "kind": kind,
        "preview": preview,
        "save_as": data.get("save_as", ""),
        "may_save": request.actor.can_somewhere(Power.MAPPING_EDIT),
    }


@require_http_methods(["GET", "POST"])
@needs(Power.ORDER_IMPORT)
def mapping(request: Request, key: str, upload_id: int) -> HttpResponse:
    """GET: the screen. POST: what the columns mean (`save_as` also remembers it)."""
    upload = _upload(request, key, upload_id)
    if request.method != "POST":
        return render(request, "connect/mapping.html", _context(request, upload, request.GET))
    context = _context(request, upload, request.POST)
    words = [word for _index, word, _state in context["words"]]
    said = mapping_of(request.POST, context["found"].headers, words)
    _preset, refusal = attempt(
        verbs.map_columns,
        by=request.actor,
        upload=upload,
        columns=said["columns"],
        states=said["states"],
        kind=context["kind"],
        platform=context["platform"],
        header_row=context["found"].header_row,
        save_as=request.POST.get("save_as", ""),
    )
    if refusal is None:
        return redirect("connect:import", key)
    return render(request, "connect/mapping.html", context | {"refusal": refusal}, status=refusal.status)


@require_POST
@needs(Power.ORDER_IMPORT)
def preview(request: Request, key: str, upload_id: int) -> HttpResponse:
    """The first rows as the chosen mapping reads them; writes nothing."""
    upload = _upload(request, key, upload_id)
    try:
        context = _context(request, upload, request.POST)
    except Refused as refusal:
        return render(request, "kit/refusal.html#sentence", {"refusal": refusal}, status=refusal.status)
    return render(request, "connect/mapping.html#preview", context)


@require_GET
@needs(Power.MAPPING_EDIT)
def presets(request: Request) -> HttpResponse:
    """The saved presets."""
    return render(request, "connect/presets.html", {"presets": Preset.objects.order_by("name")})


@require_POST
@needs(Power.MAPPING_EDIT)
def deletion(request: Request, preset_id: int) -> HttpResponse:
    """Delete a preset."""
    preset = get_object_or_404(Preset, pk=preset_id)
    verbs.forget(by=request.actor, preset=preset)
    return redirect("connect:presets")
