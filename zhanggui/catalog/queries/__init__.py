"""What pages and other rooms ask of the catalog; one file per matter.

`skus` for orders and freight, `window` and `search` for buyers' pages, `goods` for the back office.
"""

from zhanggui.catalog.queries.skus import SkuCard, skus_by_code, skus_by_id

__all__ = ["SkuCard", "skus_by_code", "skus_by_id"]
