"""What must be true before the house opens: tables up to date, carriers known, an owner who can sign in.

`python -m zhanggui.site.prepare [--demo]` does it in a process of its own, so that the supervisor stays light.
"""

import os
import secrets
import sys
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhanggui.site.settings")

from zhanggui.site.lineage import die_with_parent, named_parent
from zhanggui.site.say import say

Tell = Callable[[str], None]
OLDEST_SERVER = 15
OWNER_NUMBER = "1001"
_LOCK = 7_315_002
DEMO_MARK = "house.demo"


class NotReady(RuntimeError):
    """The house cannot open; the message is for a person."""


def prepare(tell: Tell) -> None:
    """Bring the database up to date. Two processes at once do it one after the other. Raises NotReady."""
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings
    from django.db import connection  # noqa: PLC0415

    from zhanggui.catalog.classes import ensure_classifications  # noqa: PLC0415
    from zhanggui.freight.carriers import ensure_carriers  # noqa: PLC0415

    check_server()
    if pending():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                waiting = pending()
                if waiting:
                    tell(
                        say(
                            f"正在建立或升级数据表（{len(waiting)} 步）……",
                            f"Making or upgrading the tables ({len(waiting)} steps) …",
                        )
                    )
                    call_command("migrate", verbosity=0, interactive=False)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    ensure_carriers()
    ensure_classifications()


def check_server() -> None:
    """Refuse a database that the product cannot work on. Raises NotReady."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')"
        )
        version, encoding = cursor.fetchone()
    if version < OLDEST_SERVER:
        raise NotReady(
            say(
                f"数据库是 PostgreSQL {version}，需要 {OLDEST_SERVER} 或更新的版本。",
                f"The database is PostgreSQL {version}; {OLDEST_SERVER} or newer is needed.",
            )
        )
    if encoding != "UTF8":
        raise NotReady(
            say(
                f"数据库的编码是 {encoding}，需要 UTF8：请用 ENCODING 'UTF8' 新建一个数据库。",
                f"The database's encoding is {encoding}; UTF8 is needed: make a new one with ENCODING 'UTF8'.",
            )
        )


def pending() -> list[str]:
    """The migrations that are not applied yet."""
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    return [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def first_owner(tell: Tell) -> None:
    """When nobody can sign in yet, make the owner and print the password to use once."""
    from zhanggui.kit.actor import system  # noqa: PLC0415
    from zhanggui.people.actions.staff import found_house, reset_password  # noqa: PLC0415
    from zhanggui.people.models import Staff  # noqa: PLC0415

    if Staff.objects.exists():
        return
    house = system(say("命令行", "command line"), "cli")
    owner = found_house(by=house, work_no=OWNER_NUMBER, name="店主", password=secrets.token_urlsafe(24))
    password = reset_password(by=house, staff=owner)
    tell(
        say(
            f"第一个账号（店主）：工号 {OWNER_NUMBER}，一次性密码 {password}\n"
            "    首次登录后请修改密码；这个密码不会再显示。",
            f"The first account (owner): work number {OWNER_NUMBER}, one-time password {password}\n"
            "    It must be changed at the first sign-in and is not shown again.",
        )
    )


def fill_demo(tell: Tell) -> None:
    """Fill an empty house with the demo's shops, people and orders; print the ready logins. Raises NotReady."""
    from zhanggui.journal.daybook import write  # noqa: PLC0415
    from zhanggui.journal.models import Entry  # noqa: PLC0415
    from zhanggui.kit.actor import system  # noqa: PLC0415
    from zhanggui.people.models import Staff  # noqa: PLC0415
    from zhanggui.shops.models import Shop  # noqa: PLC0415
    from zhanggui.site import demo  # noqa: PLC0415

    house = system("演示", "demo")
    if not Entry.objects.filter(kind="house", what=DEMO_MARK).exists():
        if Shop.objects.exists() or Staff.objects.exists():
            raise NotReady(
                say(
                    "这个数据文件夹里已经有真实的店铺或员工，不会往里面放演示数据。\n"
                    "请用 zhanggui up 打开它，或把 ZHANGGUI_HOME 设为另一个文件夹再执行 zhanggui demo。",
                    "This data folder already holds real shops or staff, so no demo data is put into it.\n"
                    "Open it with zhanggui up, or set ZHANGGUI_HOME to another folder and run zhanggui demo again.",
                )
            )
        write(by=house, what=DEMO_MARK, kind="house")
    tell(say("正在准备演示数据……", "Preparing the demo data …"))
    logins = demo.fill()
    tell(say("演示账号（工号 / 密码）：", "Demo accounts (work number / password):"))
    for login in logins or ():
        tell("    " + "  ".join(str(part) for part in login))


def open_sandbox() -> None:
    """Give every merchant an account at the payment sandbox that runs beside the house (ZHANGGUI_SANDBOX_URL)."""
    from zhanggui.connect.payment.sandbox.setup import ensure_account  # noqa: PLC0415
    from zhanggui.kit.actor import system  # noqa: PLC0415
    from zhanggui.shops.models import Merchant  # noqa: PLC0415

    for pk in Merchant.objects.order_by("pk").values_list("pk", flat=True):
        ensure_account(by=system("sandbox", "cli"), merchant_id=pk)


def main() -> int:
    """Prepare and tell what is done; 1 with a sentence when the house cannot open."""
    die_with_parent(named_parent())
    from zhanggui.site.plainly import plainly  # noqa: PLC0415

    return plainly(_prepare)


def _prepare() -> int:
    from zhanggui.site.plainly import open_house  # noqa: PLC0415

    open_house()

    def tell(text: str) -> None:
        print("  " + text, flush=True)

    prepare(tell)
    if "--demo" in sys.argv:
        fill_demo(tell)
    else:
        first_owner(tell)
    if os.environ.get("ZHANGGUI_SANDBOX_URL"):
        open_sandbox()
    return 0


if __name__ == "__main__":
    sys.exit(main())
