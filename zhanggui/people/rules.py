"""The numbers of signing in and of revealing (G8.1, G8.3, G8.6), and the rules that need no database."""

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid
from zhanggui.kit.refusals import TooMany as TooMany

WINDOW = timedelta(hours=1)
STRANGER_TRIES = 20
"""Real checks per account and window from browsers that are not known to the account, all together."""
DEVICE_TRIES = 20
"""Real checks per account and window from one known browser."""
CODE_TRIES = 10
"""The same two budgets for the one-time code, which is shorter than a password."""
ADDRESS_TRIES = 100
"""Failed checks per network address and window, over all accounts: the end of password spraying."""
REVEALS_IN_A_ROW = 30
REVEAL_WINDOW = timedelta(minutes=10)
LONGEST_PASSWORD = 128
_OUR_WORDS = ("zhanggui", "掌柜")


def check_password_rules(password: str, *, work_no: str, name: str, field: str = "password") -> None:
    """Raise Invalid unless the password is fit: 8 characters or more, not common, not made of the person's
    number or name. No rules of composition and no ageing (ASVS 6.2).
    """
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(_("密码最多 %(most)s 个字符。") % {"most": LONGEST_PASSWORD}, field)
    try:
        validate_password(password)
    except ValidationError as trouble:
        raise Invalid(" ".join(trouble.messages), field) from None
    bare = password.casefold()
    for word in (work_no, name, *_OUR_WORDS):
        word = word.casefold()
        if len(word) >= 2 and word in bare and len(bare) - len(word) < 6:
            raise Invalid(_("密码不要用工号、姓名或本系统的名字拼成。"), field)
