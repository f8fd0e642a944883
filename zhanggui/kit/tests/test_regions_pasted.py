"""Pasted addresses with labels: whatever shape people and platforms give them, the same receiver comes out."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhanggui.kit.regions import parse_pasted
from zhanggui.kit.regions_labels import LABELS, NAME, PHONE, REGION, STREET, read_labels

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
WANTED = ("王二", "13912345678", "420111", "珞喻路1号3栋502")
SHAPES = [
    "收件人：王二 电话：13912345678 地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人:王二 电话:13912345678 地址:湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人：王二\n手机：13912345678\n地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "联系人：王二\n手机号码：13912345678\n所在地区：湖北省武汉市洪山区\n详细地址：珞喻路1号3栋502",
    "姓名：王二，手机：139 1234 5678，地址：湖北 武汉 洪山区 珞喻路1号3栋502",
    "地址：湖北省武汉市洪山区珞喻路1号3栋502 电话：13912345678 收件人：王二",
    "电话：13912345678\n收货人：王二\n地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "详细地址：珞喻路1号3栋502；所在地区：湖北省 武汉市 洪山区；联系电话：139-1234-5678；收货人姓名：王二",
    "收货人：王二 13912345678\n收货地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人：王二，13912345678，湖北省武汉市洪山区珞喻路1号3栋502",
    "【收件人】王二【电话】13912345678【地址】湖北省武汉市洪山区珞喻路1号3栋502",
    "[收货人]: 王二\n[联系方式]: +86 13912345678\n[收货地址]: 湖北省武汉市洪山区珞喻路1号3栋502",
    "姓　名：王二\n电　话：13912345678\n地　址：湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人 王二\n手机号码 13912345678\n所在地区 湖北省武汉市洪山区\n详细地址 珞喻路1号3栋502",
    "收货人：王二\r\n手机号码：13912345678\r\n所在地区：湖北省武汉市洪山区\r\n详细地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人/电话：王二/13912345678 收件地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "王二的地址：湖北省武汉市洪山区珞喻路1号3栋502 姓名：王二 手机号：13912345678",
    "Name: 王二 Phone: 13912345678 Address: 湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人：王二 手机号：１３９１２３４５６７８ 省市区：湖北省武汉市洪山区 街道地址：珞喻路1号3栋502",
    "收件人：王二\n电话：13912345678\n地址：湖北省武汉市\n洪山区珞喻路1号3栋502",
    "收件人：王二\n电话：13912345678\n地址：湖北省武汉市洪山区珞喻路1号3栋502\n备注：放门口",
    "备注：周末送\n收件人：王二\n电话：13912345678\n地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "电话：13912345678 地址：湖北省武汉市洪山区珞喻路1号3栋502 王二",
    "王二 电话：13912345678 地址：湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人： 王二 ， 电话： 13912345678 ， 邮编： 430070 ， 地址： 湖北省武汉市洪山区珞喻路1号3栋502",
    "收件人:王二;手机:13912345678;所在地区:湖北省/武汉市/洪山区;详细地址:珞喻路1号3栋502",
]


@pytest.mark.parametrize("text", SHAPES)
def test_a_labelled_address_is_told_apart(text):
    found = parse_pasted(text)
    assert (found.name, found.phone, found.place.region, found.place.rest) == WANTED


@pytest.mark.parametrize(
    ("text", "name", "region", "rest"),
    [
        ("北京朝阳建国路88号SOHO现代城A座1203 赵 敏 13900139003", "赵敏", "110105", "建国路88号SOHO现代城A座1203"),
        ("赵 敏 13900139003 北京朝阳建国路88号", "赵敏", "110105", "建国路88号"),
        ("13900139003 湖北武汉洪山珞喻路1号3栋502 王二", "王二", "420111", "珞喻路1号3栋502"),
        ("上海浦东世纪大道1号 王二 13900139003", "王二", "310115", "世纪大道1号"),
        ("重庆渝中邹容路1号 王二 13900139003", "王二", "500103", "邹容路1号"),
        ("收件人：赵 敏 电话：13900139003 地址：湖北省武汉市洪山区珞喻路1号", "赵敏", "420111", "珞喻路1号"),
        ("湖北省武汉市洪山区珞喻路1号 赵 敏\n13900139003", "赵敏", "420111", "珞喻路1号"),
        ("新疆乌鲁木齐天山区光明路1号 买买提·吐尔逊 13900139003", "买买提·吐尔逊", "650102", "光明路1号"),
        ("新疆乌鲁木齐天山区光明路1号，买买提·吐尔逊，13900139003", "买买提·吐尔逊", "650102", "光明路1号"),
        ("阿依古丽•买买提 13900139003 新疆乌鲁木齐天山区光明路1号", "阿依古丽•买买提", "650102", "光明路1号"),
    ],
)  # fmt: skip
def test_names_and_districts_are_read_as_people_write_them(text, name, region, rest):
    found = parse_pasted(text)
    assert (found.name, found.phone) == (name, "13900139003")
    assert (found.place.region, found.place.rest) == (region, rest)


@pytest.mark.parametrize(
    ("text", "region", "rest"),
    [
        ("北京朝阳路88号", "110100", "朝阳路88号"),
        ("北京朝阳门内大街1号", "110100", "朝阳门内大街1号"),
        ("北京 东城路8号", "110100", "东城路8号"),
        ("湖北武汉洪山广场1号", "420100", "洪山广场1号"),
        ("湖北武汉江汉路1号", "420100", "江汉路1号"),
        ("湖北武汉洪山礼堂", "420100", "洪山礼堂"),
        ("上海浦东南路1号", "310100", "浦东南路1号"),
        ("上海静安寺路1号", "310100", "静安寺路1号"),
    ],
)
def test_a_street_that_is_named_after_a_district_is_no_district(text, region, rest):
    place = parse_pasted(f"王二 13900139003 {text}").place
    assert (place.region, place.district, place.rest) == (region, "", rest)


def test_the_label_of_the_number_is_nobodys_name():
    found = parse_pasted("电话：13912345678 地址：湖北省武汉市洪山区珞喻路1号")
    assert (found.name, found.phone, found.place.region) == ("", "13912345678", "420111")


def test_a_mobile_goes_before_a_landline_and_a_zip_code_is_kept():
    found = parse_pasted(
        "收件人：王二 固定电话：027-87654321 手机：13912345678 地址：湖北省武汉市洪山区珞喻路1号 邮政编码：430070"
    )
    assert (found.phone, found.place.zip, found.place.rest) == ("13912345678", "430070", "珞喻路1号")
    landline = parse_pasted("收件人：王二 电话：027-87654321 地址：湖北省武汉市洪山区珞喻路1号")
    assert (landline.phone, landline.name) == ("027-87654321", "王二")


def test_a_name_that_looks_like_a_street_is_believed_when_it_is_labelled():
    assert parse_pasted("收件人：路遥 电话：13912345678 地址：湖北省武汉市洪山区珞喻路1号").name == "路遥"
    assert (
        parse_pasted("收件人：John Smith\n电话：13912345678\n地址：湖北省武汉市洪山区珞喻路1号").name
        == "John Smith"
    )


def test_a_street_that_holds_the_word_of_a_label_stays_whole():
    found = parse_pasted("王二 13912345678 湖北省武汉市洪山区手机街道1号")
    assert (found.name, found.place.rest) == ("王二", "手机街道1号")


def test_every_word_of_the_table_is_read_with_any_colon():
    for kind, words in LABELS.items():
        for word in words:
            for colon in (":", "：", " ：", "： "):
                assert [(one.kind, one.text.strip()) for one in read_labels(f"{word}{colon}甲")] == [
                    (kind, "甲")
                ], word


@calm
@given(
    st.permutations([NAME, PHONE, REGION, STREET]),
    st.tuples(
        *(st.sampled_from([w for w in LABELS[k] if not w.isascii()]) for k in (NAME, PHONE, REGION, STREET))
    ),
    st.sampled_from([":", "：", " : ", "： "]),
    st.sampled_from(["\n", " ", "，", "; ", "\r\n", "\n\n"]),
)
def test_in_any_order_with_any_label_colon_and_separator_it_is_the_same_receiver(order, words, colon, apart):
    labels = dict(zip((NAME, PHONE, REGION, STREET), words, strict=True))
    values = {NAME: "王二", PHONE: "13912345678", REGION: "湖北省武汉市洪山区", STREET: "珞喻路1号3栋502"}
    text = apart.join(f"{labels[kind]}{colon}{values[kind]}" for kind in order)
    found = parse_pasted(text)
    assert (found.name, found.phone, found.place.region, found.place.rest) == WANTED, text
