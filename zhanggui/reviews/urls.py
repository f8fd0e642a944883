"""The addresses of this room."""

from django.urls import path

from zhanggui.reviews.views import reviews, writing

app_name = "reviews"

urlpatterns = [
    path("reviews/", reviews.index, name="list"),
    path("reviews/<int:pk>/answer/", reviews.answer, name="answer"),
    path("reviews/<int:pk>/hiding/", reviews.hiding, name="hiding"),
    path("reviews/windows/<int:pk>/mark/", reviews.buyer_mark, name="buyer-mark"),
    path("my/reviews/changes/<int:pk>/", writing.change, name="change"),
    path("my/reviews/additions/<int:pk>/", writing.append, name="append"),
    path("my/reviews/<slug:number>/", writing.write, name="write"),
]
