#!/bin/sh
# rsync.sh - a real rsync daemon with the configuration that rblctl writes.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

command -v rsync >/dev/null 2>&1 || {
	echo "SKIP: no rsync"
	exit 77
}
[ "$(id -u)" -eq 0 ] || {
	echo "SKIP: needs root, the daemon locks itself in by chroot"
	exit 77
}
flow_begin
chmod 755 "$T"
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	publish { dir = "$T/exports"  formats = {"plain", "csv", "zonefile"} }
	zone "ip.example.test" {
	    lists = {"address"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	}
END
ctl init
python3 -c '
for a in range(200000): print("45.%d.%d.%d" % (a >> 16, a >> 8 & 255, a & 255))' >"$T/many"
ctl import ip "$T/many" --format plain
ctl add address ann@example.test
ctl publish
status_is "publish" 0
C=$T/exports/current

step "nobody is a subscriber"
mkdir "$T/etc"
ctl rsync-config "$T/etc"
status_is "written" 0
lacks "no module stands open" '^\[' "$(cat "$T/etc/rsyncd.conf")"

step "subscribers"
ctl subscriber add all
ALL=$(printf '%s\n' "$OUT" | sed -n 's/^rsync-password //p')
ctl subscriber add some --list ip
SOME=$(printf '%s\n' "$OUT" | sed -n 's/^rsync-password //p')
ctl rsync-config "$T/etc" --allow 127.0.0.0/8
status_is "written" 0
is "the secrets are for the daemon alone" 600 \
    "$(stat -c %a "$T/etc/rsyncd.secrets")"
ctl rsync-config "$T/etc" --allow 127.0.0.0/8
has "the same again is not written" 'rsyncd.secrets is as it should be' "$OUT"
ctl rsync-config "$T/etc" --allow mirror.example.test
status_is "hosts by name are refused" 2
ctl rsync-config relative
status_is "a relative folder" 2

# A free port: the daemon cannot be asked for one.
PORT=$(python3 -c '
import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -i "1a lock file = $T/etc/lock" "$T/etc/rsyncd.conf"
rsync --daemon --no-detach --address=127.0.0.1 --port="$PORT" \
    --config="$T/etc/rsyncd.conf" --log-file="$T/rsyncd.log" &
D=$!
flow_procs="$flow_procs $D"
timeout 20 sh -c "until grep -q 'rsyncd version' '$T/rsyncd.log' 2>/dev/null &&
    rsync rsync://127.0.0.1:$PORT/ >/dev/null 2>&1; do sleep 0.1; done"
is "the daemon is there" 0 $?

# PASSWORD USER MODULE[/PATH] DIR [OPTION...]
fetch() {
	f_pw=$1 f_from=rsync://$2@127.0.0.1:$PORT/$3 f_to=$4
	shift 4
	RSYNC_PASSWORD=$f_pw
	export RSYNC_PASSWORD
	run rsync -a "$@" "$f_from" "$f_to"
}
fetch "$ALL" all lists/ "$T/got/"
status_is "all of it" 0
run diff -r "$T/got" "$C/"
status_is "  as it was published" 0
is "  no module is told of" "" "$(rsync rsync://127.0.0.1:"$PORT"/)"
fetch wrong all lists/ "$T/bad/"
status_is "a wrong password" 5
fetch "$SOME" all lists/ "$T/bad/"
status_is "another's" 5
fetch "$SOME" some lists/ "$T/bad/"
status_is "not for him" 5
fetch "$SOME" some ip/ "$T/part/"
status_is "his list" 0
is "  and nothing else" "" "$(ls "$T/part" | grep -v '^ip\.' ||
    ls "$T/part" | grep zonefile)"
[ -s "$T/part/ip.plain.gz" ]
is "  all of it" 0 $?
fetch "$SOME" some ip/address.plain "$T/part/"
status_is "  not by name" 23
fetch "$SOME" some ip/../../etc/ "$T/part/"
lacks "  no way up" secrets "$(ls "$T/part")"
[ ! -e "$T/bad" ]
is "nothing came of what was refused" 0 $?
RSYNC_PASSWORD=$ALL run rsync "$T/rbl.conf" "rsync://all@127.0.0.1:$PORT/lists/"
[ "$STATUS" -ne 0 ] && [ ! -e "$C/rbl.conf" ]
is "nothing can be put there" 0 $?

step "what did not change is not sent"
fetch "$ALL" all lists/ "$T/got/" -c --stats
status_is "with -c" 0
has "  no file" 'Number of regular files transferred: 0' "$OUT"
ctl add ip 44.0.0.1
ctl publish
fetch "$ALL" all lists/ "$T/got/" --delete --stats
status_is "one change" 0
run diff -r "$T/got" "$C/"
status_is "  all is new" 0

step "interrupted and resumed"
rm -rf "$T/cut"
mkdir "$T/cut"
RSYNC_PASSWORD=$ALL rsync -a --partial --inplace --bwlimit=1000 \
    "rsync://all@127.0.0.1:$PORT/lists/ip.csv" "$T/cut/" 2>/dev/null &
R=$!
timeout 20 sh -c "until [ -s '$T/cut/ip.csv' ]; do sleep 0.05; done"
kill -9 $R
wait $R 2>/dev/null
[ "$(wc -c <"$T/cut/ip.csv")" -lt "$(wc -c <"$C/ip.csv")" ]
is "half of it" 0 $?
fetch "$ALL" all lists/ip.csv "$T/cut/" --partial --inplace
status_is "gone on" 0
cmp -s "$T/cut/ip.csv" "$C/ip.csv"
is "  whole" 0 $?

step "published anew while it is fetched"
RSYNC_PASSWORD=$ALL rsync -a --bwlimit=4000 \
    "rsync://all@127.0.0.1:$PORT/lists/" "$T/mix/" &
R=$!
timeout 20 sh -c "until [ -d '$T/mix' ]; do sleep 0.05; done"
ctl add ip 44.0.0.2
ctl publish
wait $R
is "it ends well" 0 $?
run sh -c "cd '$T/mix' && sha256sum -c --quiet *.sha256"
status_is "  and is of one moment" 0

step "revoked"
ctl subscriber remove some
ctl rsync-config "$T/etc" --allow 127.0.0.0/8
fetch "$SOME" some ip/ "$T/bad/"
status_is "removed" 5
ctl subscriber token all
NEW=$(printf '%s\n' "$OUT" | sed -n 's/^rsync-password //p')
ctl rsync-config "$T/etc" --allow 127.0.0.0/8
fetch "$ALL" all lists/ "$T/bad/"
status_is "the password of the token before" 5
fetch "$NEW" all lists/ "$T/got/"
status_is "the new one" 0
ctl rsync-config "$T/etc" --allow 192.0.2.1
fetch "$NEW" all lists/ "$T/bad/"
status_is "another address" 5
flow_stop TERM $D
flow_end
