"""Addresses of the room `people`."""

from django.urls import path

from zhanggui.people.views import entry, me, reveals, roles, staff

app_name = "people"
urlpatterns = [
    path("sign-in/", entry.sign_in, name="sign-in"),
    path("sign-in/code/", entry.code, name="code"),
    path("sign-out/", entry.sign_out, name="sign-out"),
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="password"),
    path("me/two-factor/", me.second_factor, name="two-factor"),
    path("me/two-factor/recovery-codes/", me.recovery_codes, name="recovery-codes"),
    path("me/two-factor/ending/", me.two_factor_ending, name="two-factor-ending"),
    path("me/visits/ending/", me.visits_ending, name="my-visits-ending"),
    path("me/visits/<int:visit>/ending/", me.visit_ending, name="my-visit-ending"),
    path("staff/", staff.index, name="staff"),
    path("staff/new/", staff.new, name="staff-new"),
    path("staff/<int:pk>/", staff.person, name="person"),
    path("staff/<int:pk>/preview/", staff.preview, name="preview"),
    path("staff/<int:pk>/details/", staff.details, name="details"),
    path("staff/<int:pk>/disabling/", staff.disabling, name="disabling"),
    path("staff/<int:pk>/enabling/", staff.enabling, name="enabling"),
    path("staff/<int:pk>/password/", staff.password, name="staff-password"),
    path("staff/<int:pk>/two-factor/", staff.two_factor, name="staff-two-factor"),
    path("staff/<int:pk>/grants/", staff.grants, name="grants"),
    path("staff/<int:pk>/grants/<int:grant>/withdrawal/", staff.withdrawal, name="withdrawal"),
    path("staff/<int:pk>/visits/ending/", staff.visits_ending, name="visits-ending"),
    path("staff/<int:pk>/visits/<int:visit>/ending/", staff.visit_ending, name="visit-ending"),
    path("roles/", roles.index, name="roles"),
    path("roles/new/", roles.new, name="role-new"),
    path("roles/<int:pk>/", roles.role, name="role"),
    path("roles/<int:pk>/removal/", roles.removal, name="role-removal"),
    path("powers/", roles.powers, name="powers"),
    path("reveals/", reveals.index, name="reveals"),
]
