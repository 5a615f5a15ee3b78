#!/bin/sh
# What was installed is of use to other programs: each header stands alone, and
# a program that knows nothing but them verifies a batch with libvirbl.
#
#	install.sh CC INCLUDEDIR LIBDIR BATCH
set -eu

cc=$1 include=$2 lib=$3 batch=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
flags="-std=c11 -Wall -Wextra -Werror -pedantic -I$include"

for h in "$include"/virbl/*.h; do
	# shellcheck disable=SC2086 # words are wanted
	echo "#include <virbl/${h##*/}>" | $cc $flags -fsyntax-only -xc - || {
		echo "virbl/${h##*/} does not stand alone" >&2
		exit 1
	}
done
cat >"$dir/use.c" <<'EOF'
#include <stdio.h>
#include <virbl/batch.h>

int
main(void)
{
	static unsigned char in[BATCH_BYTES];
	size_t n = fread(in, 1, sizeof(in), stdin);
	enum batch_verdict v;
	struct batch b;

	if ((v = batch_decode(in, n, &b)) == BATCH_OK)
		v = batch_verify(&b);
	puts(batch_verdict_name(v));
	return (v != BATCH_OK);
}
EOF
# shellcheck disable=SC2086
$cc $flags -o "$dir/use" "$dir/use.c" "$lib/libvirbl.a" -lsodium
[ "$("$dir/use" <"$batch")" = ok ]
[ "$(head -c 200 "$batch" | "$dir/use")" = truncated ]
echo "install: 1 passed, 0 failed"
