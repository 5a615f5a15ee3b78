#!/bin/sh
# Which clearances work, against the oracle; arguments go on to it.
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
exec python3 "${srcdir:-.}/tests/oracle/clearances.py" \
    tests/oracle/clearances "$@"
