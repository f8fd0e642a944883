"""The command `zhanggui`. Each command is a module of its own; this one reads the words and calls it."""

import argparse
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from zhanggui import __version__
from zhanggui.site.plainly import plainly
from zhanggui.site.say import say


def main(words: list[str] | None = None) -> int:
    """Run one command; gives its exit code. What goes wrong is told in a sentence."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    given = _parser().parse_args(words)
    return plainly(partial(_run, given))


def _run(given: argparse.Namespace) -> int:
    # Imported when asked for: most commands need a database first, `up` must stay light.
    if given.command in ("up", "demo"):
        from zhanggui.site.up import up  # noqa: PLC0415

        return up(given.host, given.port, given.workers, demo=given.command == "demo")
    if given.command == "shops":
        from zhanggui.site.shops import add, show  # noqa: PLC0415

        if given.act == "add":
            return add(given.code, given.name, given.kind, given.platform, given.city)
        return show()
    if given.command == "import":
        from zhanggui.site.importing import import_files  # noqa: PLC0415

        return import_files(given.files, given.shop, as_json=given.json)
    if given.command == "backup":
        from zhanggui.site.backup import backup  # noqa: PLC0415

        return backup(given.file)
    if given.command == "restore":
        from zhanggui.site.restore import restore  # noqa: PLC0415

        return restore(given.file, replace=given.replace)
    from zhanggui.site.doctor import doctor  # noqa: PLC0415

    return doctor(given.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zhanggui",
        description=say(
            "掌柜：网店团队一天工作的后台。", "Zhanggui: the back office of a shop team's whole day."
        ),
    )
    parser.add_argument("--version", action="version", version=f"zhanggui {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar=say("命令", "COMMAND"))

    for name, told in (
        (
            "up",
            say("开门：数据库、网页和后台任务一起启动", "open the house: database, pages, background work"),
        ),
        ("demo", say("带演示数据开门，打印可用的账号", "the same with demo data; prints the ready logins")),
    ):
        up = commands.add_parser(name, help=told, description=told)
        up.add_argument("--host", default="127.0.0.1", help=say("监听的地址", "address to listen on"))
        up.add_argument("--port", type=_port, default=8000, help=say("监听的端口", "port to listen on"))
        up.add_argument("--workers", type=_few, default=2, help=say("网页进程数", "number of web processes"))

    told = say("列出店铺，或用 shops add 新建", "list the shops, or add one with `shops add`")
    shops = commands.add_parser("shops", help=told, description=told)
    acts = shops.add_subparsers(dest="act", metavar="add")
    told = say("新建一个店铺", "add a shop")
    add = acts.add_parser("add", help=told, description=told)
    add.add_argument("code", metavar="CODE", help=say("店铺代号，例如 WH01", "short code, for example WH01"))
    add.add_argument("--name", required=True, help=say("店铺名称", "the shop's name"))
    add.add_argument(
        "--kind",
        required=True,
        choices=["bazaar", "mall"],
        help=say("集市店 bazaar 或商城店 mall", "bazaar or mall shop"),
    )
    add.add_argument(
        "--platform",
        required=True,
        choices=["taobao", "tmall", "jd", "pdd", "own"],
        help=say("所在平台", "where the shop stands"),
    )
    add.add_argument(
        "--city",
        required=True,
        help=say(
            "发货城市：中文名（武汉）或行政区划代码（420100）",
            "city it ships from: Chinese name (武汉) or GB/T 2260 code (420100)",
        ),
    )

    told = say("导入平台导出的订单文件", "import order files exported from the platforms")
    imports = commands.add_parser("import", help=told, description=told)
    imports.add_argument("files", nargs="+", type=Path, metavar="FILE", help=say("文件", "files"))
    imports.add_argument("--shop", required=True, metavar="CODE", help=say("店铺代号", "code of the shop"))
    imports.add_argument(
        "--json",
        action="store_true",
        help=say(
            "只输出一个 JSON：new、changed、unchanged、refused", "print one JSON object with the four counts"
        ),
    )

    told = say("备份数据库、密钥和上传的文件到一个文件", "put database, keys and uploads into one file")
    backup = commands.add_parser("backup", help=told, description=told)
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help=say("备份文件", "the backup file"))

    told = say("从备份恢复到空的数据文件夹", "restore a backup into an empty data folder")
    restore = commands.add_parser("restore", help=told, description=told)
    restore.add_argument("file", type=Path, metavar="FILE", help=say("备份文件", "the backup file"))
    restore.add_argument(
        "--replace", action="store_true", help=say("覆盖现有的数据", "replace the data that is there")
    )

    told = say("检查安装，说明哪里有问题", "check the installation and say what is wrong")
    doctor = commands.add_parser("doctor", help=told, description=told)
    doctor.add_argument(
        "--port",
        type=_port,
        help=say("要检查的端口（默认：正在运行的那个）", "the port to check (default: the one in use)"),
    )
    return parser


def _port(text: str) -> int:
    return _between(text, 1, 65535)


def _few(text: str) -> int:
    return _between(text, 1, 64)


def _between(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(
            say(f"应为 {least} 到 {most} 的整数：{text}", f"a whole number from {least} to {most}: {text}")
        )
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
