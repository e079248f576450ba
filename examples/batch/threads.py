"""Renders a folder on one machine: one thread and worker per core, with a progress bar.

    python threads.py SOURCE TARGET
"""

import queue
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack

from tqdm import tqdm

import common


def main() -> int:
    args = common.arguments(__doc__)
    workers: queue.SimpleQueue[common.Worker] = queue.SimpleQueue()

    def render(keys):
        worker = workers.get()
        try:
            return worker.render_batch(keys)
        finally:
            workers.put(worker)

    kinds = Counter()
    with ExitStack() as stack, tqdm(total=len(args.todo), unit="photo") as bar:
        for _ in range(args.workers if args.todo else 0):
            workers.put(stack.enter_context(common.Worker(args.source, args.target)))
        pool = stack.enter_context(ThreadPoolExecutor(args.workers))
        stack.callback(pool.shutdown, cancel_futures=True)
        for done in as_completed([pool.submit(render, keys) for keys in common.batches(args.todo, args.batch)]):
            rows = done.result()
            kinds.update(rows["kind"].to_pylist())
            bar.update(rows.num_rows // len(common.VARIANTS))
    return common.report(args.todo, kinds)


if __name__ == "__main__":
    sys.exit(main())
