"""`zhanggui backup [FILE]`: while the house is open; one file, checked before it gets its name."""

import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from zhanggui import __version__
from zhanggui.site import archive
from zhanggui.site.at_work import open_for_work
from zhanggui.site.home import home
from zhanggui.site.plainly import Sorry
from zhanggui.site.postgres_tools import folder_for, run
from zhanggui.site.say import say


def backup(file: Path | None) -> int:
    """Write a backup. The database is one moment's snapshot; work goes on meanwhile. Raises Sorry."""
    file = (file or Path(f"zhanggui-{datetime.now():%Y%m%d-%H%M%S}.tar")).absolute()
    if file.exists():
        raise _exists(file)
    if not file.parent.is_dir():
        raise Sorry(say(f"没有这个文件夹：{file.parent}", f"No such folder: {file.parent}"))
    with (
        open_for_work(prepared=False),
        tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as scratch,
    ):
        facts = _facts()
        tools = folder_for(facts["postgresql"])
        tell(say("[1/3] 正在导出数据库……", "[1/3] Dumping the database …"))
        dump = Path(scratch) / "dump"
        with dump.open("wb") as target:
            run(
                [tools / "pg_dump", "--format=custom", "--compress=6", "--no-owner", "--no-acl"],
                stdout=target,
            )
        run([tools / "pg_restore", "--list", dump])
        tell(say("[2/3] 正在打包密钥与上传的文件……", "[2/3] Adding keys and uploads …"))
        parts = [
            archive.Part(archive.DATABASE, dump),
            archive.Part(archive.KEYS, _keys(Path(scratch))),
            *_uploads(),
        ]
        draft = Path(scratch) / "tar"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            archive.write(target, parts, facts)
            target.flush()
            os.fsync(target.fileno())
        tell(say("[3/3] 正在校验……", "[3/3] Verifying …"))
        archive.check(draft)
        try:
            os.link(draft, file)  # fails when the name was taken meanwhile: a backup never overwrites
        except FileExistsError as trouble:
            raise _exists(file) from trouble
    size = file.stat().st_size / 1_000_000
    print(say(f"已备份：{file}（{size:.1f} MB）", f"Backed up: {file} ({size:.1f} MB)"))
    tell(
        say(
            "备份里有密钥：拿到它的人就能读出收件人，请妥善保管。",
            "The backup holds the keys: whoever has it can read the receivers. Keep it safe.",
        )
    )
    return 0


def tell(text: str) -> None:
    """Progress, beside the result."""
    print(text, file=sys.stderr, flush=True)


def _facts() -> dict[str, Any]:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        version = cursor.fetchone()[0]
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            raise Sorry(
                say("这里还没有数据，没有什么可备份。", "There is no data here yet: nothing to back up.")
            )
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        migrations = [row[0] for row in cursor.fetchall()]
    made_at = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"zhanggui": __version__, "postgresql": version, "made_at": made_at, "migrations": migrations}


def _keys(scratch: Path) -> Path:
    """The keys in use: of the data folder, or given in ZHANGGUI_KEYS."""
    given = os.environ.get("ZHANGGUI_KEYS")
    if not given:
        return home() / "keys.json"
    path = scratch / "keys"
    path.write_text(given)
    return path


def _uploads() -> list[archive.Part]:
    """Uploaded files and kept pictures; a draft that is just being written begins with a dot and is left out."""
    parts = []
    for name in archive.FOLDERS:
        folder = home() / name
        found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
        parts += [
            archive.Part(name + path.relative_to(folder).as_posix(), path)
            for path in found
            if not (name == archive.PICTURES and path.name.startswith("."))
        ]
    return parts


def _exists(file: Path) -> Sorry:
    return Sorry(say(f"{file} 已经存在，不会覆盖它。", f"{file} exists already and is not overwritten."))
