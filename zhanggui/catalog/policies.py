"""The numbers of this room that a shop may set for itself."""

from zhanggui.shops.policies import Policy, declare

SECTION = "商品发布"

declare(
    Policy(
        "catalog.main_picture_px",
        "主图最小边长",
        "int",
        600,
        "像素",
        "S3-03, S3-21",
        1,
        5000,
        section=SECTION,
    ),
    Policy("catalog.title_most", "标题最多字数", "int", 60, "字", "S3-03", 10, 200, section=SECTION),
    Policy(
        "catalog.hero_least",
        "主打商品最少",
        "int",
        3,
        "件",
        "S3-05",
        0,
        50,
        section=SECTION,
        not_above="catalog.hero_most",
    ),
    Policy("catalog.hero_most", "主打商品最多", "int", 5, "件", "S3-05", 0, 50, section=SECTION),
    Policy("catalog.video_mb", "商品视频最大", "int", 30, "MB", "S2", 1, 200, section=SECTION),
    Policy("catalog.words_forbidden", "本店禁用词", "list", [], "", "S3-03", section=SECTION),
    Policy("catalog.words_allowed", "本店放行词（广告用语）", "list", [], "", "S3-03", section=SECTION),
)
