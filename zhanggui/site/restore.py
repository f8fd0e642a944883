"""`zhanggui restore FILE [--replace]`: checks everything first, then replaces all or nothing."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from zhanggui.site import archive
from zhanggui.site.at_work import open_for_work
from zhanggui.site.backup import tell
from zhanggui.site.home import home
from zhanggui.site.plainly import Sorry
from zhanggui.site.postgres_tools import folder_for, run
from zhanggui.site.say import say
from zhanggui.site.unfinished import SCRATCH, forget_lent, lend, present_keys, put_in_place, restoring

_BEGIN = b"BEGIN;\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


def restore(file: Path, *, replace: bool) -> int:
    """Put a backup in place of what is there (which must be nothing, or `replace`). Raises Sorry.

    The tables come back in one transaction: when anything fails, the database is as it was.
    """
    if not file.is_file():
        raise Sorry(say(f"没有这个文件：{file}", f"No such file: {file}"))
    tell(say("[1/4] 正在校验备份……", "[1/4] Checking the backup …"))
    facts = archive.check(file)
    if os.environ.get("ZHANGGUI_KEYS"):
        raise Sorry(
            say(
                "密钥由 ZHANGGUI_KEYS 指定，恢复会用备份里的密钥：请先取消这个环境变量，恢复后再按需设置。",
                "ZHANGGUI_KEYS is set, but a restore brings the backup's own keys: unset it first.",
            )
        )
    with restoring(home()), tempfile.TemporaryDirectory(dir=home(), prefix=SCRATCH) as scratch:
        with archive.part_of(file, archive.KEYS) as content:
            keys = content.read()
        before = present_keys(home())
        with open_for_work(prepared=False):
            _must_be_possible(replace)
            server = _server_version()
            tools = folder_for(max(server, facts["postgresql"]))
            tell(say("[2/4] 正在解开备份……", "[2/4] Unpacking …"))
            dump, script = Path(scratch) / "dump", Path(scratch) / "script"
            with archive.part_of(file, archive.DATABASE) as content, dump.open("wb") as target:
                while chunk := content.read(1 << 20):
                    target.write(chunk)
            run([tools / "pg_restore", "--no-owner", "--no-acl", "--file", script, dump])
            tell(say("[3/4] 正在写入数据库……", "[3/4] Writing the database …"))
            _put_in_place(tools, script, server, lend(home(), keys))
            tell(say("[4/4] 正在放回密钥与上传的文件……", "[4/4] Putting back keys and uploads …"))
            put_in_place(home(), keys, before)
            forget_lent(home())
            _uploads(file, facts)
            from zhanggui.site import anchors  # noqa: PLC0415 - needs the settings

            anchors.forget(home())
    print(
        say(
            f"已恢复到 {facts['made_at']} 的备份（{facts['zhanggui']} 版）。请执行 zhanggui doctor 检查，再开门。",
            f"Restored the backup of {facts['made_at']} (version {facts['zhanggui']}). "
            f"Ask zhanggui doctor, then open.",
        )
    )
    return 0


def _must_be_possible(replace: bool) -> None:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        if cursor.fetchone()[0]:
            raise Sorry(
                say(
                    "还有程序连着数据库，请先停止 zhanggui up 再恢复。",
                    "Something is still connected to the database; stop zhanggui up first.",
                )
            )
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        tables = cursor.fetchone()[0]
    if tables and not replace:
        raise Sorry(
            say(
                "这里已经有数据，什么都没有改动。确定要用备份覆盖它，请加 --replace（最好先 zhanggui backup）。",
                "There is data here already; nothing was changed. To replace it with the backup add --replace "
                "(better make a zhanggui backup first).",
            )
        )


def _server_version() -> int:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return int(cursor.fetchone()[0])


def _put_in_place(tools: Path, script: Path, server: int, mark: str) -> None:
    """Clear, fill and mark in one transaction. Settings that an older server does not know are left out.

    Not psql's own `-1`: it commits at the end of its input, and a killed feeder ends the input anywhere. Here nothing
    is committed before the last line, which only a whole feed has.
    """
    from django.db import connection  # noqa: PLC0415 - needs the settings

    connection.close()
    command = [tools / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    run(command, feed=whole(_fitting(script, server), mark))


def whole(script: Iterable[bytes], mark: str) -> Iterator[bytes]:
    """The feed of one restore: its last line commits, so that a feed cut anywhere changes nothing."""
    yield _BEGIN
    yield from script
    yield f"\n{mark}\n".encode()
    yield b"COMMIT;\n"


def _fitting(script: Path, server: int) -> Iterator[bytes]:
    with script.open("rb") as source:
        head = source.read(1 << 14)
        yield head if server >= 17 else head.replace(b"\nSET transaction_timeout = 0;", b"", 1)
        while chunk := source.read(1 << 20):
            yield chunk


def _uploads(file: Path, facts: dict[str, dict[str, object]]) -> None:
    for name in facts["parts"]:
        if not name.startswith(archive.FOLDERS):
            continue
        path = home() / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with archive.part_of(file, name) as content, path.open("wb") as target:
            while chunk := content.read(1 << 20):
                target.write(chunk)
