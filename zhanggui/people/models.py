"""Staff, their departments, roles and grants, their devices and sessions, and what they revealed."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac


class Department(models.TextChoices):
    """The departments of a shop team (S0-51, S3-01)."""

    SERVICE = "service", "客服"
    PRINTING = "printing", "打单"
    WAREHOUSE = "warehouse", "仓储"
    AFTERSALES = "aftersales", "售后"
    OPERATIONS = "operations", "运营"
    PROMOTION = "promotion", "推广"
    FINANCE = "finance", "财务"
    DESIGN = "design", "美工"
    MANAGER = "manager", "店长"
    AUDIT = "audit", "审计"


class StaffManager(BaseUserManager["Staff"]):
    """Finds staff by work number, whatever the case of its letters."""

    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(work_no__iexact=username or "")


class Staff(AbstractBaseUser):
    """A person of the team. Signs in with a work number (工号); a sub-account belongs to a main one."""

    work_no = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    department = models.CharField(max_length=12, choices=Department.choices)
    main = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="sub_accounts"
    )
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(
        default=False,
        help_text="the password was made by somebody else and opens nothing until it is changed",
    )
    two_factor_owed = models.BooleanField(
        default=False, help_text="must set up one-time codes before anything else: after a reset, or by order"
    )
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=10, blank=True, help_text="light, dark or empty for the system's")
    density = models.CharField(max_length=10, blank=True)
    two_factor_sealed = models.BinaryField(null=True, help_text="the sealed secret of the one-time codes")
    two_factor_since = models.DateTimeField(null=True)
    two_factor_step = models.BigIntegerField(default=0, help_text="last time step used: a code works once")
    recovery_codes = ArrayField(models.CharField(max_length=128), default=list)
    session_epoch = models.PositiveIntegerField(default=1, help_text="raised to end every session at once")
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(db_default=Now())

    objects = StaffManager()
    USERNAME_FIELD = "work_no"

    def __str__(self) -> str:
        return f"{self.work_no} {self.name}"

    def get_session_auth_hash(self) -> str:
        """What a session must carry to go on: it changes with the password and with the epoch, and so ends
        every session at the next request (G6.4, G8.2).
        """
        return self._epoch_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under older keys of the installation, while they are being changed."""
        for key in settings.SECRET_KEY_FALLBACKS:
            yield self._epoch_hash(key)

    def _epoch_hash(self, secret: str | bytes | None) -> str:
        return salted_hmac(
            "zhanggui.people.session",
            f"{self.password}\0{self.session_epoch}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Role(models.Model):
    """A named set of powers."""

    name = models.CharField(max_length=40, unique=True)
    powers = ArrayField(models.CharField(max_length=40), default=list)
    note = models.CharField(max_length=200, blank=True)
    is_owner = models.BooleanField(
        default=False, help_text="holds every power there is, also those that come with a later version"
    )
    two_factor = models.BooleanField(default=False, help_text="who has this role must use one-time codes")
    reveals_a_day = models.PositiveIntegerField(
        default=100, help_text="how many receivers one person may reveal in a day (G8.6)"
    )
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role given to a person, in one shop (its plain id) or in all shops (null)."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    shop_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "role", "shop_id"], name="grant_once", nulls_distinct=False
            )
        ]


class Device(models.Model):
    """A browser on which a person has signed in before: it stays out of the lock-out of strangers."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.BinaryField(help_text="hash of the browser's own cookie, shared by all who use it")
    label = models.CharField(max_length=120)
    first_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "token_hash"], name="device_once")]


class SignIn(models.Model):
    """One try to sign in that was really checked; the lock-out counts the failed ones."""

    step = models.CharField(max_length=8, default="password", help_text="password or code")
    work_no = models.CharField(max_length=40)
    address = models.CharField(max_length=64)
    device_id = models.BigIntegerField(null=True)
    ok = models.BooleanField()
    why = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["work_no", "at"], name="signin_of_number"),
            models.Index(fields=["address", "at"], name="signin_of_address"),
            models.Index(fields=["at"], name="signin_by_time"),
        ]


class Visit(models.Model):
    """A session as its owner and the leader see it: device, place, last seen."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="visits")
    session_key = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    began_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())


class Reveal(models.Model):
    """One look at personal data in clear: who, what, why, when. Counts against the daily cap."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="reveals")
    kind = models.CharField(max_length=30)
    object_id = models.BigIntegerField()
    shop_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200)
    alarmed = models.BooleanField(default=False, help_text="this look raised the alarm: too many in a row")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["staff", "at"], name="reveal_of_staff"),
            models.Index(fields=["kind", "object_id", "at"], name="reveal_of_object"),
        ]
