"""Reading a page's form as a browser without a script would send it. Needs nothing of the product."""

import re


def fields_of(text: str) -> dict[str, list[str]]:
    """The fields of the page's big form."""
    text = max(re.findall(r"<form.*?</form>", text, re.S), key=len)
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", text):
        held = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind, name = held.get("type", "text"), held.get("name")
        ticked = re.search(r"\schecked\b", tag) is not None
        if name and (kind not in ("radio", "checkbox") or ticked) and not re.search(r"\sdisabled\b", tag):
            found.setdefault(name, []).append(held.get("value", ""))
    found.pop("csrfmiddlewaretoken", None)
    return found
