#!/bin/sh
# Every input that was ever worth keeping still passes its fuzz target.
status=0
for program in tests/fuzz/fuzz_*; do
	noun=${program##*/fuzz_}
	corpus=${srcdir:-.}/tests/fuzz/corpus/$noun
	case $noun in *.*) continue ;; esac
	"$program" -runs=0 "$corpus" || status=1
done
exit $status
