#!/bin/sh
# bare-debian.sh [--keep] [FOLDER] [MIRROR] - the promise of the README, tried:
# a minimal Debian 12 is made in FOLDER (a temporary one unless said), the
# tree goes into it as a fresh clone would, and there ./demo --script and
# ./check are run with nothing installed before them. Needs root, debootstrap
# and unshare.
#
# MIRROR is where Debian comes from; unless said, where this machine's own apt
# gets it. Its proxy and keys are taken over as well. CHECK="..." are
# arguments for ./check; an empty FOLDER/etc means that it is still to be made.
set -u
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
. "$top/tests/tools/setup.sh"

keep=
if [ "${1:-}" = --keep ]; then
	keep=yes
	shift
fi
root=${1:-}
mirror=${2:-}

[ "$(id -u)" -eq 0 ] || die "this needs root"
for tool in debootstrap unshare git tar; do
	command -v "$tool" >/dev/null 2>&1 || die "there is no $tool"
done
if [ -z "$mirror" ]; then
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
	    /etc/apt/sources.list.d/*.sources 2>/dev/null |
	    grep -v '^#' | grep -o '[a-z]*://[^ ]*' |
	    grep '/debian/*$' | head -n 1)
	[ -n "$mirror" ] || die "no mirror in /etc/apt; give one"
fi
if [ -z "$root" ]; then
	root=$(mktemp -d "${TMPDIR:-/var/tmp}/bare-debian.XXXXXX") || exit 1
else
	mkdir -p "$root" && root=$(CDPATH= cd -- "$root" && pwd) || exit 1
fi
chmod 755 "$root"
clean() {
	if [ -z "$keep" ]; then
		rm -rf --one-file-system "$root"
	else
		printf 'Kept: %s\n' "$root"
	fi
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

now() {
	date +%s
}

began=$(now)
if [ ! -d "$root/etc/apt" ]; then
	debootstrap --variant=minbase bookworm "$root" "$mirror" \
	    >"$root.log" 2>&1 || {
		tail -n 20 "$root.log" >&2
		die "debootstrap failed"
	}
	rm -f "$root.log"
fi
printf 'A bare Debian %s with %d packages, %d s\n' \
    "$(cat "$root/etc/debian_version")" \
    "$(grep -c '^Package: ' "$root/var/lib/dpkg/status")" \
    $(($(now) - began))

# How this machine gets at packages, when it is the same Debian.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null
for file in /etc/apt/apt.conf /etc/apt/apt.conf.d /etc/apt/auth.conf \
    /etc/apt/auth.conf.d /etc/apt/trusted.gpg.d /etc/apt/keyrings; do
	[ -e "$file" ] && cp -RL "$file" "$root/etc/apt/"
done
if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
	rm -f "$root/etc/apt/sources.list"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
	    /etc/apt/sources.list.d/*.sources; do
		# those of Debian itself, not of others
		grep -qs '^[^#]*/debian' "$file" &&
		    cp -L "$file" "$root$file"
	done
fi

# What a clone of this tree would have, and what is not committed yet.
rm -rf "$root/rbld"
mkdir "$root/rbld"
(cd "$top" && git -c safe.directory="$top" ls-files -z -co \
    --exclude-standard | tar --null -T - --ignore-failed-read -cf -) |
    tar -C "$root/rbld" --no-same-owner -xf - || die "cannot copy the tree"

# inside COMMAND: in it, with a /proc of its own, and nothing left behind.
inside() {
	unshare --mount --pid --fork --kill-child sh -c '
		mount --make-rprivate / &&
		mount -t proc proc "$0/proc" &&
		mount -t tmpfs tmpfs "$0/dev/shm" &&
		exec chroot "$0" env -i HOME=/root PATH="$1" TERM=dumb \
		    CI=true ${2:+http_proxy="$2"} ${3:+https_proxy="$3"} \
		    sh -c "cd /rbld && exec $4" </dev/null' \
	    "$root" /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    "${http_proxy:-}" "${https_proxy:-}" "$1"
}

status=0
for command in "./demo --script" "./check ${CHECK:-}"; do
	printf '\n=== %s\n' "$command"
	began=$(now)
	inside "$command"
	ended=$?
	printf '=== %s: exit %d after %d s\n' "$command" "$ended" \
	    $(($(now) - began))
	[ "$ended" -eq 0 ] || status=1
done
exit $status
