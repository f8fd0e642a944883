"""Pictures that nothing names any more: taken off the disk some days later, never while something names them.

A picture is kept before the row that names it is committed, and a row may come back with an undo, so only pictures of some
age are looked at; its renditions and its drafts go with it, however young. `COLUMNS` says where names of pictures stand; a test finds a column that is missing here.
"""

import re
import time

from django.apps import apps
from django.db import connection

from zhanggui.kit import pictures

KEEP_PICTURE_DAYS = 30
COLUMNS: tuple[tuple[str, str], ...] = (
    ("catalog.Picture", "name"),
    ("catalog.ShopCategory", "picture"),
    ("catalog.Sku", "picture"),
    ("catalog.Video", "name"),
    ("catalog.Video", "picture"),
    ("reviews.Review", "pictures"),
    ("storefront.Asset", "name"),
    ("storefront.Face", "banner"),
    ("storefront.Face", "logo"),
    ("storefront.Look", "blocks"),
)
"""Model and field: a name, an array of names, or JSON with names in it."""
_STEM = re.compile(r"[0-9a-f]{32}")
_TEXTS: tuple[tuple[str, str], ...] = (("catalog.Product", "description"),)
"""Words of people that may lead to a picture by its address."""


def sweep_pictures(*, days: int = KEEP_PICTURE_DAYS) -> int:
    """Remove the pictures older than so many days that no row names; gives how many files. One statement a column,
    none when nothing is old enough.
    """
    before = time.time() - days * 86_400
    place = pictures.folder()
    files: dict[str, list[str]] = {}
    old: set[str] = set()
    if place.is_dir():
        for file in place.iterdir():
            stem = _STEM.match(file.name.lstrip("."))
            if stem and file.is_file():
                files.setdefault(stem[0], []).append(file.name)
                if file.stat().st_mtime < before:
                    old.add(stem[0])
    if not old:
        return 0
    gone = sorted(old - named())
    for one in gone:
        for name in files[one]:
            (place / name).unlink(missing_ok=True)
    return sum(len(files[one]) for one in gone)


def named() -> set[str]:
    """The stems (32 hex digits) of all pictures that a row names. One statement a column."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for model, field in (*COLUMNS, *_TEXTS):
            meta = apps.get_model(model)._meta
            table, column = connection.ops.quote_name(meta.db_table), connection.ops.quote_name(field)
            cursor.execute(
                f"SELECT DISTINCT (regexp_matches({column}::text, '[0-9a-f]{{32}}', 'g'))[1] FROM {table}"  # noqa: S608
            )
            found |= {row[0] for row in cursor.fetchall()}
    return found
