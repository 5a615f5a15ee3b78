#!/bin/sh
# The independent verifier must agree with every vector.
if ! command -v python3 >/dev/null; then
	echo "skipped: python3 not found, the vectors were not verified" >&2
	exit 77
fi
exec python3 "${srcdir:-.}/tests/verify.py" "${srcdir:-.}/tests/vectors"
