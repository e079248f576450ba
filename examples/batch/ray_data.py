"""Renders on a Ray cluster, or on one that it starts on this machine: one actor and worker per core.

    python ray_data.py SOURCE TARGET          (RAY_ADDRESS selects a cluster)
"""

import os
import sys
from collections import Counter

import common

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
import ray  # noqa: E402 - it reads the environment


class Render:
    """An actor, which uses one worker and its renderer for all batches."""

    def __init__(self, source: str, target: str) -> None:
        self.worker = common.Worker(source, target)

    def __call__(self, batch):
        return self.worker.render_batch(batch["item"].to_pylist())


def main() -> int:
    args = common.arguments(__doc__)
    kinds = Counter()
    if args.todo:
        ray.init(runtime_env={"working_dir": os.path.dirname(os.path.abspath(__file__))}, log_to_driver=False)
        # A lost machine loses its batches, which the next run repeats, but does not fail the job.
        ray.data.DataContext.get_current().max_errored_blocks = 16
        blocks = -(-len(args.todo) // args.batch)
        rows = ray.data.from_items(args.todo, override_num_blocks=blocks).map_batches(
            Render,
            fn_constructor_args=(args.source, args.target),
            batch_format="pyarrow",
            batch_size=args.batch,
            concurrency=(1, args.workers),
            num_cpus=1,
            # Without these, a batch on which an actor dies is retried forever.
            max_restarts=2,
            max_task_retries=2,
        )
        for batch in rows.iter_batches(batch_size=None, batch_format="pyarrow"):
            kinds.update(batch["kind"].to_pylist())
    return common.report(args.todo, kinds)


if __name__ == "__main__":
    sys.exit(main())
