"""`python -m bench [importing] [lists] [acts] [start] [pricing] [buying] [searching]`: all of them without a name."""

import sys

from bench import house


def main() -> None:
    """Measure what is named."""
    wanted = set(sys.argv[1:]) or {"importing", "lists", "acts", "start", "pricing", "buying", "searching"}
    if "start" in wanted:
        from bench import start

        start.measure()
    if "pricing" in wanted:
        from bench import pricing

        pricing.measure()
    if wanted & {"importing", "lists", "acts", "buying", "searching"}:
        with house.opened():
            _inside(wanted)


def _inside(wanted: set[str]) -> None:
    from django.conf import settings
    from django.test import Client

    from zhanggui.people.models import Grant, Role, Staff
    from zhanggui.people.powers import Power
    from zhanggui.shops.models import Merchant, Shop

    settings.ALLOWED_HOSTS = ["*"]
    merchant, _ = Merchant.objects.get_or_create(name="bench")
    for number in range(1, 12):
        Shop.objects.get_or_create(
            code=f"B{number:02}",
            defaults={
                "merchant": merchant,
                "name": f"bench {number}",
                "kind": "bazaar",
                "platform": "taobao",
                "city": "420100",
            },
        )
    person, _ = Staff.objects.get_or_create(
        work_no="bench", defaults={"name": "bench", "department": "manager"}
    )
    role, _ = Role.objects.get_or_create(name="bench", defaults={"powers": list(Power.values)})
    Grant.objects.get_or_create(staff=person, role=role, shop_id=None)
    client = Client()
    client.force_login(person)
    if "searching" in wanted:
        from bench import searching

        searching.measure()
    if "importing" in wanted:
        from bench import importing

        importing.measure("B01")
    if "lists" in wanted or "acts" in wanted:
        from bench import lists, million

        million.lay(merchant.pk)
        if "lists" in wanted:
            lists.measure(client, merchant.pk, person.work_no)
    if "acts" in wanted:
        from bench import acts

        acts.measure()
    if "buying" in wanted:
        from bench import buying

        buying.measure()


if __name__ == "__main__":
    main()
