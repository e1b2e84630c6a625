#!/usr/bin/env bash
# Make both lock files anew from pyproject.toml: `scripts/lock.sh` (needs uv, which users of the locks do not).
# Versions stay as they are where they can; `scripts/lock.sh --upgrade` takes the newest of all.
# Hashes, no index lines: the files say what to install, pip's own settings say from where.
set -euo pipefail
cd "$(dirname "$0")/.."
header="# Made by scripts/lock.sh from pyproject.toml. Any Python from 3.11 on."
upgrade=("$@")
lock() { # lock OUT ARGS...
    local out=$1
    shift
    cp "$out" "$out.new" # uv keeps the versions that it finds there
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links "${upgrade[@]}" "$@" pyproject.toml -o "$out.new"
    { echo "$header"; cat "$out.new"; } > "$out"
    rm "$out.new"
}
lock requirements-dev.lock --group dev
# The smaller one is a subset of the larger, version by version.
lock requirements.lock --group build -c <(grep -E '^[a-z0-9._-]+==' requirements-dev.lock | sed 's/ *\\$//')
# mybinder.org brings its own JupyterLab; what draws and computes is pinned, this package comes from the clone.
{
    echo "# Made by scripts/lock.sh from requirements.lock; JupyterLab is the base image's own."
    grep -E '^(bqplot|bqscales|ipywidgets|jupyterlab-widgets|numpy|pandas|tqdm|traittypes|widgetsnbextension)==' \
        requirements.lock | sed 's/ *\\$//'
    echo "-e ."
} > binder/requirements.txt
