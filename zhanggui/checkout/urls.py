"""The addresses of this room."""

from django.urls import path

from zhanggui.checkout.views import books, payments, refunds

app_name = "checkout"

urlpatterns = [
    path("payments/", payments.index, name="payments"),
    path("payments/<str:number>/", payments.payment, name="payment"),
    path("payments/<str:number>/return/", payments.back, name="payment-back"),
    path("payments/<str:number>/backs/<int:pk>/again/", payments.again, name="back-again"),
    path("payments/<str:number>/assignment/", payments.assignment, name="payment-assignment"),
    path("payments/<str:number>/backs/<int:pk>/by-hand/", payments.by_hand, name="back-by-hand"),
    path("payments/<str:number>/backs/<int:pk>/recovery/", payments.recovery, name="back-recovery"),
    path("orders/<str:code>/<str:number>/books/", books.books, name="books"),
    path("orders/<str:code>/<str:number>/refund/", refunds.refund, name="refund"),
]
