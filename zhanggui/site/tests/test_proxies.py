"""A request's address: the client's behind a proxy that is named, the other end's from anybody else."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from zhanggui.site.cli import main
from zhanggui.site.proxies import named, seen_through
from zhanggui.site.tests.house import House, free_port

PROXIES = named("127.0.0.1, 10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["6.6.6.6, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        ("127.0.0.1", ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        ("10.9.9.9", ["2001:db8::1"], "2001:db8::1"),
        ("203.0.113.9", ["6.6.6.6"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["6.6.6.6, nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["10.0.0.1"], "127.0.0.1"),
    ],
    ids=["one", "said before", "two lines", "v6", "a stranger", "none", "nonsense", "only proxies"],
)
def test_the_address_is_that_of_the_last_who_is_no_proxy(
    peer: str, forwarded: list[str], address: str
) -> None:
    scope = {
        "client": (peer, 5),
        "headers": [(b"x-forwarded-for", line.encode()) for line in forwarded],
    }
    assert seen_through(scope, PROXIES)["client"][0] == address
    assert seen_through(scope, [])["client"][0] == peer, "nobody is believed unless named"


def test_a_wrong_list_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHANGGUI_PROXIES", "127.0.0.1,proxy")
    assert main(["up", "--port", str(free_port())]) == 1
    assert "ZHANGGUI_PROXIES" in capsys.readouterr().err


@pytest.mark.processes
def test_failed_sign_ins_are_written_down_under_the_address_that_the_named_proxy_gives(
    data_folder: Callable[[], Path],
) -> None:
    house = House(data_folder())
    house.env["ZHANGGUI_PROXIES"] = "127.0.0.1"
    house.up()
    try:
        with httpx.Client(base_url=house.url, headers={"X-Forwarded-For": "203.0.113.7"}) as web:
            web.get("/sign-in/")
            web.post(
                "/sign-in/",
                data={"work_no": "nobody", "password": "x"},
                headers={"X-CSRFToken": web.cookies["csrf"], "Referer": house.url},
            )
        assert house.sql("SELECT address FROM people_signin") == [("203.0.113.7",)]
    finally:
        house.close()
