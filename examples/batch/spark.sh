#!/usr/bin/env bash
# Installs Spark and a JRE, then runs the Spark test of test_batch.py, or the batch with
# `spark.sh SOURCE TARGET`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if ! command -v java >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null
fi
venv=${BATCH_VENV:-$root/target/spark}
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check pyspark==4.3.0 pandas==3.1.1 pyarrow==26.0.1 pytest==9.2.0 tqdm==4.70.1
"$venv/bin/python" -c 'import cretula' 2>/dev/null ||
    "$venv/bin/pip" install -q --disable-pip-version-check "$root/ffi/python"
export PYSPARK_PYTHON=$venv/bin/python
if (($#)); then
    exec "$venv/bin/python" "$here/spark.py" "$@"
fi
exec "$venv/bin/python" -m pytest -q -rs -p no:cacheprovider "$here/test_batch.py" -k spark
