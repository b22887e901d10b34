#!/bin/sh
# kill.sh - kill -9 at every program: what was said to be done is still there
# after a new start, what was not done is not there in part.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/tale.sh"

bl=bl.example.test

# Kill both servers at once, as a power cut would, and start them again.
all_at_once() {
	step "both servers are killed right after a decision"
	kill -9 "$PID_rbld" "$PID_www"
	wait "$PID_rbld" "$PID_www" 2>/dev/null
	flow_start rbld
	flow_start rbl-www
	dns_is "the listing is still there" "NOERROR A 127.0.0.2" \
	    "$tale_name" A
	dns_is "the address is, too" "NOERROR A 127.0.0.3" "$tale_sha1" A
	http /queue
	is "the moderator is still logged in" 200 "$CODE"
	http "/queue/$tale_item"
	has "the item is still settled" 'Listed .*by anna' "$(page_text)"
	ctl verify
	status_is "the store is sound" 0
}

# rbld keeps itself alive: a killed worker process is replaced, and whoever
# kills the parent leaves no orphan that answers from an old store.
workers() {
	step "the answering process alone is killed"
	child=$(flow_children "$PID_rbld")
	if [ -z "$child" ]; then
		right "rbld is one process"
		return
	fi
	kill -9 $child
	until=$(($(date +%s) + flow_limit))
	ANSWER=
	while [ "$ANSWER" != "NOERROR A 127.0.0.2" ] &&
	    [ "$(date +%s)" -lt "$until" ]; do
		ask tcp4 "$tale_name" A
	done
	dns_is "another answers" "NOERROR A 127.0.0.2" "$tale_name" A
	has "by another process" '[0-9]' "$(flow_children "$PID_rbld")"

	step "the parent is killed: its child ends with it"
	child=$(flow_children "$PID_rbld")
	kill -9 "$PID_rbld"
	wait "$PID_rbld" 2>/dev/null
	for pid in $child; do
		timeout "$flow_limit" tail --pid="$pid" -f /dev/null
		is "process $pid ended" 0 $?
	done
	flow_start rbld
	dns_is "a new start answers" "NOERROR A 127.0.0.2" "$tale_name" A
}

flow_children() {
	for stat in /proc/[0-9]*/stat; do
		sed -n "s/^\([0-9]*\) (.*) [A-Z] $1 .*/\1/p" "$stat" \
		    2>/dev/null
	done | tr '\n' ' '
}

# kill -9 process $2 after $1 turns of this loop: moments spread from "just
# begun" to "long done", on any machine.
kill_after() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
	done
	kill -9 "$2" 2>/dev/null
}

# Kill rbl-ingest at different moments. Said 0: it is in the queue. Killed:
# it is there whole or not at all, and the next one is taken.
mails() {
	step "rbl-ingest is killed at any moment"
	n=0
	taken=0
	killed=0
	: >"$T/taken"
	while [ $n -lt 20 ]; do
		n=$((n + 1))
		spam_forwarded "203.0.130.$n" mail.bulk.example \
		    "nr$n@bulk.example" "20$n" >"$T/mail.$n"
		"$ingest" -c "$T/rbl.conf" --submitter a@submitter.example.org \
		    <"$T/mail.$n" 2>>"$T/ingest.log" &
		pid=$!
		kill_after $((n * n * 40)) "$pid"
		if wait "$pid" 2>/dev/null; then
			taken=$((taken + 1))
			echo "$n" >>"$T/taken"
		else
			killed=$((killed + 1))
		fi
	done
	printf '  %d killed, %d had ended\n' "$killed" "$taken"
	[ "$killed" -gt 0 ] || wrong "some were killed" "$killed"
	ctl queue list --json
	queued=$OUT
	for n in $(cat "$T/taken"); do
		has "the mail $n that was taken is there" \
		    "203\.0\.130\.$n\"" "$queued"
	done
	ctl verify
	status_is "the queue is sound" 0
	n=0
	while [ $n -lt 20 ]; do # a mail server tries again
		n=$((n + 1))
		"$ingest" -c "$T/rbl.conf" --submitter a@submitter.example.org \
		    <"$T/mail.$n" 2>>"$T/ingest.log" ||
		    wrong "tried again, mail $n is taken" "exit $?"
	done
	ctl queue list --json
	is "and each is there once" 20 \
	    "$(printf '%s\n' "$OUT" | grep -c '203\.0\.130\.')"
}

# Kill an import: all or nothing.
imports() {
	step "rblctl import is killed at any moment: all or nothing"
	awk 'BEGIN { for (i = 0; i < 40000; i++)
		printf "203.%d.%d.%d\n", 140 + int(i / 65536),
		    int(i / 256) % 256, i % 256 }' >"$T/many"
	killed=0
	for turns in 100 4000 16000 40000 90000 200000; do
		"$rblctl" -c "$T/rbl.conf" import ip "$T/many" \
		    --format plain --source many >"$T/import.out" 2>&1 &
		pid=$!
		kill_after $turns "$pid"
		wait "$pid" 2>/dev/null || killed=$((killed + 1))
		ask udp4 "0.0.140.203.$bl" A
		first=$ANSWER
		ask udp4 "63.156.140.203.$bl" A
		is "first and last agree" "$first" "$ANSWER"
		ctl verify
		status_is "the store is sound" 0
		if [ "$ANSWER" = "NOERROR A 127.0.0.2" ]; then
			ctl history --json
			ctl undo "$(printf '%s\n' "$OUT" | sed -n \
			    '$s/.*"serial": *\([0-9]*\).*/\1/p')"
			status_is "all of it is undone" 0
		fi
	done
	printf '  %d killed, %d had ended\n' "$killed" $((6 - killed))
	[ "$killed" -gt 0 ] || wrong "some were killed" "$killed"
	ctl import ip "$T/many" --format plain --source many
	status_is "the whole of it" 0
	dns_is "is there" "NOERROR A 127.0.0.2" "63.156.140.203.$bl" A
}

# Kill "rblctl $@", which takes back all or nothing of net 203.$2.0.0/16: as
# often as it takes for some to be killed and one to end. What it has done, if
# it has, is taken back by undo.
taken_back() {
	t_net=$1
	t_what=$2
	shift 2
	killed=0
	for turns in 100 6000 25000 80000 200000; do
		before=$("$rblctl" -c "$T/rbl.conf" list ip "203.$t_net." |
		    wc -l)
		"$rblctl" -c "$T/rbl.conf" "$@" >"$T/back.out" 2>&1 &
		pid=$!
		kill_after $turns "$pid"
		wait "$pid" 2>/dev/null || killed=$((killed + 1))
		after=$("$rblctl" -c "$T/rbl.conf" list ip "203.$t_net." |
		    wc -l)
		case $after in
		"$before") right "$t_what: nothing was done" ;;
		0)
			right "$t_what: all was done"
			ctl history --json
			ctl undo "$(printf '%s\n' "$OUT" | sed -n \
			    '$s/.*"serial": *\([0-9]*\).*/\1/p')"
			status_is "all of it is undone" 0
			;;
		*) wrong "$t_what: $after of $before are left" ;;
		esac
		ctl verify
		status_is "the store is sound" 0
	done
	printf '  %d killed, %d had ended\n' "$killed" $((5 - killed))
	[ "$killed" -gt 0 ] || wrong "some were killed" "$killed"
}

upkeep() {
	step "purge, undo and sweep are killed at any moment: all or nothing"
	taken_back 140 purge purge --source many
	ctl import ip "$T/many" --format plain --source many --force
	awk -v until="$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)" 'BEGIN {
		for (i = 0; i < 40000; i++)
			printf "{\"key\":\"203.141.%d.%d\",\"until\":\"%s\"}\n",
			    int(i / 256), i % 256, until }' >"$T/ending"
	ctl import ip "$T/ending" --format jsonl --source ending
	status_is "40,000 that end" 0
	imported=$(printf '%s\n' "$OUT" | sed -n 's/^serial //p')
	taken_back 141 undo undo "$imported"
	until=$(($(date +%s) + flow_limit))
	while "$rblctl" -c "$T/rbl.conf" test 203.141.0.1 >/dev/null 2>&1 &&
	    [ "$(date +%s)" -lt "$until" ]; do
		:
	done
	taken_back 141 sweep sweep --force
	ctl sweep --force
	status_is "and then swept" 0
	ctl list ip 203.141.
	is "none is left" "" "$OUT"
}

flow_begin
listen='"127.0.0.1@0"'
if flow_has_ipv6; then
	listen="$listen, \"::1@0\""
fi
flow_config "$listen" '"127.0.0.1@0"' </dev/null
tale_start
tale_forward
tale_before
tale_login
tale_approve
tale_address
all_at_once
workers
mails
imports
upkeep
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_stop TERM "$PID_www"
is "rbl-www ends on SIGTERM" 0 "$STATUS"
flow_end
