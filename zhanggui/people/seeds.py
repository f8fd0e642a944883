"""The roles a new house begins with: the ten departments of the seeds, and the owner."""

from zhanggui.people.models import Role
from zhanggui.people.powers import Power as P

OWNER = "店主"

_SERVICE: tuple[P, ...] = (
    P.ORDER_SEE,
    P.ORDER_PRICE,
    P.ORDER_CLOSE,
    P.ORDER_MARK,
    P.ORDER_RECEIVER_EDIT,
    P.COD_CONFIRM,
)
_SERVICE += (P.ORDER_EXTEND, P.RECEIVER_REVEAL, P.CATALOG_SEE, P.STOCK_SEE, P.FREIGHT_SEE, P.SHOP_SEE)
_SERVICE += (P.OFFER_SEE, P.REVIEW_SEE, P.REVIEW_ANSWER)
_LEADER: tuple[P, ...] = (
    P.CONCESSION_LEADER,
    P.CHANGE_DECIDE,
    P.ORDER_ASSIGN,
    P.ORDER_RECEIVER_EDIT_PAID,
    P.ORDER_EXPORT,
)
_LEADER += (P.STAFF_SEE, P.DAYBOOK_SEE, P.ORDER_SETTLE, P.PAYMENT_SEE)
_LOOK = (P.ORDER_SEE, P.CATALOG_SEE, P.STOCK_SEE, P.FREIGHT_SEE, P.SHOP_SEE)

ROLES: dict[str, tuple[tuple[P, ...], str, bool]] = {
    # name: (powers, note, needs the second factor)
    OWNER: ((), "拥有全部权限", False),
    "店长": (
        tuple(power for power in P if power not in (P.SYSTEM_SEE,)),
        "管理店铺、员工与订单的全部工作",
        False,
    ),
    "客服主管": (_SERVICE + _LEADER, "批准让价，处理修改申请，分派订单", False),
    "客服": (_SERVICE, "接待买家，改价，备注，核对地址", False),
    "打单": (
        (*_LOOK, P.ORDER_SHIP, P.ORDER_MARK, P.ORDER_EXPORT, P.ORDER_IMPORT, P.RECEIVER_REVEAL),
        "导入订单，打单，录入运单号发货",
        False,
    ),
    "仓储": ((*_LOOK, P.ORDER_MARK, P.ORDER_SHIP, P.STOCK_MOVE), "按付款时间发货，出入库，盘点", False),
    "售后": (
        (
            *_LOOK,
            P.ORDER_MARK,
            P.ORDER_EXTEND,
            P.CHANGE_DECIDE,
            P.RECEIVER_REVEAL,
            P.REVIEW_SEE,
            P.REVIEW_ANSWER,
        ),
        "退换货，物流异常，维权",
        False,
    ),
    "运营": (
        (*_LOOK, P.ORDER_EXPORT, P.ORDER_IMPORT, P.MAPPING_EDIT, P.CATALOG_EDIT, P.FREIGHT_EDIT, P.SHOP_EDIT)
        + (P.SHOPFRONT_EDIT, P.OFFER_SEE, P.OFFER_EDIT, P.RED_PACKET_GRANT, P.REVIEW_SEE),
        "商品、活动、运费与店铺设置",
        False,
    ),
    "推广": (
        (P.ORDER_SEE, P.CATALOG_SEE, P.SHOP_SEE, P.OFFER_SEE, P.REVIEW_SEE),
        "推广与活动，只看数据",
        False,
    ),
    "财务": (
        (P.ORDER_SEE, P.ORDER_EXPORT, P.ORDER_SETTLE, P.LEDGER_SEE, P.FREIGHT_SEE, P.SHOP_SEE)
        + (P.OFFER_SEE, P.OFFER_APPROVE, P.PAYMENT_SEE, P.PAYMENT_SETTLE, P.PAYMENT_SETUP),
        "对账，账簿，导出",
        False,
    ),
    "美工": (
        (P.CATALOG_SEE, P.SHOP_SEE, P.SHOPFRONT_EDIT),
        "商品图片与页面，看不到订单",
        False,
    ),
    "审计": (
        (
            *_LOOK,
            P.LEDGER_SEE,
            P.STAFF_SEE,
            P.DAYBOOK_SEE,
            P.SYSTEM_SEE,
            P.OFFER_SEE,
            P.PAYMENT_SEE,
            P.REVIEW_SEE,
        ),
        "只看不改：日志、账簿、查看明文的记录",
        False,
    ),
}


def lay_roles() -> dict[str, Role]:
    """Make the default roles that are missing; a role that somebody changed stays as it is. Two statements."""
    Role.objects.bulk_create(
        [
            Role(
                name=name,
                powers=[str(power) for power in powers],
                note=note,
                two_factor=two_factor,
                is_owner=name == OWNER,
            )
            for name, (powers, note, two_factor) in ROLES.items()
        ],
        ignore_conflicts=True,
    )
    return {role.name: role for role in Role.objects.filter(name__in=list(ROLES))}
