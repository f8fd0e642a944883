"""`zhanggui doctor`: looks at everything the house stands on and says in plain words what is wrong."""

import importlib.metadata
import json
import os
import platform
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum

import psycopg

from zhanggui.site import keeper
from zhanggui.site.database import CannotStart, ensure
from zhanggui.site.home import home, open_at, open_for
from zhanggui.site.plainly import open_house
from zhanggui.site.prepare import OLDEST_SERVER, pending
from zhanggui.site.say import say
from zhanggui.site.unfinished import tidy

_LEAST_FREE = 1_000_000_000
_WORKER_SECONDS = 40
_LATE_SECONDS = 120


class Level(Enum):
    """How bad it is."""

    GOOD = "ok"
    NOTE = "!"
    BAD = "X"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    level: Level
    text: str


_USUAL = 8000


def doctor(port: int | None = None) -> int:
    """Print every finding; 1 when something is wrong. Changes nothing but starting our own server if need be."""
    worst = Level.GOOD
    marks = {
        Level.GOOD: say("[好]", "[ok]"),
        Level.NOTE: say("[注意]", "[note]"),
        Level.BAD: say("[坏]", "[BAD]"),
    }
    for finding in _all(port):
        print(marks[finding.level], finding.text, flush=True)
        if finding.level is Level.BAD or (finding.level is Level.NOTE and worst is Level.GOOD):
            worst = finding.level
    print(
        {
            Level.GOOD: say("一切正常。", "All is well."),
            Level.NOTE: say("可以使用；请留意上面标了「注意」的几项。", "Usable; mind the notes above."),
            Level.BAD: say(
                "有问题需要处理，见上面标了「坏」的几项。", "Something is wrong; see the lines marked BAD."
            ),
        }[worst]
    )
    return 1 if worst is Level.BAD else 0


def _all(port: int | None) -> Iterator[Finding]:
    yield _python()
    yield _packages()
    yield from _folder()
    yield _keys()
    server = None
    if pid := _paused():
        yield Finding(
            Level.BAD,
            say(
                f"内置的 PostgreSQL 被暂停了（进程 {pid} 收到 SIGSTOP），没有人能连上它；执行 kill -CONT {pid} 让它继续",
                f"The built-in PostgreSQL is paused (process {pid} got SIGSTOP) and lets nobody in; "
                f"kill -CONT {pid} lets it go on",
            ),
        )
        yield _port(port or open_at(home()) or _USUAL)
        return
    try:
        server = ensure(home())
        with suppress(psycopg.Error):  # the next look tells of it
            tidy(home())
        open_house()
        yield from _looks(_database, _tables)
        if not _waiting():
            yield from _looks(_worker, _news, _timers, _daybook, _ledger, _stock, _offers)
    except CannotStart as trouble:
        yield Finding(Level.BAD, str(trouble))
    finally:
        if server is not None:
            server.stop()
    yield _port(port or open_at(home()) or _USUAL)


def _paused() -> int | None:
    """Our own postmaster, where somebody paused it: asking it anything would hang."""
    return None if os.environ.get("DATABASE_URL") else keeper.paused(home() / "postgres")


def _looks(*looks: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Each look in turn; one that fails is a finding itself, and after a lost database the rest is left out."""
    from django.db import Error, connection  # noqa: PLC0415 - needs the settings

    for look in looks:
        try:
            yield from look()
        except Error as trouble:
            yield Finding(
                Level.BAD, say(f"数据库出错：{_first(trouble)}", f"Database trouble: {_first(trouble)}")
            )
            if not connection.connection:
                return
    connection.close()


def _python() -> Finding:
    return Finding(
        Level.GOOD, f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def _packages() -> Finding:
    missing = []
    for line in importlib.metadata.requires("zhanggui") or []:
        name = re.split(r"[\s<>=!~\[;]", line, maxsplit=1)[0]
        if "extra ==" in line:
            continue
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        names = ", ".join(missing)
        return Finding(Level.BAD, say(f"缺少软件包：{names}", f"Missing packages: {names}"))
    return Finding(Level.GOOD, say("软件包齐全", "All packages are installed"))


def _folder() -> Iterator[Finding]:
    try:
        folder = home()
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
    except OSError as trouble:
        yield Finding(
            Level.BAD,
            say(
                f"数据文件夹不能写：{_first(trouble)}",
                f"The data folder cannot be written: {_first(trouble)}",
            ),
        )
        return
    free = shutil.disk_usage(folder).free
    amount = f"{free / 1e9:.1f} GB"
    level = Level.GOOD if free > _LEAST_FREE else Level.BAD
    yield Finding(
        level, say(f"数据文件夹 {folder}，剩余空间 {amount}", f"Data folder {folder}, {amount} free")
    )


def _keys() -> Finding:
    if os.environ.get("ZHANGGUI_KEYS"):
        text, where = os.environ["ZHANGGUI_KEYS"], "ZHANGGUI_KEYS"
    else:
        path = home() / "keys.json"
        if not path.exists():
            return Finding(
                Level.NOTE, say("还没有密钥，首次开门时生成", "No keys yet; made at the first opening")
            )
        text, where = path.read_text(), str(path)
        if path.stat().st_mode & 0o077:
            return Finding(
                Level.BAD,
                say(
                    f"别人也能读密钥文件，请执行 chmod 600 {path}",
                    f"Others can read the keys: chmod 600 {path}",
                ),
            )
    try:
        values = json.loads(text)
        assert values["secret"]
        assert values["sealing"]
        assert values["tracing"]
    except (ValueError, KeyError, AssertionError, TypeError):
        return Finding(
            Level.BAD,
            say(
                f"密钥读不出来：{where}，请从备份恢复",
                f"The keys in {where} cannot be read; take them from a backup",
            ),
        )
    return Finding(Level.GOOD, say("密钥可用", "The keys are in order"))


def _database() -> Iterator[Finding]:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000, "
            "pg_encoding_to_char(encoding), datctype, abs(extract(epoch FROM clock_timestamp()) - %s) "
            "FROM pg_database WHERE datname = current_database()",
            [_now()],
        )
        version, major, encoding, ctype, apart = cursor.fetchone()
    ours = (
        say("自带", "built-in")
        if "zhanggui-" in str(connection.get_connection_params().get("host"))
        else "URL"
    )
    if major < OLDEST_SERVER:
        yield Finding(
            Level.BAD,
            say(
                f"PostgreSQL {version} 太旧，需要 {OLDEST_SERVER} 以上",
                f"PostgreSQL {version} is older than 15",
            ),
        )
    else:
        yield Finding(Level.GOOD, f"PostgreSQL {version} ({ours})")
    if encoding != "UTF8":
        yield Finding(
            Level.BAD, say(f"数据库编码是 {encoding}，应为 UTF8", f"Encoding is {encoding}, not UTF8")
        )
    if ctype in ("C", "POSIX"):
        yield Finding(
            Level.NOTE,
            say(
                "数据库的 LC_CTYPE 是 C，中文模糊查找会变慢；建议 C.UTF-8",
                "The database's LC_CTYPE is C: searching Chinese is slower; C.UTF-8 is better",
            ),
        )
    if apart > 5:
        yield Finding(
            Level.NOTE,
            say(
                f"本机与数据库的时钟相差 {apart:.0f} 秒",
                f"The clocks here and in the database differ by {apart:.0f} s",
            ),
        )


def _tables() -> Iterator[Finding]:
    if _waiting():
        yield Finding(
            Level.NOTE,
            say(
                f"数据表还差 {_waiting()} 步升级，开门时会自动完成",
                f"{_waiting()} migrations wait for the next opening",
            ),
        )
    else:
        yield Finding(Level.GOOD, say("数据表是最新的", "The tables are up to date"))


def _waiting() -> int:
    from django.db import Error  # noqa: PLC0415 - needs the settings

    try:
        return len(pending())
    except Error:
        return -1


def _worker() -> Iterator[Finding]:
    seconds = _one(
        "SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers"
    )
    opened = open_for(home())
    if seconds is not None and seconds <= _WORKER_SECONDS:
        yield Finding(
            Level.GOOD,
            say(f"后台任务在运行（{seconds:.0f} 秒前）", f"Background work is alive ({seconds:.0f} s)"),
        )
    elif opened is not None and opened > _WORKER_SECONDS:
        yield Finding(
            Level.BAD,
            say(
                "掌柜开着门，后台任务却没有在运行：任务、定时工作都停着。请看 zhanggui up 的输出，并重新开门",
                "The house is open but its background worker is not running: long and periodic work stands still. "
                "See what zhanggui up prints, and open it again",
            ),
        )
    else:
        yield Finding(
            Level.NOTE,
            say(
                "后台任务没有在运行（掌柜没有开门？）",
                "The background worker is not running (is the house open?)",
            ),
        )


def _news() -> Iterator[Finding]:
    late = _some(
        "SELECT count(*) FROM journal_delivery WHERE done_at IS NULL "
        "AND next_at < clock_timestamp() - make_interval(secs => %s)",
        _LATE_SECONDS,
    )
    failing = _some("SELECT count(*) FROM journal_delivery WHERE done_at IS NULL AND tries > 0")
    if late or failing:
        yield Finding(
            Level.NOTE,
            say(
                f"有 {late:.0f} 条通知等了两分钟以上，{failing:.0f} 条处理失败过，会继续重试",
                f"{late:.0f} announcements wait longer than two minutes, {failing:.0f} have failed and are tried again",
            ),
        )
    else:
        yield Finding(Level.GOOD, say("没有积压的通知", "No announcements are waiting"))


def _timers() -> Iterator[Finding]:
    overdue = _some(
        "SELECT count(*) FROM orders_timer WHERE fired_at IS NULL AND dropped_at IS NULL AND due_at < clock_timestamp() - "
        "make_interval(secs => %s)",
        _LATE_SECONDS,
    )
    if overdue:
        yield Finding(
            Level.NOTE,
            say(
                f"有 {overdue:.0f} 个订单时限已到、还没有执行",
                f"{overdue:.0f} deadlines of orders are overdue",
            ),
        )
    else:
        yield Finding(Level.GOOD, say("没有过期未执行的订单时限", "No deadline of an order is overdue"))


def _daybook() -> Iterator[Finding]:
    from zhanggui.journal import seals  # noqa: PLC0415 - needs the settings
    from zhanggui.site import anchors  # noqa: PLC0415

    verdict = seals.verify()
    cut = anchors.missing(home())
    if cut is not None:
        yield Finding(
            Level.BAD,
            say(
                f"操作日志的末尾被截掉过：{home() / anchors.NAME} 记着的第 {cut} 号封条不在了",
                f"The end of the daybook was cut off: seal {cut}, noted in {home() / anchors.NAME}, is gone",
            ),
        )
    if verdict.broken_at is not None:
        yield Finding(
            Level.BAD,
            say(
                f"操作日志被改动过：第 {verdict.broken_at} 号封条对不上",
                f"The daybook was altered: seal {verdict.broken_at} does not hold",
            ),
        )
    else:
        yield Finding(
            Level.GOOD,
            say(
                f"操作日志完好：{verdict.seals} 个封条，{verdict.entries} 条记录",
                f"The daybook is sound: {verdict.seals} seals over {verdict.entries} lines",
            ),
        )


def _ledger() -> Iterator[Finding]:
    from zhanggui.checkout.queries import stray  # noqa: PLC0415 - needs the settings
    from zhanggui.ledger.books import unbalanced  # noqa: PLC0415 - needs the settings

    off, money = len(unbalanced()), stray()
    if money.off_fen:
        yield Finding(
            Level.BAD,
            say(
                f"待查的来款：账簿和款项相差 {money.off_fen} 分",
                f"Stray money: the books and the rows differ by {money.off_fen} fen",
            ),
        )
    elif money.waiting_fen:
        yield Finding(
            Level.NOTE,
            say(
                f"有 {money.waiting_fen / 100:.2f} 元待查款等人处理，见 /payments/?state=waiting",
                f"{money.waiting_fen / 100:.2f} yuan of stray money wait for a person: /payments/?state=waiting",
            ),
        )
    if off:
        yield Finding(
            Level.BAD, say(f"账簿有 {off} 笔借贷不平", f"{off} postings of the ledger do not balance")
        )
    else:
        yield Finding(Level.GOOD, say("账簿借贷平衡", "The ledger balances"))


def _stock() -> Iterator[Finding]:
    from zhanggui.stock.queries import unexplained  # noqa: PLC0415 - needs the settings

    off = len(unexplained())
    if off:
        yield Finding(
            Level.BAD,
            say(
                f"有 {off} 个库存数与出入库、占用对不上",
                f"{off} stock balances do not follow from movements and promises",
            ),
        )
    else:
        yield Finding(Level.GOOD, say("库存与出入库、占用一致", "Stock follows from movements and promises"))


def _offers() -> Iterator[Finding]:
    from zhanggui.kit.clock import database_now  # noqa: PLC0415 - needs the settings
    from zhanggui.promotions.queries import balance  # noqa: PLC0415

    lists = (
        balance.unexplained_offers(),
        balance.unexplained_coupons(),
        balance.unexplained_packets(),
        balance.unexplained_issues(),
    )
    off, late = sum(map(len, lists)), balance.overdue(database_now()).count()
    if off:
        yield Finding(
            Level.BAD,
            say(
                f"有 {off} 项优惠、券或红包的数目对不上",
                f"{off} offers, coupons or red packets do not add up",
            ),
        )
    if late:
        yield Finding(
            Level.NOTE,
            say(f"有 {late} 个红包过了到账时限还没有到账", f"{late} red packets were not credited in time"),
        )
    if not off and not late:
        yield Finding(
            Level.GOOD, say("优惠、券和红包的数目都对得上", "Offers, coupons and red packets add up")
        )


def _port(port: int) -> Finding:
    with closing(socket.socket()) as door:
        door.settimeout(1)
        taken = door.connect_ex(("127.0.0.1", port)) == 0
    if taken:
        return Finding(Level.GOOD, say(f"{port} 端口有程序在应答", f"Port {port} is answered"))
    return Finding(Level.GOOD, say(f"{port} 端口空闲", f"Port {port} is free"))


def _some(statement: str, *values: float) -> float:
    return _one(statement, *values) or 0


def _one(statement: str, *values: float) -> float | None:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()[0]
    return None if found is None else float(found)


def _now() -> float:
    import time  # noqa: PLC0415

    return time.time()


def _first(trouble: BaseException) -> str:
    return (str(trouble).strip() or repr(trouble)).split("\n")[0]
