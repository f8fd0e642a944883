"""Addresses of the room `connect`."""

from django.urls import path

from zhanggui.connect.views import exports, imports, mapping, payments

app_name = "connect"
urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/presets/", mapping.presets, name="presets"),
    path("imports/presets/<int:preset_id>/deletion/", mapping.deletion, name="preset-deletion"),
    path("imports/shipping-template.csv", imports.template, name="shipping-template"),
    path("imports/<slug:key>/", imports.show, name="import"),
    path("imports/<slug:key>/progress/", imports.progress, name="import-progress"),
    path("imports/<slug:key>/job/", imports.job, name="import-job"),
    path("imports/<slug:key>/cancellation/", imports.cancellation, name="import-cancellation"),
    path("imports/<slug:key>/result.csv", imports.result, {"form": "csv"}, name="import-result-csv"),
    path("imports/<slug:key>/result.xlsx", imports.result, {"form": "xlsx"}, name="import-result-xlsx"),
    path("imports/<slug:key>/files/<int:upload_id>/mapping/", mapping.mapping, name="mapping"),
    path(
        "imports/<slug:key>/files/<int:upload_id>/mapping/preview/", mapping.preview, name="mapping-preview"
    ),
    path("exports/", exports.exports, name="exports"),
    path("exports/new/", exports.new, name="export-new"),
    path("exports/<int:export_id>/", exports.show, name="export"),
    path("exports/<int:export_id>/progress/", exports.progress, name="export-progress"),
    path("exports/<int:export_id>/file/", exports.download, name="export-file"),
    path("exports/<int:export_id>/cancellation/", exports.cancellation, name="export-cancellation"),
    path("notify/<slug:provider>/", payments.notify, name="notify"),
    path("payments/accounts/", payments.accounts, name="pay-accounts"),
    path("payments/accounts/new/<slug:provider>/", payments.new, name="pay-account-new"),
    path("payments/accounts/<int:pk>/", payments.account, name="pay-account"),
    path("payments/accounts/<int:pk>/closing/", payments.closing, name="pay-account-closing"),
    path("payments/accounts/<int:pk>/emptying/", payments.emptying, name="pay-account-emptying"),
    path("payments/bills/", payments.bills, name="pay-bills"),
    path("payments/bills/<int:pk>/", payments.bill, name="pay-bill"),
    path("payments/differences/<int:pk>/settlement/", payments.settlement, name="pay-settlement"),
    path("payments/notices/", payments.notices, name="pay-notices"),
    path("payments/notices/<int:pk>/settlement/", payments.notice_settlement, name="pay-notice-settlement"),
]
