"""What the daybook calls the acts of this room."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.words import KINDS, name

KINDS.update({"asset": N_("图片空间"), "face": N_("店铺门面"), "look": N_("首页版本"), "notice": N_("公告")})
name("asset.added", N_("上传店铺图片"))
name("asset.dropped", N_("删除店铺图片"))
name("face.changed", N_("修改店铺门面"))
name("look.drafted", N_("新建首页版本"))
name("notice.put_up", N_("发布公告"))
name("notice.changed", N_("修改公告"))
name("notice.taken_down", N_("撤下公告"))
name("look.changed", N_("修改首页版本"))
name("look.published", N_("发布首页版本"))
name("look.withdrawn", N_("撤下首页版本"))
name("look.dropped", N_("删除首页版本"))
name("look.block_added", N_("加模块"))
name("look.block_changed", N_("修改模块"))
name("look.block_moved", N_("移动模块"))
name("look.block_removed", N_("移除模块"))
