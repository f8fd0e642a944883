"""Addresses as files and people write them, and what stays unknown."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhanggui.kit import regions
from zhanggui.kit.regions import Place, find, parse_address, parse_pasted, path_of, read_list

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "浙江省 杭州市 西湖区 文一西路1号(310000)",
            Place("浙江省", "杭州市", "西湖区", "文一西路1号", "310000", "330106"),
        ),
        (
            "上海 上海市 浦东新区 世纪大道1号(200120)",
            Place("上海市", "上海市", "浦东新区", "世纪大道1号", "200120", "310115"),
        ),
        ("浙江杭州市西湖区1号", Place("浙江省", "杭州市", "西湖区", "1号", "", "330106")),
        ("湖北武汉洪山区", Place("湖北省", "武汉市", "洪山区", "", "", "420111")),
        ("武汉市洪山区狮子山街1号", Place("湖北省", "武汉市", "洪山区", "狮子山街1号", "", "420111")),
        ("北京北京市朝阳区建国路1号", Place("北京市", "北京市", "朝阳区", "建国路1号", "", "110105")),
        ("重庆 重庆市 石柱县 南宾镇", Place("重庆市", "重庆市", "石柱土家族自治县", "南宾镇", "", "500240")),
        (
            "内蒙呼和浩特新城区中山路",
            Place("内蒙古自治区", "呼和浩特市", "新城区", "中山路", "", "150102"),
        ),
        (
            "新疆伊犁州伊宁市解放路",
            Place("新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市", "解放路", "", "654002"),
        ),
        ("湖北省 仙桃市 干河街道(433000)", Place("湖北省", "", "仙桃市", "干河街道", "433000", "429004")),
        ("江苏 昆山 花桥", Place("江苏省", "苏州市", "昆山市", "花桥", "", "320583")),
        ("吉林吉林市昌邑区", Place("吉林省", "吉林市", "昌邑区", "", "", "220202")),
        ("海南藏族自治州共和县", Place("青海省", "海南藏族自治州", "共和县", "", "", "632521")),
        ("北京 密云县 鼓楼", Place("北京市", "北京市", "密云区", "鼓楼", "", "110118")),
        ("湖北省 襄樊市 樊城区", Place("湖北省", "襄阳市", "樊城区", "", "", "420606")),
        ("香港 香港岛 东区 英皇道", Place("香港特别行政区", "", "东区", "英皇道", "", "810003")),
        ("台湾 台北市 大安区 忠孝东路", Place("台湾省", "台北市", "大安区", "忠孝东路", "", "710100")),
        (
            "四川省 成都市 高新区 天府大道(000000)",
            Place("四川省", "成都市", "", "高新区 天府大道", "", "510100"),
        ),
    ],
)
def test_an_address_is_taken_apart(text, place):
    assert parse_address(text) == place


@pytest.mark.parametrize(
    "text",
    ["", "江湖省 江湖市", "朝阳区建国路", "南京东路100号", "浙江省 武汉市 洪山区", "100", "鼓楼区中山路"],
)
def test_what_is_not_certain_stays_unknown(text):
    place = parse_address(text)
    assert place.region == ""
    assert place.rest == text


def test_a_street_named_after_a_city_is_no_city():
    assert parse_address("湖北省南京路1号").region == "420000"
    assert parse_address("海南东方红路").region == "460000"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("湖北", "武汉", "洪山"), "420111"),
        (("湖北省", "武汉市", "光谷"), "420100"),
        (("上海", "", "浦东新区"), "310115"),
        (("上海", "浦东新区", "张江"), "310115"),
        (("重庆市", "县", "石柱县"), "500240"),
        (("江苏", "昆山市", "花桥"), "320583"),
        (("湖北省", "", "仙桃市"), "429004"),
        (("", "武汉市", ""), "420100"),
        (("浙江省", "武汉市", "洪山区"), ""),
        (("江湖省", "武汉市", ""), ""),
        (("", "", "朝阳区"), ""),
        (("", "", ""), ""),
    ],
)
def test_names_find_their_code(names, code):
    assert find(*names) == code


def test_every_region_is_found_by_its_full_name():
    lost = []
    codes = [c for p in regions.provinces() for city in regions.children(p) for c in regions.children(city)]
    for code in codes:
        province, city = regions.name_of(f"{code[:2]}0000"), regions.name_of(f"{code[:4]}00")
        if regions.name_of(code) != city and parse_address(regions.full_name(code)).region != code:
            lost.append((code, "parse"))
        if find(province, "" if city == province else city, regions.name_of(code)) not in (
            code,
            f"{code[:4]}00",
        ):
            lost.append((code, "find"))
    assert len(codes) > 2900
    assert lost == []


def test_the_patched_regions_are_there():
    assert [regions.name_of(code) for code in ("500157", "653132", "659013")] == [
        "两江新区",
        "岑岭县",
        "草湖市",
    ]


def test_a_path_goes_from_the_district_to_the_country():
    assert path_of("420106") == ["420106", "420100", "420000", "1"]
    assert path_of("810001") == ["810001", "810000", "1"]
    assert path_of("") == path_of("999999") == ["1"]


@pytest.mark.parametrize(
    "text",
    [
        "张三 13800138000 湖北省武汉市洪山区珞喻路1号",
        "湖北省武汉市洪山区珞喻路1号，张三，138 0013 8000",
        "收货人：张三\n手机号码：138-0013-8000\n所在地区：湖北省武汉市洪山区\n详细地址：珞喻路1号",
        "湖北省 武汉市 洪山区 珞喻路1号 张三 13800138000",
        "张三+8613800138000湖北武汉洪山区珞喻路1号",
    ],
)
def test_a_pasted_receiver_is_told_apart(text):
    pasted = parse_pasted(text)
    assert (pasted.name, pasted.phone) == ("张三", "13800138000")
    assert (pasted.place.region, pasted.place.rest) == ("420111", "珞喻路1号")


def test_an_extension_and_a_loose_zip_are_kept():
    pasted = parse_pasted("张三,13800138000-1234,上海 上海市 浦东新区 世纪大道1号, 200120")
    assert pasted.phone == "13800138000-1234"
    assert pasted.place.zip == "200120"
    assert pasted.place.rest == "世纪大道1号"


def test_a_list_of_regions_is_read_with_groups_and_the_rest_is_named():
    codes, unknown = read_list("江浙沪, 湖北、武汉 420106；火星")
    assert codes == ["310000", "320000", "330000", "420000", "420100", "420106"]
    assert unknown == ["火星"]


def test_a_list_is_written_so_that_it_is_read_back():
    everything = ["1", *regions._atlas().names]
    for code in everything:
        assert read_list(regions.write_list([code])) == ([code], []), code
    assert regions.write_list(["320000", "310000", "330000"]) == "江浙沪"
    assert regions.write_list(["420000", "420100"]) == "湖北、湖北省武汉市"


@calm
@given(st.text(max_size=60))
def test_no_text_breaks_it(text):
    place = parse_address(text)
    assert place.region == "" or regions.known(place.region)
    assert parse_pasted(text).place.region in ("", *regions._atlas().names)
    read_list(text)


def test_a_hundred_thousand_addresses_take_seconds():
    texts = [f"浙江省 杭州市 西湖区 文一西路{n}号(310000)" for n in range(5000)]
    parse_address(texts[0])
    began = time.perf_counter()
    for text in texts:
        parse_address(text)
    assert (time.perf_counter() - began) / len(texts) < 100e-6  # 5 µs alone; the machine may be busy
