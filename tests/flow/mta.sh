# mta.sh - what the tests with real mail servers share. A mail server hands mails
# over to rbl-ingest, and none is lost: while rbl-ingest is killed again and
# again, while the queue is locked, while its disk is full. Each mail is with the
# mail server or in our queue at every moment, in the end in our queue, and
# there at most twice.
#
# All of it is in namespaces of its own (files, processes, network), where the
# mail server is laid over the machine's folders: nothing is installed, nothing
# that runs here is touched. Needs root for that, and the mail server:
# installed, or unpacked by ./check.
#
# Sourced with $srcdir and $builddir set. The script then says
#
#   mta_outside NAME COMMAND "$@"   the same script again, inside
#   mta_inside                      $T, lib.sh, the folders laid over
#
# and defines, for the rest:
#
#   mta_send ADDRESS    hand in standard input, from a@x.test; it may wait
#   mta_theirs          how many mails the mail server has
#   mta_flush           try them all again; may return at once, but what is
#                       left running has no descriptor 9 (take_lock)

skip() {
	printf 'SKIP: %s\n' "$1"
	exit 77
}

# ---- outside ----------------------------------------------------------------

mta_outside() {
	[ "${3:-}" != inside ] || return 0
	[ "$(id -u)" -eq 0 ] || skip "needs root, for namespaces of its own"
	for tool in unshare mount ip; do
		command -v $tool >/dev/null 2>&1 || skip "no $tool"
	done
	PATH=$PATH:/usr/sbin:${PEERS:-/nonexistent}
	master=$(command -v "$2") || skip "no $1"
	case $(head -c 2 "$master") in
	'#!') peers=$(CDPATH= cd -- "$(dirname -- "$master")/../root" && pwd) ;;
	*) peers= ;;
	esac
	builddir=$(CDPATH= cd -- "$builddir" && pwd)
	srcdir=$(CDPATH= cd -- "$srcdir" && pwd)
	export builddir srcdir peers
	unshare -m -n -p -f true 2>/dev/null || skip "no namespaces here"
	exec unshare -m -n -p -f --kill-child --mount-proc \
	    sh "$srcdir/tests/flow/${0##*/}" inside
}

# ---- inside: the machine as a mail server needs it --------------------------

# Lay $peers/$1 over /$1, with changes in memory.
overlay() {
	mkdir -p "$T/ns/$1.up" "$T/ns/$1.work"
	o_lower=/$1
	[ -z "$peers" ] || [ ! -d "$peers/$1" ] || o_lower=$peers/$1:/$1
	mount -t overlay -o "lowerdir=$o_lower,upperdir=$T/ns/$1.up,workdir=$T/ns/$1.work" \
	    none "/$1" 2>"$T/err"
}
add_user() {
	grep -q "^$1:" /etc/group || printf '%s:x:%d:\n' "$1" "$2" >>/etc/group
	grep -q "^$1:" /etc/passwd ||
	    printf '%s:x:%d:%d::/nonexistent:/bin/false\n' "$1" "$2" "$2" \
		>>/etc/passwd
}

# What to do at the end besides: for the script to say.
mta_stop() { :; }

mta_leave() {
	mta_stop >/dev/null 2>&1
	umount -l /usr /etc /var "$T/data" "$T/ns" 2>/dev/null
	flow_clean
}

mta_inside() {
	. "$srcdir/tests/flow/lib.sh"
	flow_begin
	chmod 755 "$T"
	trap mta_leave EXIT
	ip link set lo up
	mount --make-rprivate /
	mkdir "$T/ns" && mount -t tmpfs -o mode=755 none "$T/ns" || exit 99
	for dir in usr etc var; do
		overlay $dir || skip "no overlay file system: $(cat "$T/err")"
	done
	add_user rbl-ingest 64103
	mkdir "$T/bin"
	cp "$ingest" "$T/bin/rbl-ingest"
	# as if it were installed
	rm -f /usr/bin/rbl-ingest
	printf '#!/bin/sh\nexec %s -c %s "$@"\n' "$T/bin/rbl-ingest" \
	    "$T/rbl.conf" >/usr/bin/rbl-ingest
	chmod 755 /usr/bin/rbl-ingest
	data=$T/data
	mkdir "$T/run" && chown rbl-ingest: "$T/run" # our socket
	cat >"$T/rbl.conf" <<-END
	data-dir = "$data"
	map-size = 64M
	list "ip" { kind = "ip" }
	list "address" { kind = "address" }
	ingest { listen = "unix:$T/run/lmtp.sock"  user = "rbl-ingest"
	         traps = {trap@pipe.test, trap@lmtp.test} }
	END
	mkdir "$data"
	mount -t tmpfs -o size=48m none "$data" || exit 99
	ctl init
	status_is "init" 0
	chown -R rbl-ingest: "$data"
	chmod -R u+rwX "$data"
}

# The example behind the words $1 in rbl-ingest(1), as it stands there but for
# the socket.
mta_example() {
	awk -v after="$1" '
		index($0, after) { on = 1 }
		on && /^\.Ed/ { exit }
		on > 1 { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print }
		on && /^\.Bd/ { on = 2 }' "$srcdir/doc/man/rbl-ingest.1" |
	    sed "s,/run/rbl/lmtp.sock,$T/run/lmtp.sock," >"$T/example"
	[ -s "$T/example" ] || wrong "no example \"$1\" in rbl-ingest(1)"
	cat "$T/example"
}

# ---- mails ------------------------------------------------------------------

sent=0
# Send $1 mails to $2, each with a subject of its own.
send() {
	s_end=$((sent + $1))
	while [ "$sent" -lt "$s_end" ]; do
		sent=$((sent + 1))
		printf 'From: a@x.test\nTo: report@%s\nSubject: mark-%d\n\nx\n' \
		    "$2" "$sent" | mta_send "report@$2" ||
		    wrong "sent $sent"
	done
}

# The marks that are in our queue, each as often as it is.
ours() {
	"$rblctl" -c "$T/rbl.conf" queue list --json 2>/dev/null |
	    grep -o '"subject": *"mark-[0-9]*"' | grep -o 'mark-[0-9]*'
}

# The server's counted first: a mail moves from there to us, never back.
nothing_lost() {
	n_theirs=$(mta_theirs)
	n_ours=$(ours | sort -u | wc -l)
	if [ $((n_theirs + n_ours)) -ge "$sent" ]; then
		right "$1: $n_theirs with them, $n_ours here"
	else
		wrong "$1: $sent sent, $n_theirs with them, $n_ours here"
	fi
}

# Wait until the mail server has none left.
all_through() {
	a_end=$(($(date +%s) + flow_limit))
	while [ "$(mta_theirs)" -gt 0 ] && [ "$(date +%s)" -lt "$a_end" ]; do
		mta_flush
		[ "$(mta_theirs)" -eq 0 ] || sleep 1
	done
	a_marks=$(ours | sort | uniq -c)
	is "$1: each is here" "$sent" "$(printf '%s\n' "$a_marks" | grep -c .)"
	is "$1: none more than twice" 0 \
	    "$(printf '%s\n' "$a_marks" | awk '$1 > 2' | grep -c .)"
}

# What the mail server says of sender and recipient arrives, by road $1.
mta_envelope() {
	step "$1: who sent it, and to whom"
	ctl submitter add ann
	ctl submitter token ann
	e_token=$(printf '%s\n' "$OUT" | tail -n 1)
	for e_to in "report+$e_token" report trap; do
		sent=$((sent + 1))
		# a sender of its own, or it would join another item
		printf 'From: from%d@x.test\nSubject: mark-%d\n\nx\n' \
		    "$sent" "$sent" |
		    mta_send "$e_to@$1.test"
		all_through "$1, to ${e_to%+*}"
		e_item=$("$rblctl" -c "$T/rbl.conf" queue list --json |
		    grep "\"mark-$sent\"" | sed 's/.*"id": *\([0-9]*\).*/\1/')
		ctl queue show "$e_item" --json
		case $e_to in
		*+*) has "$1: a secret address" '"known": *"token"' "$OUT" ;;
		trap) has "$1: a trap" '"road": *"trap"' "$OUT" ;;
		*) has "$1: a stranger" '"submitter": *"a@x.test"' "$OUT" ;;
		esac
	done
}

# ---- our server -------------------------------------------------------------

server=
# Start it, or another in place of one that was killed: what is still dying
# would still serve.
server_start() {
	if [ -n "$server" ]; then
		kill -9 "$server" 2>/dev/null
		wait "$server" 2>/dev/null
	fi
	rm -f "$T/server.said"
	mkfifo "$T/server.said"
	"$T/bin/rbl-ingest" -c "$T/rbl.conf" --lmtp >/dev/null \
	    2>"$T/server.said" &
	server=$!
	exec 8<"$T/server.said"
	timeout "$flow_limit" sed -u '/ready$/q' <&8 >"$T/server.log"
	cat <&8 >>"$T/server.log" &
	exec 8<&-
}

# kill -9 a delivery or the server, whichever runs, $1 seconds after it is
# seen. This is our own namespace of processes; a parser dies with its parent.
# Nothing is forked to look, or it would be too late.
kill_ours() {
	k_turn=0
	while [ "$k_turn" -lt 3000 ]; do
		k_turn=$((k_turn + 1))
		for k_comm in /proc/[0-9]*/comm; do
			k_name=
			{ read -r k_name <"$k_comm"; } 2>/dev/null
			[ "$k_name" = rbl-ingest ] || continue
			k_pid=${k_comm#/proc/}
			k_up= k_name=
			{ read -r _ _ _ k_up _ <"${k_comm%comm}stat"; } \
			    2>/dev/null
			{ read -r k_name <"/proc/$k_up/comm"; } 2>/dev/null
			[ "$k_name" != rbl-ingest ] || continue # a parser
			[ "$1" = 0 ] || sleep "$1"
			kill -9 "${k_pid%/comm}" 2>/dev/null || continue
			killed=$((killed + 1))
			return
		done
	done
}


# ---- the story --------------------------------------------------------------

# hold the lock of the queue until let_go
take_lock() {
	mkfifo "$T/release" 2>/dev/null
	"$builddir/tests/flow/hold" "$data" <"$T/release" >"$T/held" &
	holder=$!
	exec 9>"$T/release"
	until grep -q held "$T/held" 2>/dev/null; do sleep 0.1; done
}

let_go() {
	exec 9>&-
	wait "$holder"
}

# $1: the road, pipe or lmtp; $2: how many times something is killed
mta_story() {
	road=$1
	send 5 "$road.test"
	all_through "$road"
	mta_envelope "$road"

	step "$road: killed at many points"
	k_round=0
	killed=0
	while [ "$k_round" -lt "$2" ]; do
		k_round=$((k_round + 1))
		send 3 "$road.test"
		mta_flush
		# a little later every time
		case $k_round in
		1 | 2 | 3) kill_ours 0 ;;
		*) kill_ours "0.00$((k_round - 3))" ;;
		esac
		[ "$road" = pipe ] || server_start
	done
	is "$road: deliveries were killed" yes \
	    "$([ "$killed" -ge 1 ] && echo yes || echo "$killed")"
	nothing_lost "$road, killed"
	all_through "$road, killed"

	step "$road: the queue is locked"
	take_lock
	send 5 "$road.test"
	mta_flush
	sleep 2
	is "$road: none got past the lock" "$((sent - 5))" \
	    "$(ours | sort -u | wc -l)"
	nothing_lost "$road, locked"
	# and killed while it waits for the lock
	killed=0
	kill_ours 0
	is "$road: killed at the lock" 1 "$killed"
	nothing_lost "$road, killed at the lock"
	let_go
	[ "$road" = pipe ] || server_start
	all_through "$road, locked"

	step "$road: the disk is full"
	dd if=/dev/zero of="$data/fill" bs=4k >/dev/null 2>&1
	send 5 "$road.test"
	printf 'Subject: mark-%d\n\n' $((sent + 1)) >"$T/big"
	head -c 3000000 /dev/urandom | base64 >>"$T/big"
	sent=$((sent + 1))
	mta_send "report@$road.test" <"$T/big"
	mta_flush
	sleep 2
	nothing_lost "$road, full"
	is "$road: they keep what has no room" 1 \
	    "$([ "$(mta_theirs)" -gt 0 ] && echo 1)"
	rm -f "$data/fill"
	all_through "$road, full"
}

server_stop() {
	step "the server ends when told to"
	kill -TERM "$server"
	wait "$server"
	is "exit status" 0 $?
}
