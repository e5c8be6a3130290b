#!/bin/sh
# Trains the embedded speech model from nothing, or from where it stopped. Usage: train.sh [HOURS]
# Needs python3 with venv, and from Debian: flite espeak-ng festival festvox-kallpc16k festvox-kdlpc16k wordnet-base, and the
# voices that speechkit/abroad.py names. What is missing is told.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
hours=${1:-3}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/fieldwright
venv=$cache/venv-torch
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
# One thread a process: training has a process for each core.
export PYTHONPATH="$here" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ONEDNN_PRIMITIVE_CACHE_CAPACITY=8192
cd "$here"
# The first shards before training begins, the rest beside it.
nice -n 5 "$venv/bin/python" -m speechkit synth --shards 10
nice -n 10 "$venv/bin/python" -m speechkit synth &
nice -n 5 "$venv/bin/python" -m speechkit train --hours "$hours"
wait
"$venv/bin/python" -m speechkit export
