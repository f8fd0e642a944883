"""Step 9: red packets pay for physical lines' shares: which of them, how much of each, and why not the others (S0-10..16)."""

from collections.abc import Sequence
from datetime import datetime

from zhanggui.promotions.pricing.values import Packet, PacketRefused, PacketUse

Paid = tuple[list[PacketUse], list[PacketRefused], str]


def pay(
    payable: int,
    packets: Sequence[Packet],
    *,
    at: datetime,
    most: int,
    wished: Sequence[int] | None = None,
    barred: str = "",
) -> Paid:
    """Cover up to `payable` fen with at most `most` packets: the uses, the packets that pay nothing, and why not all.

    As much as possible is covered; among the ways to do it the packets that expire earliest are used (equal: the
    lower id). `barred`: a code for why none may be used at all. Moments are included at both ends.
    """
    refused: list[PacketRefused] = []
    good: list[Packet] = []
    for packet in sorted(packets, key=lambda p: (p.good_until, p.id)):
        code = (
            "not_wished"
            if wished is not None and packet.id not in wished
            else barred
            or ("empty" if packet.left_fen <= 0 else "")
            or ("not_yet" if at < packet.good_from else "")
            or ("expired" if at > packet.good_until else "")
        )
        if code:
            refused.append(PacketRefused(packet.id, code))
        else:
            good.append(packet)
    goal = min(payable, sum(sorted((p.left_fen for p in good), reverse=True)[:most]))
    uses: list[PacketUse] = []
    covered = 0
    passed: list[Packet] = []
    for n, packet in enumerate(good):
        room = most - len(uses) - 1
        later = sorted((p.left_fen for p in good[n + 1 :]), reverse=True)[: max(0, room)]
        if covered < goal and room >= 0 and covered + packet.left_fen + sum(later) >= goal:
            fen = min(packet.left_fen, goal - covered)
            uses.append(PacketUse(packet.id, fen))
            covered += fen
        else:
            passed.append(packet)
    full = covered >= payable
    code = "covered" if full else "most"
    refused += [PacketRefused(packet.id, code) for packet in passed]
    why = barred if barred and packets else ""
    if not why and passed and (not full or (wished is not None and len(good) > most)):
        why = "most"
    if not why and not good and packets and wished != ():
        why = next((row.code for row in refused if row.code != "not_wished"), "")
    return uses, refused, why
