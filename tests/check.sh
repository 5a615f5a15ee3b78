#!/bin/sh
# The whole test suite: every compiler, every sanitizer, every kind of test.
#
#	check.sh [--quick]	--quick: one build, `make check` only
#
# Builds below build/check (VIRBL_CHECK names another place). Ends with the sum
# of all tests, alone on a line.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
top=${VIRBL_CHECK:-$root/build/check}
logs=$top/logs
jobs=$(nproc 2>/dev/null || echo 2)
quick=no
[ "${1-}" = --quick ] && quick=yes
stages=0
broken=""
beside=""

mkdir -p "$logs"
rm -f "$logs"/*.log

# said NAME STATUS SECONDS: how a stage went; its output if it failed.
said()
{
	if [ "$2" = 0 ]; then
		printf '%-28s ok   (%d s)\n' "$1" "$3"
		grep -hE '^skipped|^SKIP' "$logs/$1.log" | sort -u | head -20
		return 0
	fi
	printf '%-28s FAIL (%d s)\n' "$1" "$3"
	broken="$broken $1"
	tail -60 "$logs/$1.log"
	return 1
}

# stage NAME COMMAND...: run it, keep its output.
stage()
{
	name=$1
	shift
	stages=$((stages + 1))
	began=$(date +%s)
	"$@" >"$logs/$name.log" 2>&1
	said "$name" $? $(($(date +%s) - began))
}

# beside NAME COMMAND...: begin a stage that mostly waits, while others work.
beside()
{
	beside=$1
	shift
	stages=$((stages + 1))
	rm -f "$logs/$beside.end"
	beside_began=$(date +%s)
	{
		"$@" >"$logs/$beside.log" 2>&1
		echo "$? $(date +%s)" >"$logs/$beside.end"
	} &
}

# together: wait for the stage that runs beside, if there is one.
together()
{
	[ -n "$beside" ] || return 0
	wait
	read -r status end <"$logs/$beside.end"
	said "$beside" "$status" $((end - beside_began))
	beside=""
}

# prepare DIR TARGET CONFIGURE-ARGUMENT...: a build in its own directory, and
# what TARGET builds.
prepare()
{
	dir=$top/$1
	target=$2
	shift 2
	mkdir -p "$dir"
	cd "$dir" && "$root/configure" -q "$@" &&
	    make -s -j"$jobs" && make -s -j"$jobs" "$target"
}

in_dir()
{
	dir=$top/$1
	shift
	cd "$dir" && "$@"
}

# As in_dir(), without random addresses: older sanitizers cannot map their
# shadow where a newer kernel spreads them too far.
in_order()
{
	dir=$top/$1
	shift
	cd "$dir" || return 1
	if setarch "$(uname -m)" -R true 2>/dev/null; then
		setarch "$(uname -m)" -R "$@"
	else
		"$@"
	fi
}

[ -x "$root/configure" ] || {
	echo "check.sh: no configure here: run ./bootstrap.sh check" >&2
	exit 1
}

# -O1 is what the sanitizers are made for, and builds faster. What they look for
# does not come from repetition: the long tests run once, without them.
stage gcc-build prepare gcc tests-build --enable-developer &&
    stage gcc-check in_dir gcc make -k -j"$jobs" check
if [ $quick = no ]; then
	[ -z "$broken" ] && beside gcc-system in_dir gcc make check-system
	stage clang-asan-ubsan-build prepare asan tests-build CC=clang \
	    CFLAGS="-g -O1" --enable-developer --enable-sanitizers \
	    --enable-fuzz &&
	    stage clang-asan-ubsan-check in_order asan \
		env VIRBL_SLOW=yes make -k -j"$jobs" check-unit &&
	    stage fuzz-slice in_order asan make -j"$jobs" fuzz FUZZ_SECONDS=5
	together
	stage tsan-build prepare tsan threads-build CC=clang \
	    CFLAGS="-g -O1" --enable-developer --enable-sanitizers=thread &&
	    stage tsan-check in_order tsan make -k -j"$jobs" check-threads
	[ -z "$broken" ] && beside tsan-system in_order tsan \
	    make check-system SYSTEM_TESTS="tests/system/road.py \
	    tests/system/doors.py tests/system/pairing.py"
	stage valgrind in_dir gcc make -k -j"$jobs" check-valgrind
	together
	# The long tests ran above.
	stage distcheck in_dir gcc env VIRBL_SLOW=yes \
	    make -s -j"$jobs" distcheck
fi

# Sum what the runners said: automake's totals and lines "N passed, N failed".
cat "$logs"/*.log | awk -v stages="$stages" -v broken="$broken" '
/^# PASS: /	{ passed += $3 }
/^# FAIL: /	{ failed += $3 }
/^# ERROR: /	{ failed += $3 }
/^# XPASS: /	{ failed += $3 }
/^# SKIP: /	{ skipped += $3 }
/^([a-z_ -]+: )?[0-9]+ passed, [0-9]+ failed/ {
	sub(/^[a-z_ -]+: /, "")
	passed += $1
	failed += $3
	skipped += $5
}
END {
	n = split(broken, names, " ")
	if (n > 0)
		printf "stages that failed:%s\n", broken
	if (passed == 0)
		print "no test ran"
	if (failed == 0 && (n > 0 || passed == 0))
		failed = n > 0 ? n : 1
	line = sprintf("%d passed, %d failed", passed, failed)
	if (skipped > 0)
		line = line sprintf(", %d skipped", skipped)
	print line
	exit(failed > 0)
}'
