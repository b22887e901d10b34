#!/bin/sh
# damage.sh - a store that is absent, cut, flipped, of another version, out of
# reach or plain rubbish: SERVFAIL with EDE 14 for what cannot be read, the
# rest answered, one clear message and not one a question, no process that
# dies over and over, never "listed"; and when the store is put back by a
# rename, right answers again with no restart.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test
peer=$builddir/tests/flow/peer

# What is listed: 45.7.9.0-255 one by one (one block whose bytes are easy to
# find), 46.8.0.0/16 less 46.8.1.0/24, 2a01:db::/32, one mail address.
sure="9.9.7.45.$bl"     # in the block that is damaged
other="5.5.8.46.$bl"    # in another
hole="1.1.8.46.$bl"
nowhere="1.2.3.99.$bl"
sha="$(sha1_of spammer@example.org).em.example.test"

make_store() {
	awk 'BEGIN { for (i = 0; i < 256; i++) print "45.7.9." i }' >"$T/list"
	ctl init
	ctl import ip "$T/list" --format plain --source one
	ctl add ip 46.8.0.0/16 2a01:db::/32 --reason "wide"
	ctl exempt ip 46.8.1.0/24
	ctl add address spammer@example.org
	status_is "a store is made" 0
	cp -a "$T/data/store" "$T/good"
}

# "$ANSWER" with the info code of an extended error behind it.
ask_ede() {
	ask "$@"
	e_code=$(sed -n 's/^; EDE: \([0-9]*\).*/\1/p' "$T/out")
	ANSWER="$ANSWER${e_code:+ EDE $e_code}"
}

# Ask ($4: by this road) until the answer is $2, at most $flow_limit seconds:
# rbld looks at the file once a second.
becomes() {
	b_until=$(($(date +%s) + flow_limit))
	ANSWER=
	while [ "$ANSWER" != "$2" ] && [ "$(date +%s)" -lt "$b_until" ]; do
		# whoever dies takes the question with him
		ask_ede "${4:-udp4}" "$3" A +timeout=1
		[ "$ANSWER" = "$2" ] || sleep 0.05
	done
	is "$1" "$2" "$ANSWER"
}

broken="SERVFAIL EDE 14"
healthy="NOERROR A 127.0.0.2"

# Nothing can be read: no question of ours is answered otherwise; those that
# need no store are.
all_broken() {
	becomes "$1: SERVFAIL, EDE 14" "$broken" "$sure"
	for q in "$other" "$hole" "$nowhere" "7.45.$bl" "$sha" "$bl" \
	    "2.0.0.127.$bl" "1.0.0.127.$bl"; do
		# a cut file may kill a second thread, which is a second's silence
		becomes "$1: $q" "$broken" "$q"
	done
	ask_ede udp4 "$sure" TXT
	is "$1: TXT" "$broken" "$ANSWER"
	ask_ede udp4 "www.example.net" A
	is "$1: outside our zones" "REFUSED EDE 20" "$ANSWER"
	ask tcp4 "$sure" A
	is "$1: by TCP" "SERVFAIL" "$ANSWER"
}

all_healthy() {
	for road in udp4 tcp4; do
		becomes "$1: answers again ($road)" "$healthy" "$sure" $road
		becomes "$1: another ($road)" "$healthy" "$other" $road
		becomes "$1: a hole ($road)" "NXDOMAIN +SOA" "$hole" $road
		becomes "$1: not listed ($road)" "NXDOMAIN +SOA" "$nowhere" \
		    $road
		becomes "$1: a mail address ($road)" "NOERROR A 127.0.0.3" \
		    "$sha" $road
	done
}

# Lines of rbld that match $1 since the last mark.
said() {
	tail -n "+$((marked + 1))" "$T/rbld.log" | grep -Ec -e "$1"
}

mark() {
	marked=$(wc -l <"$T/rbld.log")
}

# A good store in place of what is there, all at once.
restore() {
	rm -rf "$T/next"
	cp -a "$T/good" "$T/next"
	rm -rf "$T/bad"
	[ ! -e "$T/data/store" ] || mv "$T/data/store" "$T/bad"
	mv "$T/next" "$T/data/store"
}

# One message since the mark that matches $2, though much was asked; nothing
# died.
told_once() {
	i=0
	while [ $i -lt 20 ]; do
		i=$((i + 1))
		echo "$i.9.7.45.$bl x"
	done | "$peer" ask "$DNS4" >/dev/null
	is "$1: one message" 1 "$(said "$2")"
	is "$1: nothing died" 0 "$(said 'died of signal')"
	is "$1: rbld is the same process" "$PID_rbld" \
	    "$(ps -o pid= -p "$PID_rbld" | tr -d ' ')"
}

# ---- what can happen to a store ---------------------------------------------

absent() {
	step "there is none when rbld starts"
	flow_start rbld
	marked=0
	all_broken "no store"
	told_once "no store" 'store unreadable.*No such file'
	mark
	make_store
	all_healthy "a store made later"
	is "and it is said" 1 "$(said 'store opened')"
}

taken_away() {
	step "its folder goes away and comes back"
	mark
	mv "$T/data/store" "$T/away"
	# what is open stays open: there is nothing better to say
	ask_ede udp4 "$sure" A
	has "while it is away" "^($healthy|$broken)$" "$ANSWER"
	mv "$T/away" "$T/data/store"
	all_healthy "back again"
	is "nothing died" 0 "$(said 'died of signal')"
}

# Every place in the file $2 where the hexadecimal bytes $3 stand gets the
# byte number $4 of them changed, in place.
flip() {
	"$peer" flip "$2" "$3" "$4" >"$T/out"
	is "$1: something was flipped" 0 $?
}

flipped() {
	step "a flipped bit in one block"
	mark
	flip "a block" "$T/data/store/data.mdb" 404142434445464748494a4b4c4d4e4f 3
	# a block that was checked stays in use for a minute, whatever is
	# committed elsewhere, or until the configuration is read again
	ctl add ip 203.0.114.77 --reason "another block"
	kill -HUP "$PID_rbld"
	becomes "the block: SERVFAIL, EDE 14" "$broken" "$sure"
	ask_ede udp4 "200.9.7.45.$bl" TXT
	is "all of the block" "$broken" "$ANSWER"
	ask_ede udp4 "1.8.7.45.$bl" A
	is "what it would not list, too" "$broken" "$ANSWER"
	ask_ede udp4 "7.45.$bl" A
	is "a name above it does not vanish" "$broken" "$ANSWER"
	for q in "$other" "77.114.0.203.$bl"; do
		ask udp4 "$q" A
		is "another block answers" "$healthy" "$ANSWER"
	done
	ask udp4 "$nowhere" A
	is "where nothing is listed" "NXDOMAIN +SOA" "$ANSWER"
	ask udp4 "$sha" A
	is "another zone answers" "NOERROR A 127.0.0.3" "$ANSWER"
	ask udp4 "2.0.0.127.$bl" A
	is "the test point" "$healthy" "$ANSWER"
	i=0
	while [ $i -lt 200 ]; do
		i=$((i + 1))
		echo "$i.9.7.45.$bl x"
	done | "$peer" ask "$DNS4" >"$T/out"
	is "200 questions: nobody is told of a listing" 0 \
	    "$(grep -c '127\.0\.0' "$T/out")"
	until [ "$(said 'store damaged')" -gt 0 ] || [ $i -gt 400 ]; do
		i=$((i + 1))
		sleep 0.05 # it is told within a second, then once a minute
	done
	is "one message" 1 "$(said 'store damaged')"
	is "nothing died" 0 "$(said 'died of signal')"
	ctl verify
	status_is "rblctl verify finds it" 1
	mark
	restore
	all_healthy "restored"
	is "it is said" 1 "$(said 'store was replaced')"
}

detail_flipped() {
	step "a flipped bit in the words of an entry"
	flip "a detail" "$T/data/store/data.mdb" 77696465 1 # "wide"
	ctl add ip 203.0.114.78
	becomes "A needs no words" "$healthy" "$other"
	ask_ede udp4 "$other" TXT
	is "TXT cannot be told" "$broken" "$ANSWER"
	restore
	all_healthy "restored"
}

# The file alone replaced, as cp and rename do it, without its folder: LMDB's
# lock file then belongs to another file. While nobody has that open it does
# not matter; else it must be found out, since a writer would build upon a
# commit before the last.
file_replaced() {
	step "data.mdb alone is replaced by rename"
	mark
	ctl remove ip 46.8.0.0/16
	becomes "an entry goes" "NXDOMAIN +SOA" "$other"
	cp "$T/good/data.mdb" "$T/data/store/next.mdb"
	mv "$T/data/store/next.mdb" "$T/data/store/data.mdb"
	i=0
	STATUS=0
	while [ $i -lt 1000 ] && [ "$(said 'store was replaced')" -eq 0 ]; do
		i=$((i + 1))
		ctl add ip "203.0.114.$((i % 200))" --reason "$i"
		[ "$STATUS" -eq 0 ] && break
		has "a change is refused meanwhile" 'replaced' "$ERR"
		sleep 0.05
	done
	all_healthy "the older file"
	ctl add ip 203.0.114.230
	status_is "and it can be written" 0
	becomes "and is read" "$healthy" "230.114.0.203.$bl"
	ctl verify
	status_is "and is sound" 0
	restore
	all_healthy "restored"
}

cut_words='unreadable.*(cut|empty|not an LMDB file)|store damaged'

cut() {
	step "the file is cut while it is served"
	mark
	truncate -s 20480 "$T/data/store/data.mdb"
	# whoever touches what is gone dies of it; its successor looks first
	all_broken "cut"
	n=$(said 'died of signal')
	if [ "$n" -le 3 ]; then
		right "$n processes died of it"
	else
		wrong "no crash loop" "$n died" "$(tail -n 30 "$T/rbld.log")"
	fi
	is "one message" 1 "$(said 'store unreadable.*cut')"
	restore
	all_healthy "restored"
	for size in 0 4096 12288; do
		mark
		truncate -s "$size" "$T/data/store/data.mdb"
		becomes "cut to $size" "$broken" "$sure"
		# a thread that had not begun to read it notices its length and
		# does not die; then it is told of within a second
		i=0
		until [ "$(said "$cut_words")" -gt 0 ] || [ $i -gt 400 ]; do
			i=$((i + 1))
			sleep 0.05
		done
		n=$(said "$cut_words")
		if [ "$n" -ge 1 ] && [ "$n" -le 3 ]; then
			right "cut to $size: $n messages"
		else
			wrong "cut to $size: a message" "$n"
		fi
		n=$(said 'died of signal')
		[ "$n" -le 3 ] || wrong "cut to $size" "$n died"
		restore
		becomes "cut to $size, restored" "$healthy" "$sure"
	done
}

another_version() {
	step "another version of the format"
	mark
	flip "the version" "$T/data/store/data.mdb" \
	    666f726d61740000000001000000 10
	cp -a "$T/data/store" "$T/next" # rbld looks at it when it opens it
	mv "$T/data/store" "$T/bad.version"
	mv "$T/next" "$T/data/store"
	all_broken "version 2"
	told_once "version 2" 'store unreadable.*format 2.*format 1'
	restore
	all_healthy "restored"
	rm -rf "$T/bad.version"
}

rubbish() {
	step "rubbish in place of the file"
	for what in text zeros folder; do
		mark
		cp -a "$T/good" "$T/next"
		rm -f "$T/next/data.mdb"
		case $what in
		text) yes 'no database' | head -c 200000 >"$T/next/data.mdb" ;;
		zeros) head -c 200000 /dev/zero >"$T/next/data.mdb" ;;
		folder) mkdir "$T/next/data.mdb" ;;
		esac
		mv "$T/data/store" "$T/bad.$what"
		mv "$T/next" "$T/data/store"
		all_broken "$what"
		told_once "$what" 'store unreadable'
		restore
		all_healthy "$what, restored"
		rm -rf "$T/bad.$what"
	done
}

# Pages of LMDB itself: no checksum tells, so what happens is open; but the
# program stays, restarts at most once a second, and comes back.
pages() {
	step "pages overwritten at random"
	for seed in 1 2 3; do
		mark
		began=$(date +%s)
		"$peer" scratch "$T/data/store/data.mdb" "$seed" 12
		i=0
		while [ $i -lt 20 ]; do
			i=$((i + 1))
			ask udp4 "$nowhere" A +timeout=1
			lacks "never listed because of damage" 'A 127' \
			    "$ANSWER"
			ask udp4 "$i.9.7.45.$bl" A +timeout=1
		done
		took=$(($(date +%s) - began + 1))
		n=$(said 'died of signal')
		if [ "$n" -le $((took + 1)) ]; then
			right "$n deaths in $took s"
		else
			wrong "at most one death a second" "$n in $took s"
		fi
		restore
		becomes "damage $seed, restored" "$healthy" "$sure"
		ask udp4 "$other" A
		is "damage $seed, restored" "$healthy" "$ANSWER"
	done
}

# Its folder may not be entered. Root may enter anything, so rbld becomes
# somebody else first.
unreadable() {
	step "a store that may not be read"
	flow_stop TERM "$PID_rbld"
	is "rbld ends on SIGTERM" 0 "$STATUS"
	if [ "$(id -u)" -eq 0 ]; then
		sed 's/^dns .*listen/dns { user = "nobody" listen/' \
		    "$T/rbl.conf" >"$T/rbl.conf.new"
		mv "$T/rbl.conf.new" "$T/rbl.conf"
		chmod 755 "$T"
		chown -R nobody "$T/data"
	fi
	chmod 000 "$T/data/store"
	flow_start rbld
	marked=0
	all_broken "out of reach"
	told_once "out of reach" 'store unreadable.*Permission denied'
	chmod 2770 "$T/data/store"
	all_healthy "within reach again"
}

# A sanitizer would make an exit of what is to be a death.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_sigbus=0:handle_segv=0
export ASAN_OPTIONS
flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
absent
taken_away
flipped
detail_flipped
file_replaced
another_version
rubbish
cut
pages
unreadable
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_end
