"""The addresses of this room."""

from django.urls import path

from zhanggui.catalog.views import categories, classes, listing, products, videos

app_name = "catalog"

urlpatterns = [
    path("goods/", listing.index, name="goods"),
    path("goods/bulk/", listing.bulk, name="bulk"),
    path("goods/bulk/<int:pk>/undoing/", listing.bulk_undoing, name="bulk-undoing"),
    path("goods/categories/", categories.index, name="categories"),
    path("goods/categories/<slug:code>/", categories.of_shop, name="shop-categories"),
    path("goods/categories/<slug:code>/<int:pk>/", categories.one, name="category"),
    path("goods/categories/<slug:code>/<int:pk>/place/", categories.place, name="category-place"),
    path("goods/categories/<slug:code>/<int:pk>/removal/", categories.removal, name="category-removal"),
    path("goods/classification-file/", classes.file, name="classification-file"),
    path("goods/classifications.csv", classes.sheet, name="classification-sheet"),
    path("goods/classifications/", classes.index, name="classifications"),
    path("goods/classifications/<slug:code>/", classes.one, name="classification"),
    path("goods/classifications/<slug:code>/goods/", classes.goods, name="classification-goods"),
    path("goods/classifications/<slug:code>/place/", classes.place, name="classification-place"),
    path(
        "goods/classifications/<slug:code>/retirement/", classes.retirement, name="classification-retirement"
    ),
    path("goods/new/", products.new, name="new"),
    path("goods/terms/", listing.terms, name="terms"),
    path("goods/<int:pk>/", products.basics, name="product"),
    path("goods/<int:pk>/listings/", products.list_in, name="listings"),
    path("goods/<int:pk>/listings/<int:listing>/", products.place, name="listing"),
    path("goods/<int:pk>/listings/<int:listing>/undoing/", products.undoing, name="listing-undoing"),
    path("goods/<int:pk>/pictures/", products.arranged, name="pictures"),
    path("goods/<int:pk>/pictures/new/", products.upload, name="picture-new"),
    path("goods/<int:pk>/video/", videos.put, name="video"),
    path("goods/<int:pk>/video/removal/", videos.removal, name="video-removal"),
    path("goods/<int:pk>/shelf/", products.shelf, name="shelf"),
    path("goods/<int:pk>/skus/", products.skus, name="skus"),
]
