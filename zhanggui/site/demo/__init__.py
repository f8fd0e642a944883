"""Demo data: the eleven shops of the seeds on a busy day. Everything here is invented."""

from zhanggui.site.demo.filling import LOGINS, fill

__all__ = ["LOGINS", "fill"]
