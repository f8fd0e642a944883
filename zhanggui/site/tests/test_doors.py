"""A house whose doors strangers stand in: many that send nothing, some that send much."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from zhanggui.site.tests.house import House, until

pytestmark = pytest.mark.processes
MB = 1024 * 1024

_STAFF = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from zhanggui.people.models import Grant, Role, Staff
one = Staff.objects.create(work_no="{number}", name="门口", must_change_password=False)
if {owner}:
    Grant.objects.create(staff=one, role=Role.objects.get(is_owner=True))
session = SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(one.pk), "zhanggui.people.auth.Backend"
session[HASH_SESSION_KEY] = one.get_session_auth_hash()
session.save()
print(session.session_key)
"""


@pytest.fixture(scope="module")
def owner(house: House) -> str:
    """The cookie of somebody who may do everything."""
    return "zhanggui=" + house.python(_STAFF.format(number="door1", owner=True)).split()[-1]


@pytest.fixture(scope="module")
def clerk(house: House) -> str:
    """The cookie of somebody who may do nothing."""
    return "zhanggui=" + house.python(_STAFF.format(number="door2", owner=False)).split()[-1]


@pytest.fixture
def doors() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def begin(house: House, doors: ExitStack, path: str, length: int | None, cookie: str = "") -> socket.socket:
    """A request that begins and sends no more. `length`: as announced; None: in chunks."""
    door = doors.enter_context(socket.create_connection(("127.0.0.1", house.port), timeout=20))
    kind = "multipart/form-data; boundary=b" if "/imports" in path else "application/x-www-form-urlencoded"
    told = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    body = "3\r\na=1\r\n" if length is None else "a=1"
    token = "c" * 32
    door.sendall(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nCookie: csrf={token}; {cookie}\r\nX-CSRFToken: {token}\r\n"
        f"Content-Type: {kind}\r\n{told}\r\n\r\n{body}".encode()
    )
    return door


def answer(door: socket.socket) -> str:
    """All that is answered, up to the end of the line."""
    said = b""
    while piece := door.recv(65536):
        said += piece
        if b"\r\n\r\n" in said and b"connection: close" not in said.lower():
            break
    return said.decode()


@pytest.mark.parametrize("length", [300_000, 200_000, None])
def test_idle_strangers_stop_nobody(house: House, doors: ExitStack, length: int | None) -> None:
    for _ in range(70):
        begin(house, doors, "/buyer/sign-in/", length)
    time.sleep(0.5)
    for _ in range(5):
        assert httpx.get(house.url + "/sign-in/", timeout=15).status_code == 200


def test_idle_staff_stop_nobody(house: House, doors: ExitStack, owner: str) -> None:
    idle = [begin(house, doors, "/imports/", 5 * MB, owner) for _ in range(70)]
    time.sleep(0.5)
    for _ in range(5):
        assert httpx.get(house.url + "/sign-in/", timeout=15).status_code == 200
    assert not select.select(idle, [], [], 0)[0], "they are still waited for"


@pytest.mark.parametrize("path", ["/buyer/sign-in/", "/cart/lines/", "/no/such/page/", "/static/kit/zg.css"])
@pytest.mark.parametrize("cookie", ["", "zhanggui=nonsense", "zg-buyer=nonsense"])
def test_a_strangers_large_body_is_refused_unread(
    house: House, doors: ExitStack, path: str, cookie: str
) -> None:
    assert answer(begin(house, doors, path, 5_000_000_000, cookie)).startswith("HTTP/1.1 413")
    assert answer(begin(house, doors, path, 300_000, cookie)).startswith("HTTP/1.1 413")


def test_a_stranger_sends_no_files(house: House, doors: ExitStack) -> None:
    for path in ("/goods/3/video/", "/imports/", "/my/reviews/1/"):
        assert answer(begin(house, doors, path, 3 * MB)).startswith("HTTP/1.1 403"), path


def test_chunks_are_counted(house: House, doors: ExitStack) -> None:
    door = begin(house, doors, "/cart/lines/", None)
    for _ in range(5):
        door.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
    assert answer(door).startswith("HTTP/1.1 413")


def test_staff_send_where_they_may_as_much_as_the_view_takes(
    house: House, doors: ExitStack, owner: str, clerk: str
) -> None:
    assert answer(begin(house, doors, "/goods/3/video/", 300 * MB, owner)).startswith("HTTP/1.1 413")
    assert answer(begin(house, doors, "/goods/3/video/", 3 * MB, clerk)).startswith("HTTP/1.1 403")
    assert answer(begin(house, doors, "/goods/3/video/removal/", 3 * MB, owner)).startswith("HTTP/1.1 413")


def test_an_import_of_five_gigabytes_is_refused_by_its_own_page(
    house: House, doors: ExitStack, owner: str
) -> None:
    said = answer(begin(house, doors, "/imports/", 5_000_000_000, owner))
    assert said.startswith("HTTP/1.1 4")
    assert "512 MB" in said


def test_a_file_that_is_sent_whole_comes_through(house: House, owner: str) -> None:
    with httpx.Client(base_url=house.url, headers={"cookie": owner}, timeout=60) as web:
        page = web.get("/imports/")
        token = page.cookies["csrf"]
        answered = web.post(
            "/imports/",
            files={"files": ("orders.csv", "订单编号,买家会员名\n".encode() + b"1,a\n" * 700_000)},
            headers={"x-csrftoken": token, "cookie": f"{owner}; csrf={token}"},
        )
    assert answered.status_code == 302, answered.text[-500:]


def test_readers_that_do_not_read_hold_no_thread(house: House, doors: ExitStack) -> None:
    (house.home / "pictures").mkdir(exist_ok=True)
    name = "0123456789abcdef" * 2 + ".mp4"
    (house.home / "pictures" / name).write_bytes(b"x" * (30 * MB))
    for _ in range(70):
        door = doors.enter_context(socket.create_connection(("127.0.0.1", house.port), timeout=20))
        door.sendall(f"GET /pictures/{name} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n\r\n".encode())
    time.sleep(1)
    for _ in range(5):
        assert httpx.get(house.url + "/sign-in/", timeout=15).status_code == 200
    whole = httpx.get(f"{house.url}/pictures/{name}", timeout=60)
    assert whole.content == b"x" * (30 * MB)
    (house.home / "pictures" / name).unlink()
    until(house.answers)
