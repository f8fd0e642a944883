"""What a shop may set about freight."""

from zhanggui.shops.policies import Policy, declare

declare(
    Policy(
        "freight.quote_minutes",
        "运费报价保留时间",
        "int",
        30,
        unit="分钟",
        why="S0-58",
        least=1,
        most=43_200,
        section="运费与快递",
    ),
    Policy(
        "freight.default_carrier",
        "默认快递（代码，如 YTO；空为普通快递）",
        "text",
        "",
        why="S0-24",
        section="运费与快递",
    ),
    Policy(
        "freight.official_carriers",
        "按官方价收费的快递（没有自己的运费表就不报价）",
        "list",
        ["SF", "EMS"],
        why="S1-03, S1-04, C7",
        section="运费与快递",
    ),
)
