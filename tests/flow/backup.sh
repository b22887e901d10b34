#!/bin/sh
# backup.sh - backup and restore while rbld answers and rbl-www serves: no
# question is lost or answered wrongly, the serial never goes back, whoever is
# killed leaves the old store or the new one, and what is damaged is refused.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test
load=$builddir/tests/flow/load
listed="NOERROR A 127.0.0.2"

# $SERIAL as rbld answers it.
serial() {
	SERIAL=$(dig @127.0.0.1 -p "$DNS4" +short +norecurse "$bl" SOA |
	    cut -d' ' -f3)
}

# Ask until NAME ($3) is answered by $2.
becomes() {
	b_until=$(($(date +%s) + flow_limit))
	ANSWER=
	while [ "$ANSWER" != "$2" ] && [ "$(date +%s)" -lt "$b_until" ]; do
		ask udp4 "$3" A +timeout=1
		[ "$ANSWER" = "$2" ] || sleep 0.05
	done
	is "$1" "$2" "$ANSWER"
}

load_start() {
	rm -f "$T/load.pipe"
	mkfifo "$T/load.pipe"
	"$load" "$DNS4" 500 "$1" >"$T/load.pipe" 2>&1 &
	load_pid=$!
	flow_procs="$flow_procs $load_pid"
	exec 5<"$T/load.pipe"
	timeout "$flow_limit" sed -u '/^ready$/q' <&5 >"$T/load.first"
	cat <&5 >"$T/load.rest" &
	load_cat=$!
	exec 5<&-
	grep -q ready "$T/load.first" || wrong "questions are answered"
}

load_stop() {
	kill -TERM "$load_pid"
	wait "$load_pid"
	STATUS=$?
	wait "$load_cat"
	OUT=$(cat "$T/load.rest")
	ERR=
	printf '%s\n' "$OUT" | sed 's/^/  /'
}

sound() {
	ctl verify
	status_is "$1: the store is sound" 0
}

# 45.7.0.0/16 less 45.7.9.0/24 in the backup and always; 46.1.1.1 in the backup
# alone, 46.2.2.2 after it.
prepare() {
	awk 'BEGIN { for (i = 0; i < 60000; i++)
		printf "47.%d.%d.1\n", i / 250, i % 250 }' >"$T/many"
	ctl init
	ctl import ip "$T/many" --format plain --source many
	ctl add ip 45.7.0.0/16 46.1.1.1 --reason "before"
	ctl exempt ip 45.7.9.0/24
	awk -v bl="$bl" 'BEGIN { for (i = 0; i < 250; i++) {
		print i ".7.7.45." bl, "127.0.0.2"
		print i ".9.7.45." bl, "NX"
		print "1." i ".3.47." bl, "127.0.0.2"
		print "1.1.1.46." bl, "127.0.0.2/NX"
		print "2.2.2.46." bl, "127.0.0.2/NX"
		print i ".3.2.99." bl, "NX" } }' >"$T/names"
}

modes() {
	is "$1" "$2" "$(stat -c %a "$3")"
}

one_backup() {
	step "a backup while questions come"
	flow_start rbld
	flow_start rbl-www
	load_start "$T/names"
	ctl backup "$T/one"
	status_is "backup" 0
	has "it says the serial" 'backup of serial 3,' "$OUT"
	modes "nobody else may enter" 700 "$T/one"
	for part in store queue accounts; do
		modes "$part" 700 "$T/one/$part"
		modes "$part" 600 "$T/one/$part/data.mdb"
		is "the manifest has the hash of $part" 1 \
		    "$(grep -c "$(sha256sum <"$T/one/$part/data.mdb" |
			cut -d' ' -f1)" "$T/one/manifest.json")"
		is "nothing beside it in $part" data.mdb \
		    "$(ls "$T/one/$part")"
	done
	ctl backup "$T/one"
	status_is "not over one that is there" 1
	has "and says so" 'is there already' "$ERR"
	ctl backup "$T/no/where"
	status_is "nor where there is no folder" 1
	ctl backup
	status_is "nor without a name" 2
}

one_restore() {
	step "a restore while questions come"
	ctl remove ip 46.1.1.1
	ctl add ip 46.2.2.2 --reason "after"
	becomes "after the backup" "$listed" "2.2.2.46.$bl"
	serial
	before=$SERIAL
	ctl restore --last
	status_is "restore" 0
	has "it says what became of the store" 'store\.old-' "$OUT"
	# within a second or so
	becomes "what came after the backup is gone" "NXDOMAIN +SOA" \
	    "2.2.2.46.$bl"
	becomes "what went is back" "$listed" "1.1.1.46.$bl"
	serial
	is "the serial went on" $((before + 1)) "$SERIAL"
	http "/lookup?q=46.1.1.1"
	has "the page knows" 'is listed|Listed' "$(page_text)"
	http "/lookup?q=46.2.2.2"
	lacks "and does not know the other" 'is listed|Listed since' \
	    "$(page_text)"
	has "it noticed" 'store was replaced: opened anew' \
	    "$(cat "$T/rbl-www.log")"
	ctl history
	has "history has it" "^$SERIAL .* restore .*serial 3" "$OUT"
	sound "restored"
	ctl add ip 46.3.3.3
	becomes "changes are seen" "$listed" "3.3.3.46.$bl"

	step "and again"
	ctl restore "$T/one/"
	status_is "restore" 0
	becomes "as before" "NXDOMAIN +SOA" "3.3.3.46.$bl"
	serial
	is "the serial went on" $((before + 3)) "$SERIAL"
	sound "restored twice"
	is "both that were there are kept" 2 \
	    "$(ls -d "$T/data"/store.old-* | wc -l)"
	ctl restore "$T/one" --beyond 1000
	status_is "with a serial to pass" 0
	has "it is passed" 'the serial is 1001 now' "$OUT"
	ctl backup "$T/two"
	status_is "a backup of what was restored" 0
	ctl restore "$T/two"
	status_is "is restored" 0
	sound "two restores in one history"
	load_stop
	status_is "no question lost, none answered wrongly" 0
}

# The very backup $1 is refused, and nothing changes.
refused() {
	inode=$(stat -c %i "$T/data/store/data.mdb")
	ctl restore "$2"
	status_is "$1: refused" 1
	has "$1: says why" "$3" "$ERR"
	is "$1: the store stays" "$inode" \
	    "$(stat -c %i "$T/data/store/data.mdb")"
	[ ! -e "$T/data/restore.part" ] || wrong "$1: nothing is left" \
	    "$(ls -R "$T/data/restore.part")"
}

# A copy of the good one, to be damaged.
spoil() {
	rm -rf "$T/bad"
	cp -a "$T/one" "$T/bad"
}

# The manifest says what the files are, so only what is in them tells.
rehash() {
	old=$(sha256sum <"$T/one/store/data.mdb" | cut -d' ' -f1)
	new=$(sha256sum <"$T/bad/store/data.mdb" | cut -d' ' -f1)
	sed -i "s/$old/$new/
		s/\"bytes\": $(stat -c %s "$T/one/store/data.mdb")\\b/\"bytes\": $(
		    stat -c %s "$T/bad/store/data.mdb")/" "$T/bad/manifest.json"
}

damaged() {
	step "damaged backups"
	refused "none" "$T/nothing" 'not a backup'
	refused "a store's folder" "$T/data/store" 'not a backup'
	spoil
	printf X | dd of="$T/bad/store/data.mdb" bs=1 seek=9000 conv=notrunc \
	    2>/dev/null
	refused "an octet" "$T/bad" 'damaged'
	spoil
	truncate -s 8192 "$T/bad/store/data.mdb"
	refused "cut" "$T/bad" 'damaged'
	rehash
	refused "cut, with a manifest to it" "$T/bad" '(cut|damaged)'
	spoil
	"$builddir/tests/flow/peer" flip "$T/bad/store/data.mdb" \
	    6265666f7265 2 >/dev/null # "before"
	rehash
	refused "a flipped bit, with a manifest to it" "$T/bad" 'store: '
	for seed in 1 2 3; do
		spoil
		"$builddir/tests/flow/peer" scratch \
		    "$T/bad/store/data.mdb" "$seed" 12
		rehash
		refused "scratched $seed, with a manifest to it" "$T/bad" \
		    'restore: '
	done
	spoil
	sed -i 's/"serial": 3/"serial": 4/' "$T/bad/manifest.json"
	refused "another serial in the manifest" "$T/bad" 'serial 4'
	spoil
	sed -i 's/"format": 1/"format": 2/' "$T/bad/manifest.json"
	refused "another format" "$T/bad" 'another format'
	spoil
	head -c 100 "$T/one/manifest.json" >"$T/bad/manifest.json"
	refused "half a manifest" "$T/bad" 'not the manifest'
	spoil
	rm "$T/bad/store/data.mdb"
	refused "no store in it" "$T/bad" 'No such file'
	ctl restore
	status_is "no name" 2
	ctl restore "$T/one" --last
	status_is "two names" 2
	sound "after all that"
}

# Killed at moments spread over its life.
killed() {
	step "killed in the midst"
	n=0
	done_b=0
	done_r=0
	while [ $n -lt 12 ]; do
		n=$((n + 1))
		"$rblctl" -c "$T/rbl.conf" backup "$T/kill" >/dev/null 2>&1 &
		pid=$!
		flow_procs="$flow_procs $pid"
		sleep "0.$(printf %03d $((n * 12)))"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		if [ -d "$T/kill" ]; then
			done_b=$((done_b + 1))
			ctl restore "$T/kill"
			status_is "a backup of that name is whole" 0
			rm -rf "$T/kill"
		fi
		"$rblctl" -c "$T/rbl.conf" restore "$T/one" >/dev/null 2>&1 &
		pid=$!
		flow_procs="$flow_procs $pid"
		sleep "0.$(printf %03d $((n * 10)))"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		ctl test 45.7.7.7
		status_is "killed $n: there is a store" 0
	done
	printf '  %d backups had ended\n' "$done_b"
	ctl verify
	status_is "it is whole" 0
	ctl backup "$T/kill"
	status_is "what was left is no hindrance to a backup" 0
	ctl restore "$T/kill"
	status_is "nor to a restore" 0
	becomes "and it is served" "$listed" "7.7.7.45.$bl"
	is "rbld is the same process" "$PID_rbld" \
	    "$(ps -o pid= -p "$PID_rbld" | tr -d ' ')"
	lacks "and nothing died" 'died of signal' "$(cat "$T/rbld.log")"
}

# Writers go on all the while; what a command said was done before the backup
# is in it, and after a restore none can write into what was replaced.
writers() {
	step "while others write"
	rm -f "$T/stop"
	(
		i=0
		while [ ! -e "$T/stop" ]; do
			i=$((i + 1))
			"$rblctl" -c "$T/rbl.conf" add ip \
			    "48.$((i / 250)).$((i % 250)).1" >/dev/null 2>&1 &&
			    echo "$i" >>"$T/written"
		done
	) &
	writer=$!
	flow_procs="$flow_procs $writer"
	n=0
	while [ $n -lt 5 ]; do
		n=$((n + 1))
		sure=$(tail -n 1 "$T/written" 2>/dev/null)
		ctl backup "$T/w$n"
		status_is "backup $n" 0
	done
	: >"$T/stop"
	wait "$writer"
	all=$(wc -l <"$T/written")
	printf '  %d commits meanwhile\n' "$all"
	ctl restore "$T/w5"
	status_is "the last is restored" 0
	i=${sure:-0}
	if [ "$i" -gt 0 ]; then
		ctl test "48.$((i / 250)).$((i % 250)).1"
		status_is "what was said to be done is in it" 0
	fi
	sound "copied under writers"
}

everything() {
	step "queue and accounts as well"
	ctl restore "$T/one" --all
	status_is "not while a program has them open" 1
	has "and says who" 'open in process [0-9]' "$ERR"
	flow_stop TERM "$PID_www"
	ctl restore "$T/one" --all
	status_is "restored" 0
	has "accounts" 'accounts\.old-' "$OUT"
	sound "all of it"
	flow_start rbl-www
	http /
	is "the pages are there" 200 "$CODE"

	step "in place of a damaged store, and of none"
	serial
	before=$SERIAL
	dd if=/dev/urandom of="$T/data/store/data.mdb" bs=4096 seek=2 count=20 \
	    conv=notrunc 2>/dev/null
	ctl restore "$T/one"
	status_is "restored" 0
	becomes "served again" "$listed" "7.7.7.45.$bl"
	sound "in place of a damaged one"
	rm -rf "$T/data/store"
	ctl restore "$T/one"
	status_is "restored where there is none" 0
	has "the serial leaps" 'serial leaps' "$ERR"
	becomes "served again" "$listed" "7.7.7.45.$bl"
	until=$(($(date +%s) + flow_limit))
	serial
	while [ "$SERIAL" -lt 16777216 ] && [ "$(date +%s)" -lt "$until" ]; do
		serial
	done
	if [ "$SERIAL" -gt $((before + 16000000)) ]; then
		right "the serial went on"
	else
		wrong "the serial went on" "$before, $SERIAL"
	fi
}

full() {
	step "a full disk"
	mkdir "$T/tiny"
	if ! mount -t tmpfs -o size=256k none "$T/tiny" 2>/dev/null; then
		printf 'SKIP: no small disk can be made here\n'
		return
	fi
	ctl backup "$T/tiny/b"
	status_is "no room for a backup" 1
	is "nothing is left of it" "" "$(ls "$T/tiny")"
	umount "$T/tiny"
	# room for a store and half of another
	mount -t tmpfs -o size=3m none "$T/tiny"
	cp -a "$T/data" "$T/tiny/data" 2>/dev/null || :
	rm -rf "$T/tiny/data"/*.old-*
	head -c 4m /dev/zero >"$T/tiny/rest" 2>/dev/null
	sed "s,data-dir = .*,data-dir = \"$T/tiny/data\"," "$T/rbl.conf" \
	    >"$T/tiny.conf"
	inode=$(stat -c %i "$T/tiny/data/store/data.mdb")
	run "$rblctl" -c "$T/tiny.conf" restore "$T/one"
	status_is "no room for a restore" 1
	is "the store stays" "$inode" \
	    "$(stat -c %i "$T/tiny/data/store/data.mdb")"
	is "nothing is left of it" "" "$(ls -d "$T/tiny/data"/*.part \
	    "$T/tiny/data"/*.old-* 2>/dev/null)"
	rm "$T/tiny/rest"
	umount "$T/tiny"
}

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
prepare
one_backup
one_restore
damaged
killed
writers
everything
full
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_end
