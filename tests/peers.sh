#!/bin/sh
# The example cards in peers/ are cards: a node takes them as they are, and one
# with a mistake is refused with file and line.
set -eu

cards=${srcdir:-.}/peers
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
./virbl init -C "$dir" --name test >/dev/null 2>&1
cp "$cards"/*.conf "$dir/peers.d/"
n=$(ls "$cards"/*.conf | wc -l)
./virbl -c "$dir/virbl.conf" check-config >"$dir/out"
grep -qx "peers *$n" "$dir/out" || {
	echo "not $n peers:"
	cat "$dir/out"
	exit 1
}
chmod u+w "$dir/peers.d/west.conf"
sed -i 's/trust = vote/trust = blind/' "$dir/peers.d/west.conf"
if ./virbl -c "$dir/virbl.conf" check-config >"$dir/out" 2>"$dir/err"; then
	echo "a card with a mistake was taken"
	exit 1
fi
grep -q 'west.conf:[0-9]*: .*blind' "$dir/err" || {
	echo "no file and line in:"
	cat "$dir/err"
	exit 1
}
