"""Fields of the forms of this room: yuan, percents, moments, lists of codes, lines of codes with numbers."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zhanggui.kit import regions
from zhanggui.kit.clock import in_china, parse_moment
from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Unreadable

_BETWEEN = re.compile(r"[,，;；、\n\r]+")
_CELLS = re.compile(r"\t+|\s*[×*＊]\s*|\s+")
_NARROW = str.maketrans(
    "０１２３４５６７８９ｘＸ＊，、－\u3000", "0123456789xX*,,- "
)  # data: full-width forms
_CART = re.compile(
    r"(?P<code>[^\s×*,]{1,60})(?:\s*[×*,]\s*[xX]?\s*|\s+(?:[xX]\s*)?)(?P<many>[^\s,×*]+)(?:[\s,].*)?"
)
_CART_TIGHT = re.compile(r"(?P<code>[^\s×*,]{1,60}?)[xX](?P<many>\d{1,9})件?")
MOST_LINES = 200


class Yuan(forms.CharField):
    """An amount in yuan; cleaned to fen, None when empty and not required. `least`: fen below which it is refused."""

    def __init__(self, *, least: int = 0, **also: Any) -> None:
        self.least = least
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **also)

    def clean(self, value: Any) -> Any:
        """Fen."""
        text = super().clean(value)
        return fen_of(text, self.least, str(self.label or "")) if text else None


class Percent(forms.CharField):
    """A percent of the price with at most two decimals ("85" or "85.5"); cleaned to basis points, below the whole."""

    def __init__(self, **also: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=8, widget=widget, **also)

    def clean(self, value: Any) -> Any:
        """Basis points, or None."""
        text = super().clean(value)
        return basis_points(text) if text else None


class Either(forms.ChoiceField):
    """One of two, the second under "1"; cleaned to whether it is the second."""

    def clean(self, value: Any) -> Any:
        """A bool."""
        return super().clean(value) == "1"


class Level(forms.ChoiceField):
    """A member level; cleaned to a number, 0 for none."""

    def clean(self, value: Any) -> Any:
        """A whole number."""
        return int(super().clean(value) or 0)


class Moment(forms.CharField):
    """A moment on China's clock."""

    def __init__(self, **also: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"type": "datetime-local"}), **also)

    def prepare_value(self, value: Any) -> Any:
        """As the browser's own picker writes it."""
        return in_china(value).strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value

    def clean(self, value: Any) -> Any:
        """Timezone-aware, or None."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_moment(text)
        except ValueError:
            raise forms.ValidationError(_("读不懂这个时间，请写成 2026-11-11 00:00")) from None


class Codes(forms.CharField):
    """Codes or names with commas, semicolons or lines between them; cleaned to a list without doubles."""

    def __init__(self, **also: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"})
        super().__init__(max_length=8000, widget=widget, **also)

    def clean(self, value: Any) -> Any:
        """The texts."""
        text = super().clean(value) or ""
        found = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
        if len(found) > MOST_LINES:
            raise forms.ValidationError(_("一次最多 %(n)s 个编码，更多商品请用类目") % {"n": MOST_LINES})
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Line:
    """A code and the texts behind it."""

    code: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line of a cart: its number and text, and what it may mean (code, pieces), the likeliest first."""

    number: int
    text: str
    choices: tuple[tuple[str, int], ...]


class Lines(forms.CharField):
    """Lines of a code and numbers ("TEA-1 99.00 200", "TEA-1 × 2", or copied from a sheet); cleaned to `Line`s."""

    def __init__(self, *, rows: int = 4, **also: Any) -> None:
        widget = forms.Textarea(
            attrs={"rows": rows, "spellcheck": "false", "autocomplete": "off", "class": "mono"}
        )
        super().__init__(max_length=20_000, widget=widget, **also)

    def clean(self, value: Any) -> Any:
        """The lines, each code once."""
        text = super().clean(value) or ""
        found = read_lines(text)
        codes = [line.code for line in found]
        double = sorted({code for code in codes if codes.count(code) > 1})
        if double:
            raise forms.ValidationError(_("这些编码写了两次：%(codes)s") % {"codes": "、".join(double[:8])})
        if len(found) > MOST_LINES:
            raise forms.ValidationError(_("一次最多 %(n)s 行") % {"n": MOST_LINES})
        return found


class CartLines(forms.CharField):
    """A pasted cart, one SKU in a line; cleaned to `CartLine`s that say what each line may mean."""

    def __init__(self, *, most: int, **also: Any) -> None:
        self.most = most
        widget = forms.Textarea(
            attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off", "class": "mono"}
        )
        super().__init__(max_length=20_000, widget=widget, **also)

    def clean(self, value: Any) -> Any:
        """The lines; each that cannot be read is quoted with its number."""
        found, wrong = [], []
        for number, raw in enumerate((super().clean(value) or "").replace("\0", "").splitlines(), 1):
            if not raw.strip():
                continue
            try:
                found.append(CartLine(number, raw.strip()[:80], cart_choices(raw)))
            except forms.ValidationError as trouble:
                wrong.append(at_line(number, raw, trouble.messages[0]))
        if wrong:
            raise forms.ValidationError(wrong[:8])
        if not found:
            raise forms.ValidationError(_("购物车是空的"))
        if len(found) > self.most:
            raise forms.ValidationError(_("一次最多 %(n)s 行") % {"n": self.most})
        return found


class Regions(forms.CharField):
    """Regions as a person types them ("江浙沪、湖北"); cleaned to codes."""

    def __init__(self, **also: Any) -> None:
        super().__init__(max_length=4000, widget=forms.Textarea(attrs={"rows": 2}), **also)

    def clean(self, value: Any) -> Any:
        """A tuple of codes."""
        codes, unknown = regions.read_list(super().clean(value) or "")
        if unknown:
            raise forms.ValidationError(_("认不出这些地区：%(words)s") % {"words": "、".join(unknown[:8])})
        return tuple(codes)


def read_lines(text: str) -> list[Line]:
    """Lines of a code and what stands behind it; empty lines fall away. A code may hold no blank."""
    found = []
    for raw in text.replace("\0", "").splitlines():
        cells = [cell for cell in _CELLS.split(raw.strip()) if cell]
        if cells:
            found.append(Line(cells[0][:60], tuple(cells[1:])))
    return found


def cart_choices(raw: str) -> tuple[tuple[str, int], ...]:
    """What a line of a cart may mean: "A-1 x3", "A-1x3", "A-1,3", "A-1 × 3", "A-1*3", "A-1<tab>3", "A-1". A code may end
    in x and digits itself, so without a blank the whole is tried before it is split. Raises ValidationError.
    """
    line = raw.translate(_NARROW).strip()
    loose = _CART.fullmatch(line)
    if loose:
        return ((loose["code"], count_of(loose["many"].removesuffix("件"), 9999)),)
    tight = _CART_TIGHT.fullmatch(line)
    if tight:
        return (line[:60], 1), (tight["code"], count_of(tight["many"], 9999))
    return ((line[:60], 1),)


def at_line(number: int, text: str, said: str) -> str:
    """What is wrong with a line, the line quoted: "第 2 行「NIX 1」：没有这个 SKU 编码"."""
    return _("第 %(n)s 行「%(text)s」：%(said)s") % {"n": number, "text": text.strip()[:60], "said": said}


def fen_of(text: str, least: int = 0, label: str = "") -> int:
    """Yuan in fen; raises ValidationError, naming the field's label, when it cannot be read or is too small."""
    try:
        fen = parse_yuan(text)
    except Unreadable:
        about = {"label": _(label or "金额"), "text": text[:60]}
        raise forms.ValidationError(
            _("%(label)s：读不懂“%(text)s”，请写成元，最多两位小数，例如 15.50") % about
        ) from None
    if fen < least or fen > 10**11:
        raise forms.ValidationError(_("金额太小或太大"))
    return fen


def basis_points(text: str) -> int:
    """A percent in basis points, above 0 and below 100 percent; raises ValidationError else."""
    try:
        number = Decimal(text.removesuffix("%").strip()) * 100
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number != int(number) or not 0 < number < 10_000:
        raise forms.ValidationError(_("请写 0 到 100 之间的数，最多两位小数；85 就是八五折"))
    return int(number)


def count_of(text: str, most: int = 1_000_000) -> int:
    """A whole number from 1; raises ValidationError else."""
    if not (text.isascii() and text.isdigit() and len(text) < 10) or not 1 <= int(text) <= most:
        raise forms.ValidationError(_("请写 1 以上的整数"))
    return int(text)
