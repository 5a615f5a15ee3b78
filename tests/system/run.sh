#!/bin/sh
# Run system tests one after the other.
#
#	run.sh SOURCE TEST...
#
# A test ends with a line "N passed, N failed" and exits 0; 77 is a skip that
# says why. One that stops without that line counts as a failure.
set -u

source=$1
shift
broken=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
# Nothing is written beside the sources.
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

for t in "$@"; do
	echo "== $t"
	python3 "$source/$t" >"$out" 2>&1
	rc=$?
	cat "$out"
	case $rc in
	0)
		grep -q '^[0-9]* passed, 0 failed' "$out" || {
			echo "$t ended without saying how many tests passed"
			echo "0 passed, 1 failed"
			broken=1
		}
		;;
	77)
		echo "SKIP: $t"
		echo "0 passed, 0 failed, 1 skipped"
		;;
	*)
		broken=1
		grep -q '^[0-9]* passed, [1-9][0-9]* failed' "$out" ||
		    echo "0 passed, 1 failed"
		;;
	esac
done
exit $broken
