#!/bin/sh
# Set up, build and run virbl on Debian 12 or later.
#
#	./bootstrap.sh demo [--once]	a consortium of three nodes on loopback
#	./bootstrap.sh check [--quick]	build and run the whole test suite
#	./bootstrap.sh build		only build, in build/
#
# Missing packages are installed with apt-get, as root or through sudo.
set -eu

root=$(cd "$(dirname "$0")" && pwd)
jobs=$(nproc 2>/dev/null || echo 2)

need="gcc make autoconf automake pkg-config libc6-dev libsodium-dev
libcurl4-gnutls-dev libmicrohttpd-dev libgnutls28-dev libsqlite3-dev
libjansson-dev libconfuse-dev libpopt-dev libuv1-dev zlib1g-dev
python3 curl ca-certificates bind9-dnsutils"
need_check="clang libclang-rt-dev libcmocka-dev libldns-dev
ldnsutils mandoc openssl
bind9-utils nftables ipset haproxy rbldnsd unbound iproute2
crowdsec-custom-bouncer crowdsec-firewall-bouncer
python3-yaml valgrind binutils xz-utils sqlite3"
# Unpacked below build/, not installed: they exclude each other, and would take
# the place of the mail server of this machine. One line goes together.
unpack_check="postfix
exim4-base exim4-config exim4-daemon-light
rspamd
spamassassin
bind9 dnsmasq-base fail2ban iptables"
# Wanted where the release has it: what needs it is skipped otherwise.
want_check="clang-format-14"

say()
{
	printf '\n== %s\n' "$*"
}

# Names of the packages among the arguments that are not installed.
missing()
{
	for p in "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
		    grep -q 'ok installed' || printf '%s ' "$p"
	done
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "bootstrap: '$*' must run as root: install sudo or be root" >&2
		exit 1
	fi
}

# Daemons that tests need are installed, not started.
without_services()
{
	[ ! -e /usr/sbin/policy-rc.d ] || { "$@"; return; }
	printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d \
	    >/dev/null
	as_root chmod 755 /usr/sbin/policy-rc.d
	rc=0
	"$@" || rc=$?
	as_root rm -f /usr/sbin/policy-rc.d
	return $rc
}

install_packages()
{
	command -v apt-get >/dev/null 2>&1 || {
		echo "bootstrap: no apt-get here: install the packages of" \
		    "docs/dependencies.md and run ./configure && make" >&2
		exit 1
	}
	# shellcheck disable=SC2046,SC2086 # words are wanted
	set -- $(missing "$@")
	[ $# -eq 0 ] && return 0
	say "installing: $*"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
	without_services as_root env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -q --no-install-recommends "$@"
}

# Unpack the packages of each line of $1, and of their dependencies what is not
# installed, into build/unpacked.
unpack_packages()
{
	dir=$root/build/unpacked
	[ "$(cat "$dir/done" 2>/dev/null)" = "$1" ] && return 0
	command -v apt-get >/dev/null 2>&1 || return 0
	say "unpacking, not installing:" $1
	rm -rf "$dir"
	mkdir -p "$dir/debs"
	printf '%s\n' "$1" | while read -r line; do
		# shellcheck disable=SC2086 # words are wanted
		more=$(apt-get -s -qq --no-install-recommends install $line |
		    awk '/^Inst / { print $2 }')
		# shellcheck disable=SC2086
		(cd "$dir/debs" && apt-get -o APT::Sandbox::User=root \
		    download -qq $line $more) || exit 1
	done || {
		echo "bootstrap: some could not be had: tests that need them" \
		    "are skipped" >&2
		return 0
	}
	for deb in "$dir"/debs/*.deb; do
		dpkg -x "$deb" "$dir"
	done
	# On a merged /usr these are links; so they are below $dir.
	for d in bin sbin lib lib64; do
		[ -d "$dir/$d" ] || continue
		mkdir -p "$dir/usr/$d"
		cp -a "$dir/$d/." "$dir/usr/$d/"
		rm -rf "${dir:?}/$d"
	done
	rm -rf "$dir/debs"
	printf '%s\n' "$1" >"$dir/done"
}

# Those of the arguments that apt can install.
known()
{
	for p in "$@"; do
		apt-cache show "$p" >/dev/null 2>&1 && printf '%s ' "$p"
	done
	return 0
}

# Unpack the program bin/$2 of package $1 below build/tools: for tools whose
# package would start a server. Without it its tests are skipped.
unpack()
{
	[ -x "$root/build/tools/usr/bin/$2" ] || command -v "$2" >/dev/null ||
	    ! command -v apt-get >/dev/null || {
		say "unpacking: $1, for $2"
		mkdir -p "$root/build/tools/deb"
		(cd "$root/build/tools/deb" && apt-get download -q "$1" &&
		    dpkg -x ./*.deb ..) || true
		rm -rf "$root/build/tools/deb"
	}
}

# True if ./configure is missing or older than what it is made from.
stale()
{
	[ ! -x "$root/configure" ] || [ -n "$(find "$root/configure.ac" \
	    "$root/Makefile.am" "$root"/*/*/local.mk "$root"/docs/local.mk \
	    -newer "$root/configure" 2>/dev/null)" ]
}

build()
{
	# shellcheck disable=SC2086 # words are wanted
	install_packages $need
	if stale; then
		(cd "$root" && autoreconf -fi)
		rm -f "$root/build/config.status"
	fi
	mkdir -p "$root/build"
	[ -x "$root/build/config.status" ] ||
	    (cd "$root/build" && "$root/configure" -q)
	make -s -C "$root/build" -j"$jobs"
}

case "${1-}" in
demo)
	shift
	build
	VIRBL_BUILD="$root/build" exec python3 "$root/tests/demo.py" "$@"
	;;
check)
	shift
	# shellcheck disable=SC2086 # words are wanted
	install_packages $need $need_check
	# shellcheck disable=SC2046,SC2086 # words are wanted
	install_packages $(known $want_check)
	unpack prometheus promtool
	unpack_packages "$unpack_check"
	stale && (cd "$root" && autoreconf -fi)
	exec sh "$root/tests/check.sh" "$@"
	;;
build)
	build
	;;
*)
	sed -n '2,8s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
