"""Renders on Spark, on this machine unless spark-submit selects a cluster: one worker per partition.

    python spark.py SOURCE TARGET
"""

import os
import sys
from collections import Counter

import pyarrow as pa
from pyspark.sql import SparkSession

import common

TYPES = {pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint"}
SCHEMA = ", ".join(f"{field.name} {TYPES[field.type]}" for field in common.SCHEMA)


def main() -> int:
    args = common.arguments(__doc__)
    source, target, kinds = args.source, args.target, Counter()

    def render(frames):
        with common.Worker(source, target) as worker:
            for frame in frames:
                yield worker.render_batch(frame["key"].to_list()).to_pandas(integer_object_nulls=True)

    if args.todo:
        builder = SparkSession.builder.appName("cretula").config("spark.ui.enabled", "false")
        if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit sets the master.
            builder = builder.master(f"local[{args.workers}]")
        # The size of the batches passed to `render`.
        spark = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", args.batch).getOrCreate()
        spark.sparkContext.addPyFile(common.__file__)
        keys = spark.createDataFrame([(key,) for key in args.todo], "key string")
        # Each partition starts a worker. Several partitions per core even out their run times.
        rows = keys.repartition(4 * args.workers).mapInPandas(render, SCHEMA)
        kinds.update({row["kind"]: row["count"] for row in rows.groupBy("kind").count().collect()})
        spark.stop()
    return common.report(args.todo, kinds)


if __name__ == "__main__":
    sys.exit(main())
