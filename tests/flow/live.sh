#!/bin/sh
# live.sh - the list changes while it is asked: single entries, an import of
# 100,000, its undo, expiries, configurations read over and over. No answer is
# lost, none is wrong, and whatever a command said was done is in the first
# answer after it. Then the serving process is killed, again and again: the
# sockets stay, questions wait in them, another serves within a second or so.
# Times are reported, not judged.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test
load=$builddir/tests/flow/load

# Without the right to large socket buffers a burst of 5,000 a second does not
# survive that a busy machine lets nobody work for a tenth of a second.
rate=1000
[ "$(id -u)" -ne 0 ] || rate=5000
rate=${LIVE_RATE:-$rate}

load_start() {
	rm -f "$T/load.pipe"
	mkfifo "$T/load.pipe"
	"$load" "$DNS4" "$rate" "$1" >"$T/load.pipe" 2>&1 &
	load_pid=$!
	flow_procs="$flow_procs $load_pid"
	exec 5<"$T/load.pipe"
	timeout "$flow_limit" sed -u '/^ready$/q' <&5 >"$T/load.first"
	cat <&5 >"$T/load.rest" &
	load_cat=$!
	exec 5<&-
	grep -q ready "$T/load.first" || wrong "questions are answered"
}

# How it went: $OUT, $STATUS.
load_stop() {
	kill -TERM "$load_pid"
	wait "$load_pid"
	STATUS=$?
	wait "$load_cat"
	OUT=$(cat "$T/load.rest")
	printf '%s\n' "$OUT" | sed 's/^/  /'
}

# The very next answer by both roads.
at_once() {
	for road in udp4 tcp4; do
		ask "$road" "$3" A
		is "$1 ($road)" "$2" "$ANSWER"
	done
}

names() {
	awk -v bl="$bl" 'BEGIN {
		for (i = 0; i < 250; i++) {
			print i ".7.7.45." bl, "127.0.0.2"
			print i ".9.7.45." bl, "NX"
			print i ".3.2.99." bl, "NX"
			print i ".0.88.46." bl, "NX/127.0.0.2"
			print i ".144.88.46." bl, "NX/127.0.0.2"
			print "1.0." i ".47." bl, "NX/127.0.0.2"
		}
		print "45." bl, "NODATA"
		print "46." bl, "NX/NODATA"
		print "88.46." bl, "NX/NODATA"
	}'
}

singles() {
	step "single entries come and go"
	i=0
	while [ $i -lt 15 ]; do
		i=$((i + 1))
		ctl add ip "47.$i.0.1"
		status_is "add" 0
		at_once "listed at once" "NOERROR A 127.0.0.2" "1.0.$i.47.$bl"
		at_once "above it" "NOERROR +SOA" "$i.47.$bl"
		ctl remove ip "47.$i.0.1"
		status_is "remove" 0
		at_once "gone at once" "NXDOMAIN +SOA" "1.0.$i.47.$bl"
		at_once "nothing above it" "NXDOMAIN +SOA" "$i.47.$bl"
	done
}

bulk() {
	step "100,000 entries come and go"
	awk 'BEGIN { for (i = 0; i < 100000; i++)
		printf "46.88.%d.%d\n", i / 256 % 256, i % 256
	}' | sort -u >"$T/many"
	# 65,536 addresses of one /16 and the rest of the next
	awk 'BEGIN { for (i = 65536; i < 100000; i++)
		printf "46.89.%d.%d\n", i / 256 % 256, i % 256 }' >>"$T/many"
	ctl import ip "$T/many" --format plain --source many
	status_is "import" 0
	at_once "the first" "NOERROR A 127.0.0.2" "0.0.88.46.$bl"
	at_once "the last" "NOERROR A 127.0.0.2" "159.134.89.46.$bl"
	at_once "above them" "NOERROR +SOA" "46.$bl"
	ctl history --json
	ctl undo "$(printf '%s\n' "$OUT" | sed -n \
	    '$s/.*"serial": *\([0-9]*\).*/\1/p')"
	status_is "undo" 0
	at_once "the first is gone" "NXDOMAIN +SOA" "0.0.88.46.$bl"
	at_once "the last, too" "NXDOMAIN +SOA" "159.134.89.46.$bl"
	at_once "and what was above them" "NXDOMAIN +SOA" "46.$bl"
}

expiry() {
	step "an entry expires by itself, and is swept away"
	ctl add ip 47.99.0.1 --until 2s
	at_once "listed" "NOERROR A 127.0.0.2" "1.0.99.47.$bl"
	until=$(($(date +%s) + flow_limit))
	while [ "$ANSWER" != "NXDOMAIN +SOA" ] &&
	    [ "$(date +%s)" -lt "$until" ]; do
		ask udp4 "1.0.99.47.$bl" A
	done
	at_once "not listed" "NXDOMAIN +SOA" "1.0.99.47.$bl"
	ctl sweep
	if [ "$STATUS" -ne 2 ]; then # 2: there is no such command
		at_once "nor after the sweep" "NXDOMAIN +SOA" \
		    "1.0.99.47.$bl"
	fi
}

# Signals that come together may be one to the program.
hangups() {
	step "the configuration is read over and over"
	cp "$T/rbl.conf" "$T/rbl.conf.one"
	sed 's/ttl          = 15m/ttl          = 14m/' "$T/rbl.conf.one" \
	    >"$T/rbl.conf.two"
	i=0
	while [ $i -lt 60 ]; do
		i=$((i + 1))
		case $((i % 3)) in
		0) cp "$T/rbl.conf.one" "$T/rbl.conf.next" ;;
		1) cp "$T/rbl.conf.two" "$T/rbl.conf.next" ;;
		2) echo 'zone "' >"$T/rbl.conf.next" ;; # kept as it was
		esac
		mv "$T/rbl.conf.next" "$T/rbl.conf"
		kill -HUP "$PID_rbld"
		[ $((i % 10)) -ne 0 ] ||
		    at_once "in the midst of it" "NOERROR A 127.0.0.2" \
			"7.7.7.45.$bl"
	done
	cp "$T/rbl.conf.two" "$T/rbl.conf"
	kill -HUP "$PID_rbld"
	until=$(($(date +%s) + flow_limit))
	ttl=
	while [ "$ttl" != 840 ] && [ "$(date +%s)" -lt "$until" ]; do
		ask udp4 "7.7.7.45.$bl" A
		ttl=$(awk '/^[^;]/ { print $2; exit }' "$T/out")
	done
	is "the last one counts" 840 "$ttl"
	has "it was read" 'configuration read' "$(cat "$T/rbld.log")"
}

serving() {
	for stat in /proc/[0-9]*/stat; do
		sed -n "s/^\([0-9]*\) (.*) [A-Z] $PID_rbld .*/\1/p" "$stat" \
		    2>/dev/null
	done
}

# Kill what serves $1 times, as soon as it is there.
kill_serving() {
	k_n=0
	while [ $k_n -lt "$1" ]; do
		child=$(serving)
		[ -n "$child" ] && kill -9 $child 2>/dev/null &&
		    k_n=$((k_n + 1))
		# its successor has a number of its own
		while [ "$(serving)" = "$child" ]; do :; done
	done
}

killed() {
	step "the serving process is killed, five times, under load"
	rate=200 # what comes in a second must have room in the sockets
	load_start "$T/names"
	ready=$(grep -c 'rbld: ready' "$T/rbld.log")
	began=$(date +%s)
	kill_serving 5
	until=$(($(date +%s) + flow_limit))
	ANSWER=
	while [ "$ANSWER" != "NOERROR A 127.0.0.2" ] &&
	    [ "$(date +%s)" -lt "$until" ]; do
		ask udp4 "7.7.7.45.$bl" A +timeout=1
	done
	at_once "another serves" "NOERROR A 127.0.0.2" "7.7.7.45.$bl"
	load_stop
	has "nobody was told wrong" ', 0 wrong' "$OUT"
	# what the dying one had in hand is lost, no more
	lost=$(printf '%s\n' "$OUT" | sed -n 's/.* \([0-9]*\) lost.*/\1/p')
	if [ "${lost:-9999}" -le 160 ]; then
		right "$lost lost"
	else
		wrong "what waited was answered" "$lost lost"
	fi
	took=$(($(date +%s) - began))
	printf '  %d s\n' "$took"
	if [ "$took" -ge 3 ]; then
		right "started at most once a second"
	else
		wrong "started at most once a second" "5 times in $took s"
	fi
	is "each death is told" 5 \
	    "$(grep -c 'serving process died of signal 9' "$T/rbld.log")"
	is "\"ready\" was said once" "$ready" \
	    "$(grep -c 'rbld: ready' "$T/rbld.log")"
	lacks "the store is not to blame" 'left alone' "$(cat "$T/rbld.log")"
	ctl add ip 47.98.0.1
	at_once "changes are seen by it" "NOERROR A 127.0.0.2" \
	    "1.0.98.47.$bl"
}

# What came while nobody served waits in the sockets: questions sent between
# a death and the next start are answered all the same.
queued() {
	step "questions wait while nobody serves"
	child=$(serving)
	kill -STOP $child # holds the sockets, reads nothing
	i=0
	while [ $i -lt 200 ]; do
		i=$((i + 1))
		echo "7.$((i % 5)).7.45.$bl 127.0.0.2"
	done >"$T/queue"
	"$builddir/tests/flow/peer" ask "$DNS4" <"$T/queue" >"$T/out" &
	asker=$!
	flow_procs="$flow_procs $asker"
	kill -9 $child
	wait "$asker"
	STATUS=$?
	OUT=$(cat "$T/out")
	ERR=
	status_is "all are answered" 0
	has "none had to be asked twice" ', 0 wrong \(0 asked again\)' "$OUT"
}

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
ctl init
ctl add ip 45.7.0.0/16
ctl exempt ip 45.7.9.0/24
names >"$T/names"
flow_start rbld
step "$rate questions a second"
load_start "$T/names"
singles
bulk
expiry
hangups
load_stop
status_is "none lost, none wrong" 0
lacks "nothing died" 'died of signal' "$(cat "$T/rbld.log")"
killed
queued
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_end
