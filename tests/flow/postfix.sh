#!/bin/sh
# postfix.sh - a real Postfix hands mail over, by pipe and by LMTP, and none is
# lost: while rbl-ingest is killed again and again, while the queue is locked,
# while its disk is full. Each mail is with Postfix or in our queue at every
# moment, in the end in our queue, and there at most twice.
#
# All of it is in namespaces of its own (files, processes, network), where
# Postfix is laid over the machine's folders: nothing is installed, nothing
# that runs here is touched. Needs root for that, and Postfix: installed, or
# unpacked by ./check.
set -u
: "${srcdir:=.}" "${builddir:=.}"

skip() {
	printf 'SKIP: %s\n' "$1"
	exit 77
}

# ---- outside ----------------------------------------------------------------

if [ "${1:-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] || skip "needs root, for namespaces of its own"
	for tool in unshare mount ip; do
		command -v $tool >/dev/null 2>&1 || skip "no $tool"
	done
	PATH=$PATH:/usr/sbin:${PEERS:-/nonexistent}
	master=$(command -v postconf) || skip "no Postfix"
	case $(head -c 2 "$master") in
	'#!') peers=$(CDPATH= cd -- "$(dirname -- "$master")/../root" && pwd) ;;
	*) peers= ;;
	esac
	builddir=$(CDPATH= cd -- "$builddir" && pwd)
	srcdir=$(CDPATH= cd -- "$srcdir" && pwd)
	export builddir srcdir peers
	unshare -m -n -p -f true 2>/dev/null || skip "no namespaces here"
	exec unshare -m -n -p -f --kill-child --mount-proc \
	    sh "$srcdir/tests/flow/postfix.sh" inside
fi

# ---- inside: the machine as Postfix needs it --------------------------------

. "$srcdir/tests/flow/lib.sh"
flow_begin
chmod 755 "$T"
leave() {
	postfix stop >/dev/null 2>&1
	umount -l /usr /etc /var "$T/data" "$T/ns" 2>/dev/null
	flow_clean
}
trap leave EXIT
ip link set lo up
mount --make-rprivate /
mkdir "$T/ns" && mount -t tmpfs -o mode=755 none "$T/ns" || exit 99

# Lay $peers/$1 over /$1, with changes in memory.
overlay() {
	mkdir -p "$T/ns/$1.up" "$T/ns/$1.work"
	o_lower=/$1
	[ -z "$peers" ] || [ ! -d "$peers/$1" ] || o_lower=$peers/$1:/$1
	mount -t overlay -o "lowerdir=$o_lower,upperdir=$T/ns/$1.up,workdir=$T/ns/$1.work" \
	    none "/$1" 2>"$T/err"
}
for dir in usr etc var; do
	overlay $dir || skip "no overlay file system: $(cat "$T/err")"
done
add_user() {
	grep -q "^$1:" /etc/group || printf '%s:x:%d:\n' "$1" "$2" >>/etc/group
	grep -q "^$1:" /etc/passwd ||
	    printf '%s:x:%d:%d::/nonexistent:/bin/false\n' "$1" "$2" "$2" \
		>>/etc/passwd
}
add_user postfix 64101
add_user rbl-ingest 64103
grep -q '^postdrop:' /etc/group || echo 'postdrop:x:64102:' >>/etc/group
sed -i 's/^\(rbl-ingest:x:[0-9]*:\).*/\1postfix/' /etc/group

mkdir "$T/bin"
cp "$ingest" "$T/bin/rbl-ingest"
data=$T/data
mkdir "$T/run" && chown rbl-ingest: "$T/run" # our socket
cat >"$T/rbl.conf" <<END
data-dir = "$data"
map-size = 64M
list "ip" { kind = "ip" }
list "address" { kind = "address" }
ingest { listen = "unix:$T/run/lmtp.sock"  user = "rbl-ingest" }
END

postfix_start() {
	for map in main.cf master.cf; do
		rm -f /etc/postfix/$map
	done
	cat >/etc/postfix/main.cf <<END
compatibility_level = 3.6
mail_owner = postfix
setgid_group = postdrop
queue_directory = /var/spool/postfix
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
data_directory = /var/lib/postfix
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
maillog_file = /var/log/postfix.log
myhostname = mx.example.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = error:nowhere to go
transport_maps = inline:{pipe.test=road-pipe:, lmtp.test=road-lmtp:unix:$T/run/lmtp.sock}
alias_maps =
alias_database =
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
road-pipe_destination_recipient_limit = 1
lmtp_data_done_timeout = 60s
biff = no
END
	cat >/etc/postfix/master.cf <<END
pickup    unix  n - n 1 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
error     unix  - - n - - error
retry     unix  - - n - - error
showq     unix  n - n - - showq
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
road-lmtp unix  - - n - 8 lmtp
road-pipe unix  - n n - 8 pipe
  flags=Rq user=rbl-ingest argv=$T/bin/rbl-ingest -c $T/rbl.conf
  --submitter \${sender} --recipient \${original_recipient}
END
	mkdir -p /var/spool/postfix /var/lib/postfix
	chown postfix /var/lib/postfix
	postfix set-permissions >/dev/null 2>&1
	postfix start >"$T/out" 2>&1 || {
		cat "$T/out"
		return 1
	}
}

# ---- mails ------------------------------------------------------------------

sent=0
# Send $1 mails to $2, each with a subject of its own.
send() {
	s_end=$((sent + $1))
	while [ "$sent" -lt "$s_end" ]; do
		sent=$((sent + 1))
		printf 'From: a@x.test\nTo: report@%s\nSubject: mark-%d\n\nx\n' \
		    "$2" "$sent" | sendmail -f a@x.test "report@$2" ||
		    wrong "sendmail $sent"
	done
}

# The marks that are in our queue, each as often as it is.
ours() {
	"$rblctl" -c "$T/rbl.conf" queue list --json 2>/dev/null |
	    grep -o '"subject": *"mark-[0-9]*"' | grep -o 'mark-[0-9]*'
}

theirs() {
	find /var/spool/postfix/maildrop /var/spool/postfix/incoming \
	    /var/spool/postfix/active /var/spool/postfix/deferred \
	    -type f 2>/dev/null | wc -l
}

# Postfix counted first: a mail moves from there to us, never back.
nothing_lost() {
	n_theirs=$(theirs)
	n_ours=$(ours | sort -u | wc -l)
	if [ $((n_theirs + n_ours)) -ge "$sent" ]; then
		right "$1: $n_theirs with Postfix, $n_ours here"
	else
		wrong "$1: $sent sent, $n_theirs with Postfix, $n_ours here"
	fi
}

# Wait until Postfix has none left.
all_through() {
	a_end=$(($(date +%s) + flow_limit))
	while [ "$(theirs)" -gt 0 ] && [ "$(date +%s)" -lt "$a_end" ]; do
		postqueue -f
		sleep 1
	done
	a_marks=$(ours | sort | uniq -c)
	is "$1: each is here" "$sent" "$(printf '%s\n' "$a_marks" | grep -c .)"
	is "$1: none more than twice" 0 \
	    "$(printf '%s\n' "$a_marks" | awk '$1 > 2' | grep -c .)"
}

# ---- our server -------------------------------------------------------------

server_start() {
	mkfifo "$T/server.said" 2>/dev/null
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

data_fresh() {
	ctl init
	status_is "init" 0
	chown -R rbl-ingest: "$data"
	chmod -R u+rwX "$data"
}

story() {
	road=$1
	send 5 "$road.test"
	all_through "$road"

	step "$road: killed at many points"
	k_round=0
	killed=0
	while [ "$k_round" -lt 12 ]; do
		k_round=$((k_round + 1))
		send 3 "$road.test"
		postqueue -f
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
	mkfifo "$T/release" 2>/dev/null
	"$builddir/tests/flow/hold" "$data" <"$T/release" >"$T/held" &
	holder=$!
	exec 9>"$T/release"
	until grep -q held "$T/held"; do sleep 0.1; done
	send 5 "$road.test"
	postqueue -f
	sleep 2
	is "$road: none got past the lock" "$((sent - 5))" \
	    "$(ours | sort -u | wc -l)"
	nothing_lost "$road, locked"
	exec 9>&-
	wait "$holder"
	all_through "$road, locked"

	step "$road: the disk is full"
	dd if=/dev/zero of="$data/fill" bs=4k >/dev/null 2>&1
	send 5 "$road.test"
	printf 'Subject: mark-%d\n\n' $((sent + 1)) >"$T/big"
	head -c 3000000 /dev/urandom | base64 >>"$T/big"
	sent=$((sent + 1))
	sendmail -f a@x.test "report@$road.test" <"$T/big"
	postqueue -f
	sleep 2
	nothing_lost "$road, full"
	is "$road: Postfix keeps what has no room" 1 \
	    "$([ "$(theirs)" -gt 0 ] && echo 1)"
	rm -f "$data/fill"
	all_through "$road, full"
}

mkdir "$data"
mount -t tmpfs -o size=48m none "$data" || exit 99
data_fresh
postfix_start || {
	wrong "Postfix does not start"
	flow_end
}
step "by pipe"
story pipe
step "by LMTP"
server_start
story lmtp

step "the server ends when told to"
kill -TERM "$server"
wait "$server"
is "exit status" 0 $?
grep -q 'status=bounced' /var/log/postfix.log &&
    wrong "something was bounced: $(grep -m 1 bounced /var/log/postfix.log)"
postfix stop >/dev/null 2>&1
flow_end
