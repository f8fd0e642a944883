"""When the payment sandbox is started beside the house, and that nothing of it is left when it is not."""

import os

import pytest

from zhanggui.site import sandbox


@pytest.mark.parametrize(
    ("demo", "said", "wanted"),
    [(True, "", True), (False, "1", True), (False, "", False), (False, "0", False)],
)
def test_it_is_started_in_a_demo_or_when_it_is_asked_for(monkeypatch, demo, said, wanted):
    monkeypatch.setenv("ZHANGGUI_SANDBOX", said)
    assert sandbox.wanted(demo=demo) is wanted


def test_a_house_without_it_names_none_whatever_the_environment_said(monkeypatch):
    monkeypatch.setenv(sandbox.URL, "http://127.0.0.1:1")
    monkeypatch.setenv(sandbox.HOUSE_URL, "https://shop.example")
    sandbox.name_addresses("127.0.0.1", "127.0.0.1", 8000, sandbox=False)
    assert sandbox.URL not in os.environ
    assert os.environ[sandbox.HOUSE_URL] == "https://shop.example"


def test_it_listens_under_the_name_by_which_browsers_reach_the_house(monkeypatch, tmp_path):
    monkeypatch.setenv(sandbox.HOUSE_URL, "http://192.0.2.7:8000")
    monkeypatch.setenv(sandbox.URL, "")
    sandbox.name_addresses("127.0.0.1", "127.0.0.1", 8000, sandbox=True)
    assert os.environ[sandbox.URL].startswith("http://192.0.2.7:80")
    command = sandbox.child(tmp_path, "127.0.0.1").command
    assert command[command.index("--url") + 1] == os.environ[sandbox.URL]
    assert "--faults" not in command
