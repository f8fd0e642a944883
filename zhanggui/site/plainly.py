"""A command ends with a sentence, never with a traceback; the traceback goes into the data folder."""

import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime

from zhanggui.site.database import CannotStart
from zhanggui.site.home import home
from zhanggui.site.say import english, say


class Sorry(RuntimeError):
    """A command cannot do what it was asked; the message is for a person."""


def open_house() -> None:
    """Set Django up for this process, speaking the language of the terminal."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhanggui.site.settings")
    import django  # noqa: PLC0415 - the database must be named first
    from django.utils import translation  # noqa: PLC0415

    django.setup()
    translation.activate("en" if english() else "zh-hans")


def plainly(command: Callable[[], int]) -> int:
    """Run a command; what goes wrong is told in a sentence on stderr. Gives the exit code."""
    try:
        return command()
    except KeyboardInterrupt:
        print(say("已中断。", "Interrupted."), file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as trouble:
        print(_sentence(trouble), file=sys.stderr)
        return 1


def _sentence(trouble: Exception) -> str:
    from zhanggui.site.prepare import NotReady  # noqa: PLC0415

    if isinstance(trouble, Sorry | CannotStart | NotReady):
        return str(trouble)
    message = getattr(trouble, "message", None)
    if message and hasattr(trouble, "status"):  # a Refused, whose module needs Django
        return str(message)
    if type(trouble).__name__ in ("OperationalError", "InterfaceError"):
        first = str(trouble).strip().split("\n")[0]
        return say(
            f"连不上数据库：{first}\n请检查 DATABASE_URL，或用 zhanggui doctor 查看原因。",
            f"The database cannot be reached: {first}\nCheck DATABASE_URL, or ask zhanggui doctor.",
        )
    if isinstance(trouble, OSError) and trouble.strerror:
        return f"{trouble.filename or ''}: {trouble.strerror}".lstrip(": ")
    place = _keep(trouble)
    return say(
        f"出了意料之外的问题：{type(trouble).__name__}: {trouble}\n详情记在 {place}，请附上它反馈。",
        f"Something unexpected went wrong: {type(trouble).__name__}: {trouble}\nDetails are in {place}.",
    )


def _keep(trouble: Exception) -> str:
    text = f"{datetime.now().astimezone().isoformat()}\n{''.join(traceback.format_exception(trouble))}\n"
    try:
        path = home() / "trouble.log"
        with path.open("a") as log:
            log.write(text)
    except OSError:
        print(text, file=sys.stderr)
        return "stderr"
    return str(path)
