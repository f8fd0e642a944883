"""The shape of input; nothing is saved here."""

from typing import Any

from django import forms
from django.utils.translation import gettext

from zhanggui.people.models import Department
from zhanggui.people.powers import Power
from zhanggui.people.rules import LONGEST_PASSWORD


def _secret(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


def _only_ascii(work_no: str) -> None:
    # the database takes ı and ſ for i and s where letters' case does not matter
    if not work_no.isascii():
        raise forms.ValidationError(gettext("工号由字母、数字、点、横线组成，最多 39 个字符。"))


class Entry(forms.Form):
    """Signing in."""

    work_no = forms.CharField(
        label="工号",
        max_length=40,
        validators=[_only_ascii],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="密码", max_length=LONGEST_PASSWORD, strip=False, widget=_secret("current-password")
    )


class Code(forms.Form):
    """A one-time code or a recovery code."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class Password(forms.Form):
    """One's own password, once more."""

    password = forms.CharField(
        label="现在的密码", max_length=LONGEST_PASSWORD, strip=False, widget=_secret("current-password")
    )


class NewPassword(forms.Form):
    """Changing one's own password."""

    old = forms.CharField(
        label="现在的密码", max_length=LONGEST_PASSWORD, strip=False, widget=_secret("current-password")
    )
    new = forms.CharField(
        label="新密码",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=_secret("new-password"),
        help_text="至少 8 个字符；越长越好，不必混用大小写和符号；不会要求定期更换。",
    )


class Person(forms.Form):
    """A person's name and department."""

    name = forms.CharField(label="姓名", max_length=40)
    department = forms.ChoiceField(label="部门", choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = translated(Department.choices)  # type: ignore[attr-defined]


class NewPerson(Person):
    """A person to add."""

    work_no = forms.CharField(
        label="工号", max_length=39, help_text="登录用，以后不能改：字母、数字、点、横线"
    )
    main = forms.IntegerField(label="主账号", required=False, widget=forms.Select)
    field_order = ("work_no", "name", "department", "main")


class Versioned(forms.Form):
    """The version of the row that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PersonEdit(Person, Versioned):
    """A person's details, changed."""


class GrantForm(forms.Form):
    """A role to give: `shop` empty for all shops."""

    role = forms.IntegerField(label="角色")
    shop = forms.IntegerField(label="店铺", required=False)


class Reason(forms.Form):
    """Why."""

    reason = forms.CharField(label="原因", max_length=200, required=False)


class RoleForm(forms.Form):
    """A role."""

    name = forms.CharField(label="角色名称", max_length=40)
    note = forms.CharField(label="说明", max_length=200, required=False)
    reveals_a_day = forms.IntegerField(
        label="每人每天可查看明文次数", min_value=0, max_value=1000, initial=100
    )
    two_factor = forms.BooleanField(label="有此角色的人必须使用两步验证", required=False)
    powers = forms.MultipleChoiceField(choices=Power.choices, required=False)


class RoleEdit(RoleForm, Versioned):
    """A role, changed."""


def translated(choices: Any) -> list[tuple[Any, str]]:
    """Choices whose labels are message ids, in the reader's language."""
    return [(value, gettext(str(label))) for value, label in choices]
