"""For controls over real processes: takes one guard away inside the product's own processes, from outside.

A house started with PYTHONPATH naming this folder and ZHANGGUI_TESTS_WITHOUT=stock,keys runs without the lock on
stock and without the keys of forms. The product knows nothing of this; Python reads this file when a process begins.
"""

import importlib.abc
import os
import sys
import time

_WITHOUT = set(filter(None, os.environ.get("ZHANGGUI_TESTS_WITHOUT", "").split(",")))


def _stock(module):
    """Look without locking, and think for a moment before taking."""

    def look(*, skus, **more):
        from zhanggui.stock.models import Balance

        seen = list(Balance.objects.select_related("warehouse").filter(sku_id__in=list(skus)))
        time.sleep(0.3)
        return seen

    module.lock_balances = look


def _keys(module):
    """Every form is a new one."""
    module.once_many = lambda *args, **kwargs: {}


def _payments(module):
    """A payment is believed whenever a provider tells of it, and its state is asked by nobody."""

    def believe(one, row, at):
        row.state, row.told_fen, row.paid_at = "paid", (row.told_fen or 0) + one.amount_fen, one.paid_at
        return "paid"

    module._hear = believe


_GUARDS = {
    "zhanggui.stock.actions.promises": ("stock", _stock),
    "zhanggui.checkout.actions.submits": ("keys", _keys),
    "zhanggui.checkout.actions.payments": ("payments", _payments),
}


class _Finder(importlib.abc.MetaPathFinder):
    """Lets the other finders find a module, and changes it once it is loaded."""

    def find_spec(self, name, path, target=None):
        guard = _GUARDS.get(name)
        if guard is None or guard[0] not in _WITHOUT:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                load = spec.loader.exec_module

                def without(module, load=load, take=guard[1]):
                    load(module)
                    take(module)

                spec.loader.exec_module = without
                return spec
        return None


if _WITHOUT:
    sys.meta_path.insert(0, _Finder())
