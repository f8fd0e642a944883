"""The carrier that a file's word means."""

try:
    from zhanggui.freight.queries import carrier_named
except ImportError:  # until the room freight offers it
    from types import SimpleNamespace

    from zhanggui.freight.models import Carrier

    def carrier_named(text: str):  # type: ignore
        return Carrier.objects.filter(name=text).first() or SimpleNamespace(code="")


__all__ = ["carrier_named"]
