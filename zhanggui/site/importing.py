"""`zhanggui import FILE... --shop CODE`: the files become orders; prints what was new, changed, unchanged, refused."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhanggui.site.at_work import house, open_for_work
from zhanggui.site.plainly import Sorry
from zhanggui.site.say import say

if TYPE_CHECKING:
    from zhanggui.connect.actions.importing import Progress

NAMES = ("new", "changed", "unchanged", "refused")
_MOST_REASONS = 10


def import_files(files: list[Path], shop_code: str, *, as_json: bool) -> int:
    """Import files into a shop. 1 when a file was refused as a whole (then it counts as one refused).

    With `as_json` exactly one object on stdout; progress and sentences are on stderr. Raises Sorry.
    """
    with open_for_work():
        from zhanggui.connect.actions import importing  # noqa: PLC0415 - needs the settings
        from zhanggui.connect.files.refusal import FileRefused  # noqa: PLC0415
        from zhanggui.shops.models import Shop  # noqa: PLC0415

        shop = Shop.objects.filter(code=shop_code, closed_at=None).first()
        if shop is None:
            raise Sorry(
                say(
                    f"没有代号为 {shop_code} 的店铺。用 zhanggui shops 查看，用 zhanggui shops add 新建。",
                    f"There is no shop {shop_code}. See zhanggui shops, add one with zhanggui shops add.",
                )
            )
        bar = _Bar()
        try:
            counts = importing.import_files(by=house(), paths=files, shop=shop, progress=bar.show)
        except FileRefused as refusal:
            bar.end()
            _tell(refusal.message)
            _print(dict.fromkeys(NAMES, 0) | {"refused": len(files)}, as_json=as_json)
            return 1
        bar.end()
        found = counts.as_dict()
        for reason in list(counts.reasons)[:_MOST_REASONS]:
            _tell(f"  {reason.number}  {reason.message}")
        _print({name: found.get(name, 0) for name in NAMES}, as_json=as_json)
    return 0


class _Bar:
    """Progress on stderr: one line that moves on a terminal, a line every few seconds elsewhere."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.shown_at = 0.0
        self.open = False

    def show(self, progress: "Progress") -> None:
        now = time.monotonic()
        if now - self.shown_at < (0.1 if self.live else 5) and progress.done < progress.total:
            return
        self.shown_at = now
        text = say(
            f"已处理 {progress.done} / {progress.total} 单", f"{progress.done} of {progress.total} orders"
        )
        print(
            ("\r" + text) if self.live else text, end="" if self.live else "\n", file=sys.stderr, flush=True
        )
        self.open = self.live

    def end(self) -> None:
        if self.open:
            print(file=sys.stderr)


def _print(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(counts))
        return
    labels = [say("新增", "new"), say("更新", "changed"), say("未变", "unchanged"), say("拒绝", "refused")]
    print("  ".join(f"{label} {counts[name]}" for label, name in zip(labels, NAMES, strict=True)))


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
