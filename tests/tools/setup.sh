# setup.sh - what ./demo and ./check do before anything else: the packages,
# configure, make. Sourced, with $top set to the source tree.

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The names in the sections $@ of the file "packages".
packages_of() {
	awk -v want=" $* " '
		{ sub(/[ \t]*#.*/, "") }
		/^\[/ { on = index(want, " " substr($0, 2, length($0) - 2) " ") }
		!/^\[/ && on && NF == 1 { print $1 }' "$top/packages"
}

# Those of $@ that are not installed.
packages_missing() {
	for p_name in "$@"; do
		p_state=$(dpkg-query -W -f '${db:Status-Status}' "$p_name" \
		    2>/dev/null) || p_state=
		if [ "$p_state" != installed ]; then
			printf '%s ' "$p_name"
		fi
	done
}

# apt-get $@, as root; what it says goes to the file $p_log.
packages_apt() {
	$p_root env DEBIAN_FRONTEND=noninteractive \
	    apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$p_log" 2>&1
}

# Install what is missing of the sections $@, as root or through sudo.
packages_install() {
	command -v dpkg-query >/dev/null 2>&1 ||
	    die "this is no Debian; install what corresponds to" \
		$(packages_of "$@") "and give --no-install"
	p_missing=$(packages_missing $(packages_of "$@"))
	p_missing=${p_missing% }
	if [ -z "$p_missing" ]; then
		return 0
	fi
	printf 'These Debian packages are missing and will be installed:\n'
	for p_name in $p_missing; do
		sed -n "s/^\($p_name\) *# */\1: /p" "$top/packages"
	done | sed 's/^/  /'
	command -v apt-get >/dev/null 2>&1 ||
	    die "there is no apt-get; please install: $p_missing"
	p_root=
	if [ "$(id -u)" -ne 0 ]; then
		p_root=sudo
		command -v sudo >/dev/null 2>&1 ||
		    die "this needs root and there is no sudo;" \
			"as root: apt-get install $p_missing"
		printf 'That needs root: sudo may ask for your password.\n'
	fi
	p_log=$(mktemp) || die "no temporary file"
	printf 'apt-get is at work ...\n'
	if packages_apt update &&
	    packages_apt install -y --no-install-recommends $p_missing; then
		rm -f "$p_log"
		return 0
	fi
	tail -n 15 "$p_log" >&2
	rm -f "$p_log"
	die "apt-get failed, see above; please install: $p_missing"
}

# The servers of the section $1, for tests: those that are not installed are
# downloaded and unpacked below the folder $2 with what they need, where
# $2/bin has a command for each. Installing them would start them on this
# machine. Needs no rights; status 1: it cannot be had.
packages_unpack() {
	command -v apt-get >/dev/null 2>&1 || return 1
	p_missing=$(packages_missing $(packages_of "$1"))
	p_missing=${p_missing% }
	if [ -z "$p_missing" ] || [ "$(cat "$2/have" 2>/dev/null)" = \
	    "$p_missing" ]; then
		return 0
	fi
	printf 'Unpacked for tests, not installed: %s\n' "$p_missing"
	rm -rf "$2"
	mkdir -p "$2/deb" "$2/root" "$2/bin" || return 1
	p_plan=$(apt-get install -s --no-install-recommends $p_missing \
	    2>"$2/log" | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
	[ -n "$p_plan" ] &&
	    (cd "$2/deb" && apt-get -q download $p_plan) >>"$2/log" 2>&1 ||
	    return 1
	for p_deb in "$2"/deb/*.deb; do
		dpkg -x "$p_deb" "$2/root" || return 1
	done
	p_libs=$(cd "$2/root" && pwd) || return 1
	# Postfix and Rspamd keep libraries in folders of their own
	p_libs=$p_libs/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH \
	    2>/dev/null || gcc -print-multiarch):$p_libs/usr/lib/postfix
	p_libs=$p_libs:${p_libs##*:}/../rspamd
	for p_file in "$2"/root/usr/sbin/* "$2"/root/usr/bin/*; do
		[ -f "$p_file" ] || continue
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
		    "'$p_libs'" "'$p_file'" >"$2/bin/${p_file##*/}" &&
		    chmod +x "$2/bin/${p_file##*/}" || return 1
	done
	rm -rf "$2/deb"
	printf '%s\n' "$p_missing" >"$2/have"
}

# How many compilers at once.
jobs_of_machine() {
	nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# Make $top/configure when it is not there; make itself keeps it fresh then.
# What autoreconf says is shown only when it fails.
build_prepare() {
	if [ -x "$top/configure" ] && [ -f "$top/Makefile.in" ]; then
		return 0
	fi
	b_said=$( (cd "$top" && autoreconf -i) 2>&1) || {
		printf '%s\n' "$b_said" >&2
		return 1
	}
}

# Build in the folder $1, with the arguments of configure behind it. What is
# up to date is left alone. Only what is wrong is said.
build_in() {
	b_dir=$1
	shift
	if [ -f "$top/config.status" ]; then
		printf 'This tree was configured in place: %s\n' \
		    'please run "make distclean" in it first.' >&2
		return 1
	fi
	build_prepare && mkdir -p "$b_dir" || return 1
	if [ ! -f "$b_dir/Makefile" ]; then
		b_top=$top
		(cd "$b_dir" && "$b_top/configure" -q "$@") || {
			rm -f "$b_dir/Makefile"
			return 1
		}
	fi
	make -C "$b_dir" --no-print-directory -s V=1 -j"$(jobs_of_machine)"
}
