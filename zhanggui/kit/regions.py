"""China's regions by GB/T 2260 code, and reading them out of the addresses that files and people write.

What a text does not name for certain stays unknown: "" instead of a guess. Codes have six digits (420106 is a
district, 420100 its city, 420000 its province); "1" is the whole country, as in the platforms' freight tables.
Districts of Taiwan have no code; they are recognised and answer with their city's.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from zhanggui.kit.regions_labels import NAME, NOTE, PHONE, REGION, STREET, ZIP, Said, read_labels

COUNTRY = "1"
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})

GROUPS: Mapping[str, tuple[str, ...]] = {
    "江浙沪": ("310000", "320000", "330000"),
    "江浙沪皖": ("310000", "320000", "330000", "340000"),
    "京津冀": ("110000", "120000", "130000"),
    "珠三角": ("440100", "440300", "440400", "440600", "440700", "441200", "441300", "441900", "442000"),
    "东北三省": ("210000", "220000", "230000"),
    "西北五省": ("610000", "620000", "630000", "640000", "650000"),
    "西南四省": ("500000", "510000", "520000", "530000"),
    "华北": ("110000", "120000", "130000", "140000", "150000"),
    "华东": ("310000", "320000", "330000", "340000", "350000", "360000", "370000"),
    "华中": ("410000", "420000", "430000"),
    "华南": ("440000", "450000", "460000"),
    "港澳台": ("710000", "810000", "820000"),
}
"""Short names the trade uses for several regions; message ids where they are shown."""


class Place(NamedTuple):
    """An address taken apart. Names as the state writes them; `rest` street and door; `region` code or ""."""

    province: str = ""
    city: str = ""
    district: str = ""
    rest: str = ""
    zip: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What somebody pasted into the box: a receiver. Parts that are not there are ""."""

    name: str
    phone: str
    place: Place


class _Match(NamedTuple):
    """A name that an address may begin with, and what it stands for."""

    form: str
    code: str
    name: str
    short: bool


_Index = dict[str, tuple[_Match, ...]]
"""Matches by their first two characters, the longest first."""

_PEOPLES_IN_NAMES = (
    "蒙古族 回族 藏族 维吾尔 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 哈萨克 傣族 黎族 傈僳族 "
    "佤族 畲族 高山族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜 土族 达斡尔族 达斡尔 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯 "
    "阿昌族 普米族 塔吉克 怒族 乌孜别克 俄罗斯 鄂温克族 德昂族 保安族 裕固族 京族 塔塔尔 独龙族 鄂伦春 赫哲族 门巴族 珞巴族 基诺族 "
    "蒙古 各族 满族蒙古族"
)
_PEOPLES = _PEOPLES_IN_NAMES.split()
_FORMER_CITIES = {"襄樊市": "420600", "思茅市": "530800", "莱芜市": "370100"}
_FORMER_DISTRICTS = {"370100": {"莱城区": "370116"}, "420600": {"襄阳区": "420607"}}
_PLAIN_PROVINCES = {
    "内蒙古自治区": ("内蒙古", "内蒙"),
    "广西壮族自治区": ("广西",),
    "西藏自治区": ("西藏",),
    "宁夏回族自治区": ("宁夏",),
    "新疆维吾尔自治区": ("新疆",),
    "香港特别行政区": ("香港",),
    "澳门特别行政区": ("澳门",),
}
_FILLERS = ("市辖区", "省直辖县级行政区划", "自治区直辖县级行政区划", "县")
_PARTS = {"810000": ("香港岛", "九龙", "新界"), "820000": ("澳门半岛", "澳门外岛", "氹仔", "路环")}
# A short name before one of these is a street or another place: 南京路, 朝阳区, 东方大道.
_NOT_AFTER_SHORT = re.compile(
    r"[路街道巷弄桥区县市州盟旗镇乡村省]|[东西南北中一二三四五六七八九十]+[路街]|大[道街厦桥]"
)
_SEPARATORS = " \t\r\n　,，、/|·-—_>;；"
_ZIP = re.compile(r"[（(]\s*(\d{6})\s*[)）]\s*$")


def _stem(name: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name[: -len(ending)]
    return name


def _without_peoples(stem: str) -> str:
    again = True
    while again:
        again = False
        for people in _PEOPLES:
            if stem.endswith(people) and len(stem) >= len(people) + 2:
                stem, again = stem[: -len(people)], True
    return stem


def _city_forms(name: str) -> tuple[list[str], list[str]]:
    """Full forms and short ones of a city's name."""
    if name.endswith("自治州"):
        stem = _without_peoples(name[:-3])
        return [name, f"{stem}州"], [stem]
    if name.endswith("市"):
        return [name, f"{name[:-1]}地区"], [name[:-1]]
    stem = _stem(name, ("地区", "盟"))
    return ([name, f"{stem}市"], [stem]) if stem != name else ([name], [])


def _province_shorts(name: str) -> tuple[str, ...]:
    return _PLAIN_PROVINCES.get(name, (name[:-1],))


def _district_forms(name: str) -> tuple[list[str], list[str]]:
    """Full forms and short ones of a district's or county's name."""
    for ending in ("自治县", "自治旗"):
        if name.endswith(ending):
            stem = _without_peoples(name[:-3])
            return [name, stem + ending[-1]], [stem]
    stem = _stem(name, ("新区", "林区", "区", "县", "市", "旗"))
    return [name], [stem] if stem != name and len(stem) >= 2 else []


def _index(matches: Iterable[_Match]) -> _Index:
    """Index of the forms that mean one thing only; a full form goes before an equal short one."""
    full: dict[str, set[_Match]] = {}
    short: dict[str, set[_Match]] = {}
    for match in matches:
        (short if match.short else full).setdefault(match.form, set()).add(match)
    index: dict[str, list[_Match]] = {}
    for forms, others in ((full, {}), (short, full)):
        for form, found in forms.items():
            if len({(match.code, match.name) for match in found}) == 1 and form not in others:
                index.setdefault(form[:2], []).append(next(iter(found)))
    return {key: tuple(sorted(held, key=lambda m: (-len(m.form), m.form))) for key, held in index.items()}


class _Atlas:
    """All names and codes, indexed once at first use."""

    def __init__(self) -> None:
        text = (resources.files("zhanggui.kit") / "data" / "regions.json").read_text(encoding="utf-8")
        self.names: dict[str, str] = {}
        self.children: dict[str, list[str]] = {COUNTRY: []}
        self.in_province: dict[str, _Index] = {}
        self.in_city: dict[str, _Index] = {}
        start: list[_Match] = []
        provinces = json.loads(text)
        # 海南 and 吉林 alone are provinces, though 海南州 and 吉林市 exist.
        self.province_shorts = {short for _, name, _ in provinces for short in _province_shorts(name)}
        for code, name, cities in provinces:
            self._province(code, name, cities, start)
        self.start = _index(start)

    def _province(
        self,
        code: str,
        name: str,
        cities: list[tuple[str, str, dict[str, str] | list[str]]],
        start: list[_Match],
    ) -> None:
        self._add(code, name, COUNTRY)
        shorts = _province_shorts(name)
        start.append(_Match(name, code, name, False))
        start.extend(_Match(form, code, name, True) for form in shorts)
        whole: list[_Match] = []
        for city, city_name, districts in cities:
            filler = city_name in _FILLERS or city == code
            if city != code:
                self._add(city, city_name if not filler else name, code)
            if not filler:
                full, short = _city_forms(city_name)
                forms = [_Match(f, city, city_name, False) for f in full]
                forms += [_Match(f, city, city_name, True) for f in short]
                whole.extend(forms)
                start.extend(m for m in forms if m.form not in self.province_shorts)
            whole.extend(self._districts(city, districts, start, units=filler and code not in MUNICIPALITIES))
        for former, city in _FORMER_CITIES.items():
            if city in self.names and city[:2] == code[:2]:
                match = _Match(former, city, self.names[city], False)
                whole.append(match)
                start.append(match)
        # A city's name wins over an equal one of a district: 台湾省 南投县 is not the 南投市 in it.
        of_cities = {m.form for m in whole if self._names_a_city(m)}
        self.in_province[code] = _index(
            m for m in whole if self._names_a_city(m) or m.form not in of_cities or code in MUNICIPALITIES
        )

    def _districts(
        self, city: str, districts: dict[str, str] | list[str], start: list[_Match], *, units: bool
    ) -> list[_Match]:
        named = list(districts.items()) if isinstance(districts, dict) else [(city, n) for n in districts]
        matches: list[_Match] = []
        here = {name for _, name in named}
        for code, name in named:
            if code != city:
                self._add(code, name, city)
            full, short = _district_forms(name)
            matches.extend(_Match(form, code, name, False) for form in full)
            matches.extend(_Match(form, code, name, True) for form in short)
            # Counties become districts and cities over the years; old files keep the old ending.
            stem = _stem(name, ("区", "县", "市"))
            if stem != name and len(stem) >= 2:
                same = {f"{stem}{ending}" for ending in "区县市"}
                if len(same & here) == 1:
                    matches.extend(_Match(form, code, name, False) for form in same - here)
        for former, code in _FORMER_DISTRICTS.get(city, {}).items():
            if former not in here:
                matches.append(_Match(former, code, districts[code], False))  # type: ignore[call-overload]
        self.in_city[city] = _index(matches)
        start.extend(m for m in matches if not m.short and m.form == m.name)
        # Outside its city a county's bare name counts only for county-level cities: 江苏 昆山.
        return matches if units else [m for m in matches if not m.short or m.name.endswith("市")]

    def _names_a_city(self, match: _Match) -> bool:
        return match.code.endswith("00") and match.name == self.names[match.code]

    def _add(self, code: str, name: str, parent: str) -> None:
        self.names[code] = name
        self.children.setdefault(parent, []).append(code)
        self.children.setdefault(code, [])


@lru_cache(maxsize=1)
def _atlas() -> _Atlas:
    return _Atlas()


def _begin(index: _Index, text: str, at: int, *, district: bool = False) -> _Match | None:
    """The longest name that the text begins with at that place."""
    for match in index.get(text[at : at + 2], ()):
        if text.startswith(match.form, at):
            if not match.short:
                return match
            after = at + len(match.form)
            if district:
                # A county's bare name counts only where it stands alone: 江苏 昆山, never 江苏昆山路.
                if after == len(text) or text[after] in _SEPARATORS:
                    return match
            elif not _NOT_AFTER_SHORT.match(text, after):
                return match
    return None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SEPARATORS:
        at += 1
    return at


def parse_address(text: str) -> Place:
    """Take an address apart: "浙江省 杭州市 西湖区 文一西路1号(310000)", "浙江杭州市西湖区1号", "湖北武汉洪山区".

    Never fails and never guesses: what it cannot name for certain stays in `rest`.
    """
    text = text.strip()
    zip_code = ""
    if text.endswith((")", "）")) and (found := _ZIP.search(text)):
        zip_code = found[1] if found[1] != "000000" else ""
        text = text[: found.start()].rstrip()
    atlas = _atlas()
    at = _skip(text, 0)
    if text.startswith("中国", at):
        at = _skip(text, at + 2)
    first = _begin(atlas.start, text, at)
    if first is None:
        return Place(rest=text, zip=zip_code)
    code, district_name, began = first.code, "", at
    at = _skip(text, at + len(first.form))
    if code.endswith("0000"):
        code, district_name, at = _within_province(atlas, code, text, at)
        if not code:
            return Place(rest=text[began:], zip=zip_code)
    elif not code.endswith("00"):
        district_name = first.name
    if not district_name and code.endswith("00") and not code.endswith("0000"):
        code, district_name, at = _within_city(atlas, code, text, at)
        if not district_name and first.code == code and first.name != atlas.names[code]:
            district_name = first.name  # a district without a code of its own
    province, city = _names_above(atlas, code)
    return Place(province, city, district_name, text[at:].strip(_SEPARATORS), zip_code, code)


def _within_province(atlas: _Atlas, province: str, text: str, at: int) -> tuple[str, str, int]:
    name = atlas.names[province]
    index = atlas.in_province[province]
    # 上海 上海市 浦东新区; 北京市市辖区; 湖北省省直辖县级行政区划仙桃市
    own = (name, name[:-1], *_FILLERS[:3]) if province in MUNICIPALITIES else _FILLERS[1:3]
    for filler in own:
        if text.startswith(filler, at) and not _NOT_AFTER_SHORT.match(text, at + len(filler)):
            at = _skip(text, at + len(filler))
    for part in _PARTS.get(province, ()):
        if text.startswith(part, at) and _begin(index, text, at) is None:
            at = _skip(text, at + len(part))
    if province in MUNICIPALITIES and text.startswith("县", at):
        at = _skip(text, at + 1)
    match = _begin(index, text, at)
    if match is not None and match.short and not _is_city(match.code):
        match = _begin(index, text, at, district=True)
    if match is None:
        other = _begin(atlas.start, text, at)
        if other is not None and not other.short and other.code[:2] != province[:2]:
            return "", "", at  # 浙江省 武汉市: the address contradicts itself
        return (f"{province[:2]}0100" if province in MUNICIPALITIES - {"500000"} else province), "", at
    at = _skip(text, at + len(match.form))
    return (
        match.code,
        ("" if _is_city(match.code) and match.name == atlas.names[match.code] else match.name),
        at,
    )


def _within_city(atlas: _Atlas, city: str, text: str, at: int) -> tuple[str, str, int]:
    start = at
    if text.startswith("市辖区", at):
        at = _skip(text, at + 3)
    match = _begin(atlas.in_city.get(city, {}), text, at, district=True)
    if match is None:
        return city, "", at if at > start else start
    return match.code, match.name, _skip(text, at + len(match.form))


def _is_city(code: str) -> bool:
    return code.endswith("00") and not code.endswith("0000")


def _names_above(atlas: _Atlas, code: str) -> tuple[str, str]:
    province = f"{code[:2]}0000"
    city = f"{code[:4]}00"
    if code == province:
        return atlas.names[province], ""
    name = atlas.names.get(city, "")
    # Counties under a province directly have no city; a municipality is its own.
    return atlas.names[province], "" if name == atlas.names[
        province
    ] and province not in MUNICIPALITIES else name


@lru_cache(maxsize=16384)
def find(province: str, city: str, district: str) -> str:
    """The code of the most specific region that the three names surely mean, or "".

    Names that contradict each other (浙江省, 武汉市) give ""; a district that is none of the state's
    (a development zone) gives its city's code. Names may be short or empty.
    """
    province, city, district = province.strip(), city.strip(), district.strip()
    atlas = _atlas()
    if not province and not city:
        return _exact(atlas.start, district) if district else ""
    if not province:
        code = _exact(atlas.start, city)
    else:
        code = _exact(atlas.start, province)
        if not code.endswith("0000"):
            # 北京市 in the column of cities, or a column that is no province at all
            return ""
        if city and not _filler(atlas, code, city):
            code = _exact(atlas.in_province[code], city)
        elif code in MUNICIPALITIES:  # the city says no more than the province
            inside = _exact(atlas.in_province[code], district) if district else ""
            return inside or (code if code == "500000" else f"{code[:2]}0100")
    if not code or not district or (not code.endswith("00")):
        return code
    if code.endswith("0000"):
        return _exact(atlas.in_province.get(code, {}), district) or code
    return _exact(atlas.in_city.get(code, {}), district) or code


def _filler(atlas: _Atlas, province: str, city: str) -> bool:
    return (
        city in _FILLERS
        or city in _PARTS.get(province, ())
        or (province in MUNICIPALITIES and atlas.names[province].startswith(city))
    )


def _exact(index: _Index, name: str) -> str:
    for match in index.get(name[:2], ()):
        if match.form == name:
            return match.code
    return ""


def known(code: str) -> bool:
    """Whether it is a code of ours ("1" included)."""
    return code == COUNTRY or code in _atlas().names


def name_of(code: str) -> str:
    """The region's own name; "全国" for "1", "" for an unknown code."""
    return "全国" if code == COUNTRY else _atlas().names.get(code, "")


def short_name(code: str) -> str:
    """The name a person would say: 湖北, 武汉, 洪山区, 恩施州."""
    name = name_of(code)
    if code.endswith("0000"):
        return _province_shorts(name)[0]
    if code.endswith("00"):
        return name[:-1] if name.endswith("市") else min(_city_forms(name)[0], key=len)
    return name


def full_name(code: str) -> str:
    """The name with those above it, as on a parcel: 湖北省武汉市洪山区."""
    names: list[str] = []
    for part in reversed(path_of(code)[:-1]):
        name = name_of(part)
        if name and (not names or names[-1] != name):
            names.append(name)
    return "".join(names) or name_of(code)


def joined(province: str, city: str, district: str) -> str:
    """The names as on a parcel; what stands twice, as with 上海 and 上海市, stands once."""
    if province and not province.endswith("省") and city.removesuffix("市") == province.removesuffix("市"):
        province = ""
    return province + (city if city != district else "") + district


@lru_cache(maxsize=8192)
def path_of(code: str) -> list[str]:
    """Codes from the most specific to "1": ["420106", "420100", "420000", "1"]; ["1"] for an unknown one.

    Shared by its callers: do not change it.
    """
    if code not in _atlas().names:
        return [COUNTRY]
    steps = dict.fromkeys((code, f"{code[:4]}00", f"{code[:2]}0000", COUNTRY))
    return [step for step in steps if step == COUNTRY or step in _atlas().names]


def within(code: str, region: str) -> bool:
    """Whether a region lies in another one or is it."""
    return region in path_of(code)


def children(code: str) -> list[str]:
    """Codes one step below, in the state's order; of "1" the provinces."""
    return list(_atlas().children.get(code, ()))


def provinces() -> list[str]:
    """Codes of the provinces, in the state's order."""
    return children(COUNTRY)


def read_list(text: str) -> tuple[list[str], list[str]]:
    """Codes for a list as a person types it ("江浙沪, 湖北、武汉 420106"), and the words that mean nothing.

    A word may be a group, a name (full or short), province and city together, a code, or 全国.
    """
    codes: dict[str, None] = {}
    unknown: list[str] = []
    for word in re.split(r"[\s,，、;；/|]+", text.strip()):
        if not word:
            continue
        if word in GROUPS:
            codes.update(dict.fromkeys(GROUPS[word]))
        elif word in ("全国", COUNTRY):
            codes[COUNTRY] = None
        elif known(word):
            codes[word] = None
        elif code := _exact(_atlas().start, word):
            codes[code] = None
        elif (place := parse_address(word)).region and not place.rest:
            codes[place.region] = None
        else:
            unknown.append(word)
    return list(codes), unknown


def write_list(codes: Iterable[str]) -> str:
    """A list of codes as a person types it; `read_list` reads it back. Whole groups stand by their name."""
    left = list(dict.fromkeys(codes))
    words: list[str] = []
    for group in sorted(GROUPS, key=lambda name: -len(GROUPS[name])):
        if len(GROUPS[group]) > 1 and set(GROUPS[group]) == set(left):
            return group
    for code in left:
        word = short_name(code) if code == COUNTRY or code.endswith("0000") else full_name(code)
        words.append(word if read_list(word) == ([code], []) else code)
    return "、".join(words)


_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?:[-转](\d{1,6}))?(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[- ]?(\d{7,8})(?:[-转](\d{1,6}))?(?!\d)")
_LOOSE_ZIP = re.compile(r"(?<![\d-])(\d{6})(?![\d-])")
_FULL_WIDTH = {ord("０") + n: str(n) for n in range(10)}
_STREET = re.compile(r"[路街道巷弄号楼室栋幢层村组座区县市乡镇\d]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DOTTED = re.compile(r"[\u4e00-\u9fff]+(?:[·•・][\u4e00-\u9fff]+)+")
# 朝阳门内大街, 洪山广场 and 静安寺路 are no streets of a district that begins so.
_NOT_AFTER_BARE = re.compile(
    r"[门湖山江河海寺庙里口站关港城塔岛园岸场]|广场|公园|花园|新城|新村|体育|火车|机场|医院|大学|中学|小学|学院|中心"
)


def parse_pasted(text: str) -> Pasted:
    """Name, phone and place out of what was pasted, in any order, with or without labels and separators.

    What a label says counts first (`kit.regions_labels`); the rest is told apart by what it looks like. A part that
    cannot be told apart stays "" (and its words stay in the place's `rest`).
    """
    pieces, phone = _take_phone(read_labels(text.translate(_FULL_WIDTH)))
    name, pieces = _take_name(pieces)
    address = " ".join(
        " ".join(_words(piece.text)) for kind in (REGION, STREET) for piece in pieces if piece.kind == kind
    )
    loose = "\n".join(piece.text for piece in pieces if piece.kind in ("", PHONE))
    place = _labelled_place(pieces, address)
    if not place.region:
        found, place = _tell_apart(f"{loose}\n{address}" if address else loose, named=bool(name))
        name = name or found
    elif not name:
        name = next((word for word in _words(loose) if _may_be_name(word)), "")
        if not name:  # it may stand behind the address
            name, place = _tell_apart(address)
    coded = next((m[0] for p in pieces if p.kind == ZIP and (m := _LOOSE_ZIP.search(p.text))), "")
    return Pasted(name, phone, _with_bare_district(place)._replace(zip=coded or place.zip))


def _with_bare_district(place: Place) -> Place:
    """With the district that the street begins with, written without its 区: 北京朝阳建国路88号.

    Only where one district of the city is called so and a street follows; whoever pasted it sees it in the form before
    it is saved. Files are read by `parse_address`, which takes no such chance.
    """
    if place.district or not place.region:
        return place
    atlas = _atlas()
    inside = children(place.region) if place.region == "500000" else [place.region]
    found = {
        match
        for city in inside
        for match in atlas.in_city.get(city, {}).get(place.rest[:2], ())
        if match.short and place.rest.startswith(match.form)
    }
    if len(found) != 1:
        return place
    match = found.pop()
    street = place.rest[len(match.form) :]
    if _NOT_AFTER_SHORT.match(street) or _NOT_AFTER_BARE.match(street) or not _STREET.search(street):
        return place
    province, city = _names_above(atlas, match.code)
    return place._replace(
        province=province, city=city, district=match.name, rest=street.strip(_SEPARATORS), region=match.code
    )


def _words(text: str) -> list[str]:
    return sum(_blocks(text), [])


def _blocks(text: str) -> list[list[str]]:
    """The words of each block; blocks are lines and what stands between commas."""
    blocks = [block for block in re.split(r"[\n,，;；、]+", text) if block.strip(_SEPARATORS + "。.")]
    return [_closed_up(block.strip(_SEPARATORS + "。.").split()) for block in blocks]


def _closed_up(words: list[str]) -> list[str]:
    """The words with a name of two characters in one: forms pad it to the width of three (赵 敏)."""
    lone = [len(word) == 1 and bool(_HAN.match(word)) and not _STREET.match(word) for word in words]
    closed: list[str] = []
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and lone[end]:
            end += 1
        closed.extend(["".join(words[at:end])] if end - at == 2 else words[at : max(end, at + 1)])
        at = max(end, at + 1)
    return closed


def _take_phone(pieces: list[Said]) -> tuple[list[Said], str]:
    """The pieces without the number, and the number: what a label says first, mobiles before landlines."""
    labelled = [place for place, piece in enumerate(pieces) if piece.kind == PHONE]
    others = [place for place in range(len(pieces)) if place not in labelled]
    for places in (labelled, others):
        for pattern in (_MOBILE, _LANDLINE):
            for place in places:
                if spot := pattern.search(pieces[place].text):
                    digits = spot.groups()
                    number = "".join(digits[:-1]) if pattern is _MOBILE else "-".join(digits[:-1])
                    text = pieces[place].text
                    left = f"{text[: spot.start()]}\n{text[spot.end() :]}"
                    kept = Said(pieces[place].kind, left)
                    whole = number + (f"-{digits[-1]}" if digits[-1] else "")
                    return [*pieces[:place], kept, *pieces[place + 1 :]], whole
    return pieces, ""


def _take_name(pieces: list[Said]) -> tuple[str, list[Said]]:
    """The name that a label says, and the pieces with what else stood behind that label as a piece of no kind.

    Of a note only the first line is one.
    """
    name, rest = "", []
    for piece in pieces:
        if piece.kind not in (NAME, NOTE):
            rest.append(piece)
            continue
        head, _line, tail = re.sub(r"[,，;；、/／]", "\n", piece.text.lstrip(_SEPARATORS)).partition("\n")
        if piece.kind == NAME:
            words = _closed_up(head.split())
            at = next((n for n in range(len(words)) if parse_address(" ".join(words[n:])).region), len(words))
            if at and not name:
                name, head = " ".join(words[:at])[:20], " ".join(words[at:])
            tail = f"{head}\n{tail}"
        if tail.strip():
            rest.append(Said("", tail))
    return name, rest


def _labelled_place(pieces: list[Said], address: str) -> Place:
    """The place that labels say. A street that names the whole region once more stands for itself."""
    street = parse_address(" ".join(w for p in pieces if p.kind == STREET for w in _words(p.text)))
    region = parse_address(" ".join(w for p in pieces if p.kind == REGION for w in _words(p.text)))
    place = street if street.region and street.region == region.region else parse_address(address)
    return _with_zip(place)


def _with_zip(place: Place) -> Place:
    """With the zip code that stands in the street's text."""
    if place.zip or not (loose := _LOOSE_ZIP.search(place.rest)):
        return place
    rest = (place.rest[: loose.start()] + place.rest[loose.end() :]).strip(_SEPARATORS)
    return place._replace(rest=rest, zip=loose[1])


def _tell_apart(text: str, *, named: bool = False) -> tuple[str, Place]:
    """Name and place by what they look like. `named`: the name is known, so no word is taken for it."""
    words = _blocks(text)
    for block_at, block in enumerate(words):
        for word_at, _ in enumerate(block):
            place = parse_address(" ".join([*block[word_at:], *sum(words[block_at + 1 :], [])]))
            if not place.region:
                continue
            before = [*sum(words[:block_at], []), *block[:word_at]]
            name, kept = ("", None) if named else _pick_name(before, block[word_at:], words[block_at + 1 :])
            return name, _with_zip(parse_address(" ".join(kept)) if kept is not None else place)
    flat = sum(words, [])
    name = flat[0] if flat and not named and _may_be_name(flat[0]) else ""
    return name, Place(rest=" ".join(flat[1:] if name else flat))


def _may_be_name(word: str) -> bool:
    return 1 < len(word) <= 20 and not _STREET.search(word)


def _pick_name(before: list[str], block: list[str], after: list[list[str]]) -> tuple[str, list[str] | None]:
    """The name, and the address's words when some of them were not part of it."""
    for word in reversed(before):
        if _may_be_name(word):
            return word, None
    for at, words in enumerate(after):
        if len(words) == 1 and _may_be_name(words[0]):
            others = [w for i, part in enumerate(after) if i != at for w in part]
            return words[0], [*block, *others]
    short = len(block[-1]) <= 4 or bool(_DOTTED.fullmatch(block[-1]))
    if not after and len(block) > 1 and short and _may_be_name(block[-1]):
        rest = block[:-1]
        if parse_address(" ".join(rest)).rest:
            return block[-1], rest
    return "", None
