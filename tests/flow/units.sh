#!/bin/sh
# units.sh - systemd takes our units, and finds them confined; each program may
# write to no more than its own part of the data.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
command -v systemd-analyze >/dev/null 2>&1 || {
	echo "SKIP: no systemd-analyze"
	exit 77
}
flow_begin
mkdir "$T/units"
# the programs are not installed yet
for unit in "$builddir"/doc/systemd/*.service "$builddir"/doc/systemd/*.timer; do
	sed 's,^\(ExecStart=\)[^ ]*/,\1/bin/true #,' "$unit" \
	    >"$T/units/${unit##*/}"
done
ls "$T/units" >"$T/list"
is "units" 9 "$(grep -c . "$T/list")"
mv "$T/units/rbl-ingest-maildir@.service" \
    "$T/units/rbl-ingest-maildir@var-spool-x.service"

for unit in "$T"/units/*; do
	name=${unit##*/}
	run env SYSTEMD_UNIT_PATH="$T/units:" systemd-analyze verify --man=no \
	    "$unit"
	status_is "$name: verify" 0
	# warnings are mistakes of ours, unless they are about others' units
	lacks "$name: no complaint" "$name" "$OUT$ERR"
	case $name in
	*.service)
		run systemd-analyze security --offline=yes --threshold=30 \
		    "$unit"
		status_is "$name: exposed" 0
		;;
	esac
done

# name, what it may write to below the data, what it may not see
rights() {
	r_unit=$builddir/doc/systemd/$1
	is "$1 writes" "$2" "$(sed -n 's,^ReadWritePaths=.*/lib/rbl,rbl,p' \
	    "$r_unit" | tr '\n' ' ' | sed 's/ $//')"
	is "$1 does not see" "$3" "$(sed -n \
	    's,^InaccessiblePaths=-.*/lib/rbl,rbl,p' "$r_unit" | sort |
	    tr '\n' ' ' | sed 's/ $//')"
	has "$1: its files are its group's" '^UMask=0007$' "$(cat "$r_unit")"
	lacks "$1: it is nobody's root" '^User=root|^DynamicUser' \
	    "$(cat "$r_unit")"
	has "$1: it is somebody" '^User=rbl' "$(cat "$r_unit")"
}
rights rbld.service rbl/store "rbl/accounts rbl/queue"
rights rbl-ingest-lmtp.service rbl/queue "rbl/accounts rbl/store"
rights "rbl-ingest-maildir@.service" rbl/queue "rbl/accounts rbl/store"
rights rbl-www.service rbl ""
for name in rbl-ingest-lmtp rbl-ingest-maildir@; do
	# @system-service of Debian 12 has none of these
	for call in seccomp landlock_create_ruleset landlock_restrict_self; do
		has "$name: the parser may confine itself by $call" \
		    "^SystemCallFilter=.*\\b$call\\b" \
		    "$(cat "$builddir/doc/systemd/$name.service")"
	done
done
rights rbl-sweep.service rbl ""
rights rbl-publish.service "rbl/store rbl/export" "rbl/accounts rbl/queue"
# rsync wants a file of root's: this one is root, and sees nothing else
unit=$(cat "$builddir/doc/systemd/rbl-rsync.service")
has "rbl-rsync.service writes the accounts" \
    '^ReadWritePaths=.*/lib/rbl/accounts$' "$unit"
has "and its folder" '^ReadWritePaths=.*/lib/rbl/rsync$' "$unit"
has "sees no store" '^InaccessiblePaths=-.*/lib/rbl/store$' "$unit"
has "and no queue" '^InaccessiblePaths=-.*/lib/rbl/queue$' "$unit"
has "has one right of root's" '^CapabilityBoundingSet=CAP_DAC_OVERRIDE$' "$unit"
flow_end
