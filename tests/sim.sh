#!/bin/sh
# The scenarios, and for a while worlds by chance.
set -u
srcdir=${srcdir:-.}
./virbl-sim run "$srcdir"/tests/sim/*.scenario &&
    ./virbl-sim sweep --seeds "${SEEDS:-1-1000000}" --seconds "${SIM_SECONDS:-20}"
