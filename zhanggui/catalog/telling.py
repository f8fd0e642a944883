"""What the daybook calls the acts of this room."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal import words

words.KINDS.update(
    {"listing": N_("店铺商品"), "shopcategory": N_("店铺分类"), "classification": N_("商品类目")}
)
words.name("listing.made", N_("放进店铺"))
words.name("listing.on", N_("商品上架"))
words.name("listing.off", N_("商品下架"))
words.name("listing.shown", N_("橱窗推荐"))
words.name("listing.restored", N_("撤销上下架"))
words.name("listing.held", N_("体检不过，暂不上架"))
words.name("category.added", N_("新增分类"))
words.name("category.changed", N_("修改分类"))
words.name("category.moved", N_("移动分类"))
words.name("category.removed", N_("删除分类"))
words.name("category.filed", N_("归入分类"))
words.name("classification.added", N_("新增类目"))
words.name("classification.changed", N_("修改类目"))
words.name("classification.moved", N_("移动类目"))
words.name("classification.retired", N_("停用类目"))
words.name("classification.restored", N_("恢复类目"))
words.name("classification.loaded", N_("从文件导入类目"))
words.name("classification.emptied", N_("移走类目里的商品"))
words.name("picture.added", N_("上传商品图片"))
words.name("video.put", N_("上传商品视频"))
words.name("video.removed", N_("去掉商品视频"))
words.name("picture.arranged", N_("整理商品图片"))
