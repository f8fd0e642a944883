from django.apps import AppConfig


class ConnectConfig(AppConfig):
    name = "zhanggui.connect"
    label = "connect"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.connect import menu  # noqa: F401, PLC0415
        from zhanggui.connect.actions import exporting, importing  # noqa: F401, PLC0415 - registers the runners
        from zhanggui.connect.payment import alipay, events, listeners, wechat, words  # noqa: F401, PLC0415
        from zhanggui.connect.payment.sandbox import adapter  # noqa: F401, PLC0415
