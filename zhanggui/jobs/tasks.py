"""The background worker's task: fetch a job's number, run it."""

from procrastinate.contrib.django import app


@app.task(name="jobs.run")
def run(job_id: int) -> None:
    """Run the job unless another run has it or it is over."""
    from zhanggui.jobs.actions.running import run_claimed  # noqa: PLC0415 - opening needs this module first

    run_claimed(job_id)
