"""`zhanggui up` and `zhanggui demo`: one command opens the house, Ctrl-C closes it."""

import http.client
import os
import socket
import subprocess
import sys
from contextlib import closing, suppress

from zhanggui.site import sandbox
from zhanggui.site.database import ensure
from zhanggui.site.home import held_open, home
from zhanggui.site.lineage import PARENT
from zhanggui.site.plainly import Sorry
from zhanggui.site.proxies import named
from zhanggui.site.say import say
from zhanggui.site.supervisor import Child, Supervisor
from zhanggui.site.unfinished import tidy


def up(host: str, port: int, workers: int, *, demo: bool) -> int:
    """Start everything, stay until told to stop, stop everything. Raises Sorry, CannotStart."""
    must_be_free(host, port)
    _must_name_proxies()
    tell(say("掌柜正在开门……", "Zhanggui is opening …"))
    tell(say(f"数据文件夹：{home()}", f"Data folder: {home()}"))
    server = ensure(home())
    supervisor = Supervisor([], server, lambda line: print("  " + line, file=sys.stderr, flush=True))
    supervisor.catch_signals()
    try:
        tidy(home())
        with_sandbox = sandbox.wanted(demo=demo)
        sandbox.name_addresses(host, _shown(host), port, sandbox=with_sandbox)
        command = [sys.executable, "-m", "zhanggui.site.prepare", *(["--demo"] if demo else [])]
        preparing = subprocess.Popen(command, env=os.environ | {PARENT: str(os.getpid())})
        while preparing.poll() is None:
            if supervisor.leaving.wait(0.05):
                preparing.terminate()
                preparing.wait()
        if preparing.returncode or supervisor.leaving.is_set():
            return 1 if preparing.returncode and not supervisor.leaving.is_set() else 0
        os.environ.setdefault("ZHANGGUI_HOSTS", _hosts(host))
        supervisor.children = [
            Child("web", [sys.executable, "-m", "zhanggui.site.web", host, str(port), str(workers)], grace=8),
            Child("worker", [sys.executable, "-m", "zhanggui.site.worker"], grace=15),
        ]
        if with_sandbox:
            supervisor.children.append(sandbox.child(home(), host))
            tell(
                say(
                    "支付沙箱同时运行：只用来试，不收真钱。",
                    "The payment sandbox runs too: for trying, no real money.",
                )
            )
        address = f"http://{_shown(host)}:{port}/"
        with held_open(home(), port):
            supervisor.run(
                ready=lambda: _answers(host, port),
                when_ready=lambda: tell(
                    say(f"掌柜已开门：{address}  （按 Ctrl-C 打烊）", f"Open: {address}  (Ctrl-C to close)")
                ),
            )
        tell(say("掌柜已打烊。", "Closed."))
        return 0
    finally:
        if server is not None:
            server.stop()


def tell(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, flush=True)


def must_be_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on. Raises Sorry."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as trouble:
        raise Sorry(say(f"不认识的地址：{host}", f"Unknown address: {host}")) from trouble
    with closing(socket.socket(family, kind, number)) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
        except OSError as trouble:
            raise Sorry(
                say(
                    f"{host} 的 {port} 端口用不了（{trouble.strerror}）。掌柜可能已经在运行；"
                    f"也可以换一个端口：--port {port + 1}",
                    f"Port {port} of {host} cannot be used ({trouble.strerror}). Perhaps zhanggui runs already; "
                    f"or choose another port: --port {port + 1}",
                )
            ) from trouble


def _must_name_proxies() -> None:
    try:
        named(os.environ.get("ZHANGGUI_PROXIES", ""))
    except ValueError as trouble:
        raise Sorry(
            say(
                f"环境变量 ZHANGGUI_PROXIES 写得不对（{trouble}），应当像 127.0.0.1,10.0.0.0/8",
                f"ZHANGGUI_PROXIES is wrong ({trouble}); it should look like 127.0.0.1,10.0.0.0/8",
            )
        ) from trouble


def _answers(host: str, port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        line = http.client.HTTPConnection(_reached(host), port, timeout=2)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        finally:
            line.close()
    return False


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _shown(host: str) -> str:
    reached = _reached(host)
    return f"[{reached}]" if ":" in reached else reached


def _hosts(host: str) -> str:
    """The names under which the pages may be asked for, when nobody set ZHANGGUI_HOSTS."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if host in ("0.0.0.0", "::"):
        names += [socket.gethostname(), socket.getfqdn(), *_addresses()]
    else:
        names.append(_shown(host))
    return ",".join(dict.fromkeys(name for name in names if name))


def _addresses() -> list[str]:
    with suppress(OSError), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address of ours faces outwards
        return [probe.getsockname()[0]]
    return []
