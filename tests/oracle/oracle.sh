#!/bin/sh
# Run the oracle; arguments go on to it. VIRBL_DATA is where the sample data is.
VIRBL_DATA=${VIRBL_DATA:-${srcdir:-.}/../shared/data}
export VIRBL_DATA
set -- tests/oracle/rehearse_times "$@"
for tool in ./virbl src/prog/virbl; do
	if [ -x "$tool" ] && "$tool" rehearse --help >/dev/null 2>&1; then
		set -- "$@" --virbl "$tool"
		break
	fi
done
exec python3 "${srcdir:-.}/tests/oracle/oracle.py" "$@"
