"""The only place that writes the catalog; one file per noun."""

from zhanggui.catalog.actions.skus import NewSku, add_skus

__all__ = ["NewSku", "add_skus"]
