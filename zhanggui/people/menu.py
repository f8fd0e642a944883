"""What this room hangs into the menu."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "员工",
        "people:staff",
        Power.STAFF_SEE,
        section="管理",
        order=810,
        icon="users",
        words="工号 子账号 授权",
    ),
    Entry(
        "角色与权限",
        "people:roles",
        Power.STAFF_SEE,
        section="管理",
        order=820,
        icon="key",
        words="矩阵 授权",
    ),
    Entry(
        "查看明文记录",
        "people:reveals",
        Power.DAYBOOK_SEE,
        section="管理",
        order=830,
        icon="eye",
        words="隐私 手机 地址 PII",
    ),
    Entry("权限一览", "people:powers", "", section="", order=840, icon="book"),
    Entry("我的账号与登录", "people:me", "", section="", order=850, icon="user", words="密码 两步验证 会话"),
    Entry("修改密码", "people:password", "", section="", order=851, icon="lock"),
    Entry("新建员工", "people:staff-new", Power.STAFF_EDIT, section="", order=852, icon="plus"),
)
