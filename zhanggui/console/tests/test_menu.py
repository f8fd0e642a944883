"""The menu, the palette and the home page name only what exists, and no key twice."""

from collections import Counter

import pytest

from tests.cast import actor, everything, shop
from zhanggui.kit import menu
from zhanggui.kit.icons import ICONS
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def test_every_entry_leads_somewhere_has_a_known_icon_and_a_known_power():
    for entry in menu.entries():
        assert menu.address(entry.route), entry
        assert entry.icon == "" or entry.icon in ICONS, entry
        assert entry.power == "" or entry.power in Power.values, entry


def test_every_tile_and_step_leads_somewhere():
    owner = actor(*everything())
    assert len(menu.tiles_for(owner)) >= 3
    assert len(menu.steps_for(owner)) == 5
    for step in menu.steps_for(owner):
        assert menu.address(step.route), step


def test_no_key_is_given_twice():
    keys = Counter(entry.keys for entry in menu.entries() if entry.keys)
    assert [key for key, times in keys.items() if times > 1] == []


def test_one_sees_only_what_one_may_open():
    nobody, manager = actor(name="新人"), actor(Power.DAYBOOK_SEE, at=shop(), name="店长")
    labels = {link.entry.label for link in menu.links(nobody)}
    assert "操作日志" not in labels
    assert "操作日志" in {link.entry.label for link in menu.links(manager)}
    assert menu.links(None) == []


def test_the_longest_address_is_where_one_is():
    owner = actor(*everything())
    here = [
        link.entry.route for part in menu.sections(owner, "/daybook/") for link in part.links if link.here
    ]
    assert here == ["journal:daybook"]
    home = [link.entry.route for part in menu.sections(owner, "/") for link in part.links if link.here]
    assert home == ["console:home"]
