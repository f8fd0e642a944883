"""Background work of this room: what has been kept long enough is destroyed."""

from procrastinate.contrib.django import app

from zhanggui.connect.actions.uploading import sweep
from zhanggui.kit.clock import now


@app.periodic(cron="37 4 * * *")
@app.task(name="connect.sweep", queueing_lock="connect.sweep")
def sweep_files(timestamp: int) -> None:
    """Every night: destroy the contents of imports and exports that are over for some days."""
    sweep(at=now())
