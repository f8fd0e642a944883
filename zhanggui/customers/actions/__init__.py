"""The only place that writes customers; one file per noun."""

from zhanggui.customers.actions.meeting import meet_many

__all__ = ["meet_many"]
