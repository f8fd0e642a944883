"""What this room hangs into the frame."""

from django.utils.translation import gettext_noop as N_

from zhanggui.jobs.queries import alive_count
from zhanggui.kit.menu import Entry, offer

offer(
    Entry(
        label=N_("任务"),
        route="jobs:list",
        section=N_("管理"),
        order=920,
        keys="g j",
        icon="inbox",
        words="进度 导入 批量 jobs",
        count=alive_count,
    )
)
