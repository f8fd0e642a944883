"""The asset rules of the platforms (C15), by the rows of the oracle."""

import pytest

from zhanggui.kit.refusals import Invalid
from zhanggui.shops import assets
from zhanggui.shops.models import Platform


@pytest.mark.parametrize(
    ("platform", "use", "width", "height", "form", "named"),
    [
        (Platform.OWN, "category", 161, 90, "png", "S4-05"),
        (Platform.TMALL, "category", 161, 90, "png", "S4-05"),
        (Platform.OWN, "banner", 980, 251, "jpg", "S4-02"),
        (Platform.JD, "banner", 950, 250, "jpg", "S4-02"),
        (Platform.TAOBAO, "banner", 980, 250, "jpg", "S3-21"),
        (Platform.TAOBAO, "block", 800, 250, "jpg", "S3-21"),
        (Platform.OWN, "logo", 180, 61, "png", "S4-02"),
        (Platform.OWN, "banner", 980, 250, ".bmp", "S4-02"),
        (Platform.OWN, "poster", 981, 10, "png", "C15"),
    ],
)
def test_what_the_platform_would_not_take_is_refused_with_the_rule(platform, use, width, height, form, named):
    with pytest.raises(Invalid) as refusal:
        assets.check(platform, use, width, height, form)
    assert named in refusal.value.message


@pytest.mark.parametrize(
    ("platform", "use", "width", "height", "form"),
    [
        (Platform.OWN, "category", 160, 400, "png"),
        (Platform.OWN, "banner", 980, 250, "jpeg"),
        (Platform.JD, "logo", 180, 60, "gif"),
        (Platform.TAOBAO, "banner", 950, 150, "jpg"),
        (Platform.TAOBAO, "poster", 750, 900, "webp"),
        (Platform.OWN, "main", 1, 1, "bmp"),
    ],
)
def test_what_it_takes_passes(platform, use, width, height, form):
    assert assets.check(platform, use, width, height, form) is None


def test_an_introduction_has_twenty_characters():
    assets.check_intro("字" * 20)
    with pytest.raises(Invalid, match="S4-02"):
        assets.check_intro("字" * 21)
