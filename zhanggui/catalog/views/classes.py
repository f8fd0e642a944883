"""The tree of classifications (类目): as a page and as a file, one kind, its place, its retirement, its goods."""

import csv
import io
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.catalog import forest as trees
from zhanggui.catalog.actions import classes as verbs
from zhanggui.catalog.actions.guarding import Stale
from zhanggui.catalog.changed import Told
from zhanggui.catalog.forms import ClassForm, class_initial
from zhanggui.catalog.models import Classification
from zhanggui.catalog.queries import classes
from zhanggui.catalog.queries.classes import Branch
from zhanggui.journal.models import Entry
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.sheets import csv_pieces
from zhanggui.kit.toasts import toast
from zhanggui.kit.uploads import MIB, takes_files
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power

MOST_BYTES = 600_000
"""Sent again as a field it takes three times as much."""
MOST_SHOWN = 200


def _may(request: Request) -> bool:
    """The tree is every shop's, so changing it wants the power in all of them."""
    return request.actor.can(Power.CATALOG_EDIT)


@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """GET, POST /goods/classifications/?above=: the tree with how many goods stand in each kind; a new kind."""
    if request.method == "GET":
        above = request.GET.get("above", "")[:30]
        return _tree(request, None, above=above)
    request.actor.must(Power.CATALOG_EDIT)
    form = ClassForm(request.POST, above=_above(classes.tree()), new=True)
    refusal: Refused | None = None
    if form.is_valid():
        try:
            verbs.add(by=request.actor, node=form.node(), at=now())
            return toast(request, redirect("catalog:classifications"), _("已新增类目"))
        except Refused as trouble:
            refusal = trouble
    return _tree(request, form, status=show_refusal(form, refusal))


def _tree(request: Request, form: ClassForm | None, *, above: str = "", status: int = 200) -> HttpResponse:
    tree = classes.tree()
    own = classes.listed(request.actor)
    many = classes.counted(tree, own)
    context = {
        "rows": [(one, many[one.row.pk], one.row.asked if one.leaf else ()) for one in tree],
        "form": form or ClassForm(above=_above(tree), new=True, initial={"parent": above}),
        "may_edit": _may(request),
        "open": form is not None or bool(above),
    }
    return render(request, "catalog/classifications.html", context, status=status)


def _above(tree: list[Branch], but: Classification | None = None) -> list[Branch]:
    """What a kind may be put below: in use, not itself, not below itself, not too deep."""
    out = {but.pk} if but else set()
    for one in tree:
        if one.row.parent_id in out:
            out.add(one.row.pk)
    return [
        one
        for one in tree
        if one.row.retired_at is None and one.row.pk not in out and one.depth < trees.LEVELS - 1
    ]


@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def one(request: Request, code: str) -> HttpResponse:
    """GET, POST /goods/classifications/<code>/: one kind; a stale version answers 409 with what others changed."""
    row = _row(code)
    tree = classes.tree()
    if request.method == "GET":
        return _one(request, row, ClassForm(above=_above(tree, row), new=False, initial=class_initial(row)))
    request.actor.must(Power.CATALOG_EDIT)
    form = ClassForm(request.POST, above=_above(tree, row), new=False)
    version = whole(request.POST.get("version", ""))
    if version is None or not form.is_valid():
        return _one(request, row, form, status=422)
    try:
        verbs.change(
            by=request.actor,
            row=row,
            version=version,
            node=form.node(),
            at=now(),
            sure="sure" in request.POST,
        )
        return toast(request, redirect("catalog:classifications"), _("已保存类目"))
    except verbs.Unsure as trouble:
        return _one(request, row, form, unsure=trouble.message, status=trouble.status)
    except Refused as trouble:
        status = show_refusal(form, trouble)
        others = _theirs(row, version) if isinstance(trouble, Stale) else []
        return _one(request, _row(code), form, status=status, theirs=others)


def _one(
    request: Request, row: Classification, form: ClassForm | None = None, *, status: int = 200, **also: Any
) -> HttpResponse:
    tree = classes.tree()
    form = form or ClassForm(above=_above(tree, row), new=False, initial=class_initial(row))
    here = next(branch for branch in tree if branch.row.pk == row.pk)
    many = classes.counted(tree, classes.listed(request.actor))[row.pk]
    context: dict[str, Any] = {
        "row": row,
        "here": here,
        "form": form,
        "many": many,
        "goods": classes.standing().get(row.code, trees.Standing()).goods,
        "may_edit": _may(request),
        "goals": [
            (
                " / ".join(branch.path),
                branch.row.code,
            )
            for branch in tree
            if branch.leaf and branch.row.retired_at is None and branch.row.pk != row.pk
        ],
        "inherited": row.parent.asked if row.parent else [],
    }
    return render(request, "catalog/classification.html", context | also, status=status)


def _row(code: str) -> Classification:
    return get_object_or_404(classes.of_code(code))


def _theirs(row: Classification, version: int) -> list[tuple[Entry, list[Told]]]:
    lines = Entry.objects.filter(kind="classification", object_id=row.pk).order_by("-at")[:10]
    return [
        (
            entry,
            [
                Told(_(_LABELS[name]), _said(before), _said(after))
                for name, (before, after) in entry.change.items()
                if name in _LABELS and before != after
            ],
        )
        for entry in lines
        if (entry.change.get("version") or [0, 0])[1] > version
    ]


_LABELS = {
    "name": "类目名",
    "parent": "上级类目",
    "attributes": "商品要填的属性",
    "virtual": "虚拟商品",
    "retired": "停用中",
}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)[:80] if value not in (None, "") else "—"


@needs(Power.CATALOG_EDIT)
@require_POST
def place(request: Request, code: str) -> HttpResponse:
    """POST /goods/classifications/<code>/place/: `to` up or down."""
    verbs.move(by=request.actor, row=_row(code), up=request.POST.get("to") == "up", at=now())
    return redirect("catalog:classifications")


@needs(Power.CATALOG_EDIT)
@require_POST
def retirement(request: Request, code: str) -> HttpResponse:
    """POST /goods/classifications/<code>/retirement/: retired; with `back` in use again."""
    row = _row(code)
    version = whole(request.POST.get("version", ""))
    if version is None:
        return _one(request, row, status=422)
    back = "back" in request.POST
    _done, refusal = attempt(verbs.retire, by=request.actor, row=row, version=version, at=now(), back=back)
    if refusal is not None:
        others = _theirs(row, version) if isinstance(refusal, Stale) else []
        return _one(request, _row(code), status=refusal.status, refusal=refusal, theirs=others)
    said = _("已恢复类目「%(name)s」") if back else _("已停用类目「%(name)s」")
    return toast(request, redirect("catalog:classification", code), said % {"name": row.name})


@needs(Power.CATALOG_EDIT)
@require_POST
def goods(request: Request, code: str) -> HttpResponse:
    """POST /goods/classifications/<code>/goods/: carries its goods over `into` another kind."""
    row = _row(code)
    into = classes.of_code(request.POST.get("into", "")[:30]).first()
    refusal: Refused | None = None
    came: verbs.Carried | None = None
    if into is None:
        refusal = Invalid(_("请选一个在用的最末一级类目"), "into")
    else:
        came, refusal = attempt(verbs.carry, by=request.actor, row=row, into=into, at=now())
    if came is None or came.refused:
        status = refusal.status if refusal else 409
        return _one(request, _row(code), status=status, refusal=refusal, came=came, into=into)
    return toast(
        request,
        redirect("catalog:classification", code),
        _("已移走 %(many)s 件商品") % {"many": len(came.done)},
    )


@needs(Power.CATALOG_SEE)
@require_GET
def sheet(request: Request) -> HttpResponse:
    """GET /goods/classifications.csv: the whole tree, each kind below its own, as `file` reads it."""
    tree = classes.tree()
    nodes = classes.forest_of([one.row for one in tree])
    lines = [trees.cells_of(nodes[one.row.code]) for one in tree]
    pieces = csv_pieces([_(name) for name in trees.COLUMNS], lines, guard=False)
    answer = HttpResponse(b"".join(pieces), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="classifications.csv"'
    return answer


@takes_files(4 * MIB)
@needs(Power.CATALOG_EDIT)
@require_http_methods(["GET", "POST"])
def file(request: Request) -> HttpResponse:
    """GET, POST /goods/classification-file/: a file is looked at first; what it would do is done when it is sent again
    with `seen`, the tree that the person saw.
    """
    context: dict[str, Any] = {"columns": trees.COLUMNS}
    if request.method == "GET":
        return render(request, "catalog/classification_file.html", context)
    request.actor.must(Power.CATALOG_EDIT)
    try:
        text = _text(request)
        rows = list(csv.reader(io.StringIO(text)))
    except (Refused, csv.Error) as trouble:
        said = (
            trouble if isinstance(trouble, Refused) else Invalid(_("这个文件不是表格文本（.csv）。"), "file")
        )
        return render(request, "catalog/classification_file.html", context | {"refusal": said}, status=422)
    told, wrong = trees.read_rows(rows)
    plan = verbs.planned(told)
    seen = request.POST.get("seen", "")
    refusal: Refused | None = None
    if seen and not wrong:
        done, refusal = attempt(verbs.load, by=request.actor, told=told, seen=seen, at=now())
        if done is not None:
            told_how = _("已导入：新增 %(added)s 个，修改 %(changed)s 个")
            many = {"added": len(done.added), "changed": len(done.changed)}
            return toast(request, redirect("catalog:classifications"), told_how % many)
    bad = bool(wrong or plan.troubles)
    context |= {
        "wrong": wrong[:MOST_SHOWN],
        "plan": plan,
        "pairs": [(was, becomes, _differs(was, becomes)) for was, becomes in plan.changed[:MOST_SHOWN]],
        "text": text,
        "refusal": refusal,
        "ready": not bad and bool(plan.added or plan.changed),
    }
    status = refusal.status if refusal else 422 if bad else 200
    return render(request, "catalog/classification_file.html", context, status=status)


def _differs(was: trees.Node, becomes: trees.Node) -> list[Told]:
    pairs = [
        ("name", was.name, becomes.name),
        ("parent", was.parent, becomes.parent),
        ("virtual", was.virtual, becomes.virtual),
        ("attributes", trees.said_asked(was.asked), trees.said_asked(becomes.asked)),
        ("retired", was.retired, becomes.retired),
    ]
    return [Told(_(_LABELS[name]), _said(old), _said(new)) for name, old, new in pairs if old != new]


def _text(request: Request) -> str:
    """The text of the file, or what was looked at and is sent again. Raises Invalid."""
    upload: Any = request.FILES.get("file")
    if upload is None:
        text = request.POST.get("text", "")
        if not text.strip():
            raise Invalid(_("请选择文件"), "file")
        return text
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Invalid(_("文件不能超过 %(most)s KB。") % {"most": MOST_BYTES // 1000}, "file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = str(data.decode(encoding))
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid(_("这个文件不是表格文本（.csv）。"), "file")
