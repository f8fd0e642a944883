"""The cashier's page: what a buyer sees at the provider. Plain forms, no script, phone first, Chinese and English."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

_WORDS = {
    "zh": {
        "title": "沙箱收银台",
        "order": "订单",
        "note": "这是演示用的收银台，不会扣任何钱。",
        "pay": "确认支付",
        "fail": "放弃支付",
        "paid": "支付成功",
        "failed": "支付失败，您没有付款",
        "over": "这笔交易已经关闭，不能再付款",
        "back": "返回商家",
        "again": "重新支付",
        "broken": "这个链接无效",
        "other": "English",
    },
    "en": {
        "title": "Sandbox cashier",
        "order": "Order",
        "note": "This is a cashier for trying things: no money is taken.",
        "pay": "Pay",
        "fail": "Give up",
        "paid": "Paid",
        "failed": "Not paid: nothing was taken",
        "over": "This trade is closed and takes no payment any more",
        "back": "Back to the shop",
        "again": "Try again",
        "broken": "This link is not valid",
        "other": "中文",
    },
}
STYLE = """
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;background:#f3f4f6;color:#111827}
main{max-width:26rem;margin:0 auto;padding:1rem}section{background:#fff;border:1px solid #d1d5db;border-radius:.75rem;padding:1.25rem}
h1{font-size:1.1rem;margin:.25rem 0 1rem}.sum{font-size:2.25rem;font-weight:700;margin:0;font-variant-numeric:tabular-nums}
p{margin:.25rem 0 .75rem;overflow-wrap:anywhere}.small{font-size:.875rem;color:#4b5563}form{margin:.75rem 0 0}
button,.btn{display:block;width:100%;min-height:3rem;border-radius:.5rem;border:1px solid #1d4ed8;background:#1d4ed8;color:#fff;font:inherit;text-align:center;text-decoration:none;line-height:3rem;padding:0}
.quiet{background:#fff;color:#374151;border-color:#9ca3af}nav{display:flex;justify-content:flex-end;padding:.25rem 0}a{color:#1d4ed8}
"""


def page(trade: dict[str, Any] | None, *, lang: str, said: str = "") -> str:
    """The page of a trade: to be paid, or how it ended (`said`: "", "failed", "broken")."""
    lang = lang if lang in _WORDS else "zh"
    words, other = _WORDS[lang], "en" if lang == "zh" else "zh"
    body = ""
    if trade is None or said == "broken":
        body = f"<p role=alert>{words['broken']}</p>"
    else:
        body = f"<p class=small>{words['order']} {escape(trade['number'])}</p><p class=sum>¥{trade['fen'] // 100:,}.{trade['fen'] % 100:02d}</p>"
        here = f"/cashier/{trade['trade_no']}/"
        back = escape(_safe(trade["return_url"]), quote=True)
        home = f"<p><a class='btn quiet' href=\"{back}\">{words['back']}</a></p>" if back else ""
        if trade["paid"]:
            body += f"<p role=status><strong>{words['paid']}</strong></p>{home.replace(' quiet', '')}"
        elif trade["state"] == "TRADE_CLOSED":
            body += f"<p role=alert>{words['over']}</p>{home}"
        else:
            if said == "failed":
                body += f"<p role=alert>{words['failed']}</p>"
            for result, label, kind in (
                ("ok", words["again" if said else "pay"], ""),
                ("fail", words["fail"], " class=quiet"),
            ):
                body += (
                    f"<form method=post action='{here}'><input type=hidden name=lang value={lang}>"
                    f"<button name=result value={result}{kind}>{label}</button></form>"
                )
            body += home
    switch = f"<nav><a href='?lang={other}' lang={other}>{words['other']}</a></nav>" if trade else ""
    return (
        f"<!doctype html><html lang={'zh-Hans' if lang == 'zh' else 'en'}><head><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'><title>{words['title']}</title>"
        f"<link rel=stylesheet href=/cashier.css></head><body><main>{switch}<section><h1>{words['title']}</h1>{body}"
        f"<p class=small>{words['note']}</p></section></main></body></html>"
    )


def _safe(url: str) -> str:
    return url if urlsplit(url).scheme in ("http", "https") else ""
