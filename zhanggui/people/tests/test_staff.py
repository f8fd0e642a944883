"""Who may manage whom: no self-escalation, no giving of what one lacks, the last owner stays."""

import threading

import pytest
from django.db import connection
from django.test import Client

from tests.cast import HOUSE, actor, everything, mall, shop, staff
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.people.actions import roles
from zhanggui.people.actions.grants import give, withdraw
from zhanggui.people.actions.staff import (
    add_staff,
    disable,
    edit_staff,
    enable,
    found_house,
    reset_password,
    reset_two_factor,
)
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Grant, Role, Staff, Visit
from zhanggui.people.powers import Power
from zhanggui.people.seeds import OWNER, lay_roles
from zhanggui.people.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def owner(work_no="boss"):
    person = staff(work_no)
    Grant.objects.create(staff=person, role=lay_roles()[OWNER])
    return person


def role_of(*powers, name="小角色"):
    return Role.objects.create(name=name, powers=[str(power) for power in powers])


class TestFounding:
    def test_makes_an_owner_who_may_do_everything(self):
        person = found_house(by=HOUSE, work_no="admin", name="店主", password=PASSWORD)
        assert all(actor_of(person).can(power) for power in Power.values)
        assert person.check_password(PASSWORD)
        assert not person.must_change_password
        assert Entry.objects.filter(what="house.founded").count() == 1

    def test_happens_once(self):
        found_house(by=HOUSE, work_no="admin", name="店主", password=PASSWORD)
        with pytest.raises(NotNow):
            found_house(by=HOUSE, work_no="admin2", name="店主", password=PASSWORD)
        assert Staff.objects.count() == 1

    def test_refuses_a_weak_password_and_leaves_nothing(self):
        with pytest.raises(Invalid):
            found_house(by=HOUSE, work_no="admin", name="店主", password="12345678")
        assert not Staff.objects.exists()


class TestAdding:
    def test_gives_a_one_time_password_and_no_powers(self):
        fresh = add_staff(by=actor(*everything()), work_no="kf010", name="新人", department="service")
        assert fresh.staff.check_password(fresh.password)
        assert fresh.staff.must_change_password
        assert actor_of(fresh.staff).powers == {}

    @pytest.mark.parametrize("work_no", ["", "kf 1", "客服一", "-x", "a" * 40, "KF001"])
    def test_refuses_a_number_that_cannot_be(self, mei, work_no):
        with pytest.raises(Invalid) as refusal:
            add_staff(by=HOUSE, work_no=work_no, name="新人", department="service")
        assert refusal.value.field == "work_no"
        assert Staff.objects.count() == 1

    def test_who_leads_one_shop_adds_their_own_sub_accounts(self):
        leader = staff("dz001", Power.STAFF_EDIT, at=shop())
        fresh = add_staff(by=actor_of(leader), work_no="kf010", name="新人", department="service")
        assert fresh.staff.main == leader

    def test_needs_the_power(self):
        with pytest.raises(NotAllowed):
            add_staff(by=actor(Power.STAFF_SEE), work_no="kf010", name="新人", department="service")


class TestGiving:
    def test_reaches_the_next_request(self, mei):
        give(by=actor(*everything()), staff=mei, role=role_of(Power.ORDER_SEE), shop_id=shop().pk)
        assert actor_of(mei).can(Power.ORDER_SEE, shop().pk)
        assert not actor_of(mei).can(Power.ORDER_SEE, mall().pk)
        assert Entry.objects.get(what="grant.given").shop_id == shop().pk

    def test_nobody_gives_a_power_they_lack(self, mei):
        by = actor(Power.STAFF_EDIT, Power.ORDER_SEE)
        with pytest.raises(NotAllowed):
            give(by=by, staff=mei, role=role_of(Power.ORDER_SEE, Power.LEDGER_SEE), shop_id=None)
        assert not Grant.objects.filter(staff=mei).exists()

    def test_nobody_gives_in_a_shop_they_do_not_lead(self, mei):
        by = actor(*everything(), at=shop())
        for shop_id in (mall().pk, None):
            with pytest.raises(NotAllowed):
                give(by=by, staff=mei, role=role_of(Power.ORDER_SEE, name=str(shop_id)), shop_id=shop_id)

    def test_nobody_gives_to_themselves(self):
        boss = staff("dz001", *everything())
        with pytest.raises(NotAllowed):
            give(by=actor_of(boss), staff=boss, role=role_of(Power.ORDER_SEE), shop_id=None)

    def test_only_an_owner_makes_an_owner(self, mei):
        almost = actor(*(power for power in Power.values if power != Power.SYSTEM_SEE))
        with pytest.raises(NotAllowed):
            give(by=almost, staff=mei, role=lay_roles()[OWNER], shop_id=None)
        give(by=actor_of(owner()), staff=mei, role=lay_roles()[OWNER], shop_id=None)

    def test_an_owner_of_one_shop_there_is_not(self, mei):
        with pytest.raises(Invalid):
            give(by=actor_of(owner()), staff=mei, role=lay_roles()[OWNER], shop_id=shop().pk)

    def test_a_shop_that_does_not_exist_is_refused(self, mei):
        with pytest.raises(Invalid):
            give(by=HOUSE, staff=mei, role=role_of(Power.ORDER_SEE), shop_id=999_999)


class TestRoles:
    def test_nobody_widens_a_role_they_hold(self):
        by = staff("dz001", Power.STAFF_EDIT, Power.ORDER_SEE)
        own = by.grants.get().role
        with pytest.raises(NotAllowed):
            edit(actor_of(by), own, Power.values)
        own.refresh_from_db()
        assert Power.LEDGER_SEE not in own.powers

    def test_nobody_adds_or_removes_a_power_they_lack(self):
        by, other = actor(Power.STAFF_EDIT, Power.ORDER_SEE), role_of(Power.LEDGER_SEE)
        kept = [Power.LEDGER_SEE, Power.ORDER_SEE]
        for powers in ([Power.LEDGER_SEE, Power.STOCK_MOVE], [], kept):
            with pytest.raises(NotAllowed):
                edit(by, other, powers)
        edit(actor(Power.STAFF_EDIT, *kept, name="全"), other, kept)
        other.refresh_from_db()
        assert set(other.powers) == {"ledger.see", "order.see"}

    def test_a_stale_form_changes_nothing(self):
        row = role_of(Power.ORDER_SEE)
        edit(HOUSE, row, [Power.ORDER_SEE, Power.STOCK_SEE])
        with pytest.raises(NotNow):
            edit(HOUSE, row, [])
        row.refresh_from_db()
        assert len(row.powers) == 2

    def test_the_owners_role_keeps_everything(self):
        row = lay_roles()[OWNER]
        edit(HOUSE, row, [], two_factor=True, name="别的")
        row.refresh_from_db()
        assert (row.name, row.is_owner, row.two_factor) == (OWNER, True, True)
        with pytest.raises(NotNow):
            roles.remove_role(by=HOUSE, role=row)

    def test_a_role_in_use_stays(self, mei):
        row = role_of(Power.ORDER_SEE)
        Grant.objects.create(staff=mei, role=row)
        with pytest.raises(NotNow):
            roles.remove_role(by=HOUSE, role=row)
        assert Role.objects.filter(pk=row.pk).exists()

    @pytest.mark.parametrize(
        "also", [{"two_factor": False}, {"reveals_a_day": 1000}, {"name": "别名"}, {"note": "注"}]
    )
    def test_nothing_of_a_role_with_powers_one_lacks_is_changed(self, also):
        row = Role.objects.create(name="看明文的", powers=[str(Power.RECEIVER_REVEAL)], two_factor=True)
        before = Role.objects.filter(pk=row.pk).values().get()
        values = {"two_factor": True} | also
        with pytest.raises(NotAllowed):
            edit(actor(Power.STAFF_EDIT), row, [Power.RECEIVER_REVEAL], **values)
        assert Role.objects.filter(pk=row.pk).values().get() == before
        edit(
            actor(Power.STAFF_EDIT, Power.RECEIVER_REVEAL, name="全"), row, [Power.RECEIVER_REVEAL], **values
        )
        assert Role.objects.filter(pk=row.pk).values().get() != before

    def test_unknown_powers_are_refused(self):
        with pytest.raises(Invalid):
            roles.add_role(by=HOUSE, name="新", powers=["order.see", "root"])


def edit(by, role, powers, **also):
    values = {"name": role.name, "note": "", "two_factor": False, "reveals_a_day": 100} | also
    roles.edit_role(by=by, role=role, version=role.version, powers=[str(p) for p in powers], **values)


class TestDisabling:
    def test_ends_sessions_and_powers_and_tells_the_news(self, mei, client):
        Grant.objects.create(staff=mei, role=role_of(Power.ORDER_SEE))
        client.post("/sign-in/", {"work_no": "kf001", "password": PASSWORD})
        disable(by=HOUSE, staff=mei, reason="离职")
        assert client.get("/me/").status_code == 302
        assert actor_of(Staff.objects.get(pk=mei.pk)).powers == {}
        assert not Visit.objects.exists()
        assert Announcement.objects.get(name="StaffEnded").news == {"staff_id": mei.pk}
        assert Entry.objects.get(what="staff.disabled").reason == "离职"

    def test_a_session_from_before_stays_dead_after_enabling(self, mei, client):
        client.post("/sign-in/", {"work_no": "kf001", "password": PASSWORD})
        kept = client.cookies["zhanggui"].value
        disable(by=HOUSE, staff=mei, reason="")
        enable(by=HOUSE, staff=mei)
        client.cookies["zhanggui"] = kept
        assert client.get("/me/").status_code == 302

    def test_nobody_disables_themselves(self):
        boss = owner()
        owner("boss2")
        with pytest.raises(NotAllowed):
            disable(by=actor_of(boss), staff=boss, reason="")

    def test_the_last_owner_stays(self, mei):
        boss = owner()
        for attempt in (
            lambda: disable(by=HOUSE, staff=boss, reason=""),
            lambda: withdraw(by=HOUSE, grant=boss.grants.get()),
        ):
            with pytest.raises(NotNow):
                attempt()
        boss.refresh_from_db()
        assert boss.is_active
        assert boss.grants.exists()

    def test_a_disabled_owner_does_not_count_as_another(self):
        boss, gone = owner(), owner("gone")
        disable(by=HOUSE, staff=gone, reason="")
        with pytest.raises(NotNow):
            disable(by=HOUSE, staff=boss, reason="")

    @pytest.mark.parametrize("verb", ["disable", "reset", "second", "edit"])
    def test_a_leader_of_one_shop_does_not_reach_beyond_it(self, mei, verb):
        """Resetting the password of a mightier person would be a way up."""
        by = actor(*everything(), at=shop())
        Grant.objects.create(staff=mei, role=role_of(Power.ORDER_SEE), shop_id=shop().pk)
        Grant.objects.create(staff=mei, role=role_of(Power.STOCK_SEE, name="二"), shop_id=mall().pk)
        with pytest.raises(NotAllowed):
            {
                "disable": lambda: disable(by=by, staff=mei, reason=""),
                "reset": lambda: reset_password(by=by, staff=mei),
                "second": lambda: reset_two_factor(by=by, staff=mei),
                "edit": lambda: edit_staff(by=by, staff=mei, version=1, name="x", department="audit"),
            }[verb]()
        mei.refresh_from_db()
        assert mei.is_active
        assert mei.check_password(PASSWORD)

    def test_a_person_with_a_power_one_lacks_is_out_of_reach(self, mei):
        Grant.objects.create(staff=mei, role=role_of(Power.LEDGER_SEE))
        with pytest.raises(NotAllowed):
            reset_password(by=actor(Power.STAFF_EDIT), staff=mei)


@pytest.mark.django_db(transaction=True)
class TestTwoOwnersAtOnce:
    """Each disables the other at the same instant."""

    def fight(self):
        bosses = [owner("boss1"), owner("boss2")]
        ready = threading.Barrier(2)

        def strike(by, other):
            ready.wait()
            try:
                disable(by=actor_of(by), staff=other, reason="")
            except (NotNow, NotAllowed):
                pass
            finally:
                connection.close()

        pairs = [(bosses[0], bosses[1]), (bosses[1], bosses[0])]
        threads = [threading.Thread(target=strike, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Staff.objects.filter(is_active=True).count()

    def test_leave_one_owner(self):
        assert self.fight() == 1

    def test_without_the_lock_both_would_go(self, monkeypatch):
        """The control: the same fight with the check made before the lock."""
        ready = threading.Barrier(2)

        def unguarded(staff):
            owners = set(Grant.objects.filter(role__is_owner=True).values_list("staff_id", flat=True))
            alive = Staff.objects.filter(pk__in=owners - {staff.pk}, is_active=True).exists()
            ready.wait()
            if not alive:
                raise NotNow("last")

        monkeypatch.setattr("zhanggui.people.actions.staff.must_leave_an_owner", unguarded)
        assert self.fight() == 0


class TestPages:
    @pytest.fixture
    def boss(self, client):
        client.force_login(owner())
        return client

    def test_a_person_is_added_and_the_password_shown_once(self, boss):
        answer = boss.post("/staff/new/", {"work_no": "kf010", "name": "新人", "department": "service"})
        person = Staff.objects.get(work_no="kf010")
        shown = answer.content.decode().split('<code class="mono strong">')[1].split("<")[0]
        assert person.check_password(shown)
        assert answer["Cache-Control"].startswith("max-age=0")
        assert shown not in boss.get(f"/staff/{person.pk}/").content.decode()

    def test_further_fields_of_a_form_are_ignored(self, boss, mei):
        """Mass assignment: what a form does not show, it does not change (ASVS 15.3.3)."""
        extra = {
            "is_active": "0",
            "password": "x",
            "session_epoch": "99",
            "two_factor_owed": "1",
            "main": mei.pk,
            "work_no": "root",
            "id": "1",
            "made_at": "2000-01-01",
        }
        before = Staff.objects.filter(pk=mei.pk).values(*extra).get()
        boss.post(
            f"/staff/{mei.pk}/details/", {"name": "小美丽", "department": "audit", "version": 1} | extra
        )
        after = Staff.objects.filter(pk=mei.pk).values(*extra).get()
        assert after == before
        assert Staff.objects.get(pk=mei.pk).name == "小美丽"

    def test_a_stale_form_is_answered_with_409_and_keeps_the_input(self, boss, mei):
        edit_staff(by=HOUSE, staff=mei, version=1, name="甲", department="service")
        answer = boss.post(f"/staff/{mei.pk}/details/", {"name": "乙", "department": "audit", "version": 1})
        assert answer.status_code == 409
        assert "乙" in answer.content.decode()
        assert Staff.objects.get(pk=mei.pk).name == "甲"

    def test_an_escalation_by_hand_made_form_is_refused(self, client, mei):
        leader = staff("dz001", Power.STAFF_EDIT, Power.STAFF_SEE)
        client.force_login(leader)
        boss_role = lay_roles()[OWNER]
        for person in (leader, mei):
            answer = client.post(f"/staff/{person.pk}/grants/", {"role": boss_role.pk, "shop": ""})
            assert answer.status_code == 403
        assert not Grant.objects.filter(role=boss_role).exists()

    def test_who_sees_one_shop_sees_its_people_only(self, client, mei):
        staff("kf003", Power.ORDER_SEE, at=mall(), name="外人")
        Grant.objects.create(staff=mei, role=role_of(Power.ORDER_SEE), shop_id=shop().pk)
        client.force_login(staff("dz001", Power.STAFF_SEE, at=shop()))
        page = client.get("/staff/").content.decode()
        assert "小美" in page
        assert "外人" not in page

    def test_a_forced_log_out_ends_the_other_browser(self, boss, mei):
        browser = Client()
        browser.post("/sign-in/", {"work_no": "kf001", "password": PASSWORD})
        boss.post(f"/staff/{mei.pk}/visits/ending/")
        assert browser.get("/me/").status_code == 302

    def test_the_preview_shows_what_a_person_may_do(self, boss, mei):
        Grant.objects.create(staff=mei, role=role_of(Power.SHOP_SEE), shop_id=shop().pk)
        page = boss.get(f"/staff/{mei.pk}/preview/").content.decode()
        assert "WH01" in page
        assert page.count("不可以") == len(Power) - 1

    def test_filters_find_people(self, boss, mei):
        assert "小美" in boss.get("/staff/?q=KF00").content.decode()
        nobody = boss.get("/staff/?q=zzz&department=audit").content.decode()
        assert "小美" not in nobody
        assert "清除筛选" in nobody
