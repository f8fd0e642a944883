"""The command line: counts in one object, sentences instead of tracebacks, with and without a running `up`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from zhanggui.site.cli import main
from zhanggui.site.say import say
from zhanggui.site.tests.house import House

HEADS = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,"
    "买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,"
    "订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因"
)
ROW = (
    '="{number}",小河,,88.00,5.00,0,93.00,0,93.00,0,买家已付款，等待卖家发货,,周某,湖北省 武汉市 洪山区 珞喻路1号,'
    "快递,'-,'13800000000,2026-11-01 10:00:00,2026-11-01 10:05:00,茶杯,1,,,,1,0,江城小店,"
)


@pytest.fixture(scope="module")
def quiet(data_folder: Callable[[], Path]) -> House:
    """A house that is not open; each command starts PostgreSQL and stops it."""
    return House(data_folder())


def orders_file(folder: Path, *numbers: str) -> Path:
    path = folder / "ExportOrderList.csv"
    rows = [ROW.format(number=number) for number in numbers]
    path.write_text("\n".join([HEADS, *rows]) + "\n", encoding="gb18030")
    return path


@pytest.mark.processes
@pytest.mark.parametrize("open_house", [False, True], ids=["closed", "open"])
def test_import_prints_one_object_with_four_counts(
    quiet: House, tmp_path: Path, open_house: bool, request: pytest.FixtureRequest
) -> None:
    house = request.getfixturevalue("house") if open_house else quiet
    added = house.run("shops", "add", "CL01", "--name", "江城小店", "--kind", "bazaar", "--platform", "taobao", "--city", "武汉")  # fmt: skip
    assert added.returncode == 0, added.stderr
    path = orders_file(tmp_path, "3028689418086017", "3028689418086018")
    first = house.run("import", str(path), "--shop", "CL01", "--json")
    assert json.loads(first.stdout) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}, first.stderr
    again = house.run("import", str(path), "--shop", "CL01", "--json")
    assert json.loads(again.stdout) == {"new": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert (first.returncode, again.returncode) == (0, 0)
    assert "CL01" in house.run("shops").stdout


@pytest.mark.processes
def test_a_refused_file_is_exit_code_1_and_a_sentence(quiet: House, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n")
    quiet.run(
        "shops", "add", "CL02", "--name", "X", "--kind", "mall", "--platform", "tmall", "--city", "310100"
    )
    done = quiet.run("import", str(path), "--shop", "CL02", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["refused"] == 1
    assert "notes.csv" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.processes
@pytest.mark.parametrize(
    "words",
    [
        ("import", "nothing.csv", "--shop", "NONE"),
        ("shops", "add", "A B", "--name", "X", "--kind", "mall", "--platform", "tmall", "--city", "武汉"),
        ("shops", "add", "CL09", "--name", "X", "--kind", "mall", "--platform", "tmall", "--city", "火星"),
        ("restore", "nothing.tar"),
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_what_cannot_be_done_is_said_in_a_sentence(quiet: House, words: tuple[str, ...]) -> None:
    done = quiet.run(*words)
    assert done.returncode == 1
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.processes
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.env["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
    for words in (("shops",), ("doctor",), ("up", "--port", str(house.port))):
        done = house.run(*words)
        assert done.returncode == 1
        assert "DATABASE_URL" in done.stderr or "BAD" in done.stdout, done
        assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "words", [["up", "--port", "99999"], ["up", "--workers", "0"], ["shops", "add", "X"], []]
)
def test_words_that_make_no_sense_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "usage: zhanggui" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lang", "told"), [("zh_CN.UTF-8", "开"), ("", "开"), ("C.UTF-8", "开"), ("en_GB.UTF-8", "open")]
)
def test_it_speaks_chinese_unless_lang_says_english(
    monkeypatch: pytest.MonkeyPatch, lang: str, told: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    assert say("开", "open") == told


@pytest.mark.parametrize(
    "address",
    [
        "garbage://x",
        "postgres://",
        "postgres:///",
        "postgres://me:geheim@host:port/name",
        "zhanggui",
        "postgres://[::1/x",
    ],
)
@pytest.mark.parametrize("command", ["shops", "doctor"])
def test_a_wrong_database_url_is_named_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    address: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.setenv("ZHANGGUI_HOME", str(tmp_path))
    assert main([command]) == 1
    told = "".join(capsys.readouterr())
    assert "DATABASE_URL" in told
    assert "postgres://" in told
    assert "localhost:5432/zhanggui" in told
    assert "geheim" not in told
    assert "ImproperlyConfigured" not in told
