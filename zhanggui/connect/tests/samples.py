"""Small files as the platforms export them, written by the tests themselves. Nobody in them exists."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

TAOBAO_28 = [
    "订单编号",
    "买家会员名",
    "买家支付宝账号",
    "买家应付货款",
    "买家应付邮费",
    "买家支付积分",
    "总金额",
    "返点积分",
    "买家实际支付金额",
    "买家实际支付积分",
    "订单状态",
    "买家留言",
    "收货人姓名",
    "收货地址 ",
    "运送方式",
    "联系电话 ",
    "联系手机",
    "订单创建时间",
    "订单付款时间 ",
    "宝贝标题 ",
    "宝贝种类 ",
    "物流单号 ",
    "物流公司",
    "订单备注",
    "宝贝总数量",
    "店铺Id",
    "店铺名称",
    "订单关闭原因",
]
TAOBAO_41 = TAOBAO_28 + [
    "卖家服务费",
    "买家服务费",
    "发票抬头",
    "是否手机订单",
    "分阶段订单信息",
    "特权订金订单id",
    "定金排名",
    "修改后的sku",
    "修改后的收货地址",
    "异常信息",
    "天猫卡券抵扣",
    "集分宝抵扣",
    "是否是O2O交易",
]
TAOBAO_54 = TAOBAO_41 + [
    "新零售交易类型",
    "新零售导购门店名称",
    "新零售导购门店id",
    "新零售发货门店名称",
    "新零售发货门店id",
    "退款金额",
    "预约门店",
    "确认收货时间",
    "打款商家金额",
    "含应开票给个人的个人红包",
    "是否上传合同照片",
    "是否上传小票",
    "是否代付",
]
TAOBAO_2019 = TAOBAO_54 + ["支付单号", "支付详情", "发货时间", "商家备忘", "主订单编号"]
DETAILS = [
    "订单编号",
    "标题",
    "价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "备注",
    "订单状态",
    "商家编码",
]
ITEMS = [
    "子订单编号",
    "主订单编号",
    "商品标题",
    "商品价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "订单状态",
    "商家编码",
    "支付单号",
    "买家应付货款",
    "买家实付金额",
    "退款状态",
    "退款金额",
    "订单创建时间",
    "订单付款时间",
    "商品ID",
]
JD_30 = [
    "订单号",
    "商品ID",
    "商品名称",
    "订购数量",
    "支付方式",
    "下单时间",
    "京东价",
    "订单金额",
    "结算金额",
    "余额支付",
    "应付金额",
    "订单状态",
    "订单类型",
    "下单帐号",
    "客户姓名",
    "客户地址",
    "联系电话",
    "订单备注",
    "发票类型",
    "发票抬头",
    "发票内容",
    "商家备注",
    "商家备注等级（等级1-5为由高到低）",
    "运费金额",
    "付款确认时间",
    "增值税发票",
    "货号",
    "订单完成时间",
    "订单来源",
    "订单渠道",
]
PDD_23 = [
    "订单成交时间",
    "商品",
    "订单号",
    "订单状态",
    "商品总价(元)",
    "邮费(元)",
    "店铺优惠折扣(元)",
    "平台优惠折扣(元)",
    "多多支付立减金额(元)",
    "用户实付金额(元)",
    "商家实收金额(元)",
    "商品数量(件)",
    "发货时间",
    "确认收货时间",
    "商品id",
    "商品规格",
    "样式ID",
    "商家编码-规格维度",
    "商家编码-商品维度",
    "商家备注",
    "售后状态",
    "快递单号",
    "快递公司",
]


def number(i: int) -> str:
    """A Taobao order number of 16 digits."""
    return str(3028689418086000 + i * 17)


def taobao(i: int = 0, **cells: str) -> dict[str, str]:
    """One order of the list: paid, one T-shirt and one pair of socks, 119.80 with free postage."""
    row = {
        "订单编号": f'="{number(i)}"',
        "买家会员名": f"测试买家{i:02d}",
        "买家支付宝账号": f"buyer{i:02d}@example.com",
        "买家应付货款": "119.80",
        "买家应付邮费": "0.00",
        "总金额": "119.80",
        "买家实际支付金额": "119.80",
        "订单状态": "买家已付款，等待卖家发货",
        "收货人姓名": f"测试{i:02d}",
        "收货地址 ": "浙江省 杭州市 西湖区 文一西路1号(310000)",
        "运送方式": "快递",
        "联系电话 ": "'",
        "联系手机": f"'138{i:08d}",
        "订单创建时间": "2026-10-30 10:00:11",
        "订单付款时间 ": "2026-10-30 10:10:00",
        "宝贝标题 ": "示例宝贝标题 速干T恤 男款，示例宝贝标题 运动袜",
        "宝贝种类 ": "2",
        "订单备注": "'",
        "宝贝总数量": "2",
        "店铺名称": "示例旗舰店",
        "订单关闭原因": "订单未关闭",
        "发票抬头": "示例公司",
    }
    return row | cells


def unpaid(i: int = 0, **cells: str) -> dict[str, str]:
    """The same before it was paid."""
    before = {"订单状态": "等待买家付款", "订单付款时间 ": "", "买家实际支付金额": "0.00"}
    return taobao(i, **(before | cells))


def shipped(i: int = 0, **cells: str) -> dict[str, str]:
    """The same after it was shipped."""
    after = {"订单状态": "卖家已发货，等待买家确认", "物流单号 ": "No:868020761207", "物流公司": "申通快递"}
    return taobao(i, **(after | cells))


def details(i: int = 0, **cells: str) -> list[dict[str, str]]:
    """The two articles of an order of the list; before its discount they cost 129.80."""
    shirt = {
        "订单编号": f'="{number(i)}"',
        "标题": "示例宝贝标题 速干T恤 男款",
        "价格": "99.90",
        "购买数量": "1",
        "商品属性": "颜色分类:深卡其布色;尺码:L",
        "订单状态": "买家已付款，等待卖家发货",
        "商家编码": "TS-1001-KH-L",
    }
    socks = {"标题": "示例宝贝标题 运动袜", "价格": "29.90", "商品属性": "颜色分类:白色", "商家编码": "null"}
    return [shirt | cells, shirt | socks | cells]


def jd(i: int = 0, **cells: str) -> dict[str, str]:
    """One product of a JD order."""
    row = {
        "订单号": str(45730000000 + i),
        "商品ID": "1023456789",
        "商品名称": "示例商品 速干T恤",
        "订购数量": "1",
        "支付方式": "在线支付",
        "下单时间": "2026-10-30 09:00:00",
        "京东价": "69.00",
        "订单金额": "69.00",
        "余额支付": "0.00",
        "应付金额": "69.00",
        "订单状态": "等待出库",
        "下单帐号": f"jd_test{i}",
        "客户姓名": f"测试{i}",
        "客户地址": "浙江杭州市西湖区文一西路1号",
        "联系电话": f"138{i:08d}",
        "发票抬头": "个人",
        "商家备注等级（等级1-5为由高到低）": "0",
        "运费金额": "0.00",
        "付款确认时间": "2026-10-30 09:05:00",
        "货号": "TS-1001",
    }
    return row | cells


def pdd(i: int = 0, **cells: str) -> dict[str, str]:
    """One Pinduoduo order, waiting to be shipped."""
    row = {
        "订单成交时间": "2026-10-30 10:00:00",
        "商品": "示例横幅",
        "订单号": f"261030-{607198974342260 + i}",
        "订单状态": "待发货",
        "商品总价(元)": "17.8",
        "邮费(元)": "0",
        "店铺优惠折扣(元)": "0",
        "平台优惠折扣(元)": "0",
        "多多支付立减金额(元)": "0",
        "用户实付金额(元)": "17.8",
        "商家实收金额(元)": "17.8",
        "商品数量(件)": "1",
        "商品规格": "无规格",
        "售后状态": "无售后或售后取消",
    }
    return row | cells


def text(headers: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    """A text table as Taobao writes it: every cell quoted but the number written `="..."`, CRLF."""

    def cell(value: str) -> str:
        return value if value.startswith('="') else '"' + value.replace('"', '""') + '"'

    lines = [",".join(f'"{header}"' for header in headers)]
    for row in rows:
        known = {name.strip(): value for name, value in row.items()}
        lines.append(",".join(cell(known.get(header.strip(), "")) for header in headers))
    return "\r\n".join(lines) + "\r\n"


def write(
    folder: Path, name: str, headers: Sequence[str], rows: Sequence[dict[str, str]], encoding: str = "gbk"
) -> Path:
    """A file of that table."""
    path = folder / name
    path.write_bytes(text(headers, rows).encode(encoding))
    return path


def book(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with one sheet."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as made:
        page = made.add_worksheet()
        for at, row in enumerate([headers, *rows]):
            page.write_row(at, 0, row)
    return raw.getvalue()


def archive(entries: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return raw.getvalue()


def sheet_book(sheet: bytes, **also: bytes) -> bytes:
    """A workbook whose sheet's XML is given."""
    kinds = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
        b'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    return archive(
        {
            "[Content_Types].xml": kinds,
            "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            b'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
            b'<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
            b'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": sheet,
            **{name.replace("__", "/") + ".xml": content for name, content in also.items()},
        }
    )
