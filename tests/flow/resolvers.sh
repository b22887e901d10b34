#!/bin/sh
# resolvers.sh - strict resolvers find everything that is listed, and nothing
# else.
#
# Random prefixes, holes and addresses are listed; then unbound (strict QNAME
# minimisation, harden-below-nxdomain) and BIND (qname-minimization strict)
# resolve the first and last address of each entry, their neighbours, and all
# spellings of each mail address, from a cold cache: 8020-3. A relay between
# them and rbld sees what they really ask: 9156-2. Nothing leaves this
# machine: both know our zones by configuration, and no root servers.
#
#   tests/flow/resolvers.sh [SEED]
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test
peer=$builddir/tests/flow/peer
seed=${1:-$(date +%s)}
count=${RESOLVERS_COUNT:-300}

data() {
	step "random entries, seed $seed"
	"$peer" data "$seed" "$count" "$T" || exit 99
	ctl init
	ctl import ip "$T/list.ip" --format plain --source random
	status_is "prefixes and addresses" 0
	ctl import address "$T/list.address" --format plain --source random
	status_is "mail addresses" 0
	xargs "$rblctl" -c "$T/rbl.conf" exempt ip <"$T/holes" \
	    >"$T/out" 2>"$T/err"
	is "holes" 0 $?
	printf '  %d entries, %d holes, %d mail addresses\n' \
	    "$(wc -l <"$T/list.ip")" "$(wc -l <"$T/holes")" \
	    "$(wc -l <"$T/list.address")"
}

# ---- resolvers --------------------------------------------------------------

# Read what "$@" says until a line matches $1, at most $flow_limit seconds; the
# rest is thrown away. Status 1: it said something else and ended. $PID.
started() {
	s_ready=$1
	shift
	rm -f "$T/pipe"
	mkfifo "$T/pipe"
	"$@" >"$T/pipe" 2>&1 </dev/null &
	PID=$!
	flow_procs="$flow_procs $PID"
	exec 7<"$T/pipe"
	timeout "$flow_limit" sed -u "/$s_ready/q" <&7 >"$T/said"
	cat <&7 >>"$T/said.more" &
	exec 7<&-
	grep -q "$s_ready" "$T/said"
}

unbound_start() {
	mkdir -p "$T/unbound"
	cat >"$T/unbound/unbound.conf" <<-END
	server:
	    directory: "$T/unbound"
	    chroot: ""
	    username: ""
	    pidfile: ""
	    use-syslog: no
	    logfile: ""
	    verbosity: 1
	    do-daemonize: no
	    interface: 127.0.0.1
	    port: $RESOLVER
	    do-ip6: no
	    num-threads: 1
	    module-config: "iterator"
	    do-not-query-localhost: no
	    qname-minimisation: yes
	    qname-minimisation-strict: yes
	    harden-below-nxdomain: yes
	    root-hints: "$T/unbound/hints"
	    local-zone: "test." nodefault
	    cache-max-negative-ttl: 3600
	remote-control:
	    control-enable: no
	stub-zone:
	    name: "$bl"
	    stub-addr: 127.0.0.1@$RELAY
	stub-zone:
	    name: "em.example.test"
	    stub-addr: 127.0.0.1@$RELAY
	END
	printf '. 3600 IN NS nowhere.invalid.\nnowhere.invalid. 3600 IN A 127.0.0.1\n' \
	    >"$T/unbound/hints"
	started 'start of service' unbound -d -c "$T/unbound/unbound.conf"
}

# Its "port" is also the port that it asks at.
named_start() {
	mkdir -p "$T/named"
	cat >"$T/named/named.conf" <<-END
	options {
	    directory "$T/named";
	    port $RELAY;
	    listen-on port $RESOLVER { 127.0.0.1; };
	    listen-on-v6 { none; };
	    pid-file none;
	    session-keyfile none;
	    recursion yes;
	    allow-query { 127.0.0.1; };
	    dnssec-validation no;
	    qname-minimization strict;
	    empty-zones-enable no;
	    notify no;
	};
	controls { };
	zone "." { type hint; file "hints"; };
	zone "$bl" {
	    type static-stub;
	    server-addresses { 127.0.0.1; };
	};
	zone "em.example.test" {
	    type static-stub;
	    server-addresses { 127.0.0.1; };
	};
	END
	printf '. 3600 IN NS nowhere.invalid.\nnowhere.invalid. 3600 IN A 127.0.0.1\n' \
	    >"$T/named/hints"
	started ' running$' named -g -n 1 -c "$T/named/named.conf"
}

# A resolver $1 with nothing in its cache, and a new relay's log in $T/seen.
resolver_start() {
	rm -f "$T/pipe.relay"
	mkfifo "$T/pipe.relay"
	"$peer" relay "$DNS4" >"$T/pipe.relay" &
	relay=$!
	flow_procs="$flow_procs $relay"
	exec 6<"$T/pipe.relay"
	RELAY=$(timeout "$flow_limit" sed -u 1q <&6)
	cat <&6 >"$T/seen" &
	seen=$!
	exec 6<&-
	tries=0
	while [ $tries -lt 5 ]; do # another may have taken the port
		tries=$((tries + 1))
		RESOLVER=$("$peer" ports 1)
		if "$1_start"; then
			resolver=$PID
			return 0
		fi
		wait "$PID" 2>/dev/null
	done
	wrong "$1 starts" "$(tail -n 5 "$T/said")"
	return 1
}

resolver_stop() {
	flow_stop TERM "$resolver"
	kill "$relay"
	wait "$relay" "$seen" 2>/dev/null
}

# The file $2 of questions is resolved by $1 from a cold cache.
resolves() {
	resolver_start "$1" || return
	OUT=$("$peer" ask "$RESOLVER" <"$T/$2")
	is "$1: $3" 0 $?
	printf '%s\n' "$OUT" | tail -n 1 | sed 's/^/  /'
	printf '%s\n' "$OUT" | sed '$d' | head -n 10 | sed 's/^/    /'
	resolver_stop
	printf '  %d questions came to rbld\n' "$(wc -l <"$T/seen")"
}

# How many questions the name $2 costs from a cold cache: at most $3.
costs() {
	resolver_start "$1" || return
	printf '%s %s\n' "$2" "$4" >"$T/one"
	OUT=$("$peer" ask "$RESOLVER" <"$T/one")
	is "$1: $2 is $4" 0 $?
	resolver_stop
	n=$(wc -l <"$T/seen")
	if [ "$n" -le "$3" ] && [ "$n" -gt 0 ]; then
		right "9156-2 $1: $n questions for one name"
	else
		wrong "9156-2 $1: questions for $2" "at most $3, it was $n" \
		    "$(cat "$T/seen")"
	fi
	printf '  %d questions for %s (%s)\n' "$n" "$2" "$4"
}

with_resolver() {
	if ! command -v "$1" >/dev/null 2>&1; then
		absent="$absent $1"
		return
	fi
	step "$1, $(wc -l <"$T/ask") names"
	resolves "$1" ask "8020-3 every listed name, no other"
	# what is asked over and over is in the caches now, so once more in
	# another order: an answer must not depend on what was asked before
	resolves "$1" shuffled "the same in another order"
	six=$(grep '^[0-9a-f]\.[0-9a-f]\..*bl\..* 127\.0\.0\.2$' "$T/ask" |
	    head -n 1 | cut -d' ' -f1)
	costs "$1" "$six" 10 127.0.0.2
	costs "$1" "$(reversed 2a7f:1:2::3).$bl" 6 NX
	costs "$1" "$(reversed 99.1.2.3).$bl" 3 NX
}

flow_begin
if ! [ -x "$peer" ]; then
	printf '%s is not built\n' "$peer" >&2
	exit 99
fi
PATH=$PATH:/usr/sbin:/usr/local/sbin:${PEERS:-/nonexistent}
absent=
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
data
awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' \
    "$T/ask" | sort -n | cut -f2 >"$T/shuffled"
flow_start rbld
with_resolver unbound
with_resolver named
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
if [ -n "$absent" ] && [ "$flow_wrong" -eq 0 ]; then
	printf 'SKIP: not installed:%s\n' "$absent"
	exit 77
fi
flow_end
