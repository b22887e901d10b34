#!/bin/sh
# secondaries.sh - NSD, Knot and BIND follow rbld by NOTIFY and IXFR, signed.
#
# Random entries, holes and ends in bursts; after each burst all servers have
# rbld's serial and answer random names as rbld does. In between rbld and each
# of the servers is killed and comes back. Who has no key, a wrong key, a
# wrong clock or the wrong address gets nothing, and it is logged.
#
#   tests/flow/secondaries.sh [SEED]
#
# SECONDARIES_CHANGES (60) changes in bursts of SECONDARIES_BURST (12), and
# SECONDARIES_NAMES (300) names asked of each server after each.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

peer=$builddir/tests/flow/peer
follow=$builddir/tests/flow/follow
seed=${1:-$(date +%s)}
changes=${SECONDARIES_CHANGES:-60}
burst=${SECONDARIES_BURST:-12}
names=${SECONDARIES_NAMES:-300}
zones="bl.example.test em.example.test dom.example.test"
kinds="ip=bl.example.test address=em.example.test domain=dom.example.test"
secret=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=

# ---- the servers -------------------------------------------------------------

nsd_config() {
	mkdir -p "$T/nsd"
	cat >"$T/nsd/nsd.conf" <<-END
	server:
	    server-count: 1
	    ip-address: 127.0.0.1@$PORT_nsd
	    username: ""
	    chroot: ""
	    zonesdir: "$T/nsd"
	    zonelistfile: "$T/nsd/zone.list"
	    xfrdfile: "$T/nsd/xfrd.state"
	    xfrdir: "$T/nsd"
	    pidfile: ""
	    database: ""
	    rrl-ratelimit: 0
	    xfrd-reload-timeout: 0
	    minimal-responses: yes
	remote-control:
	    control-enable: no
	key:
	    name: "mirror1"
	    algorithm: hmac-sha256
	    secret: "$secret"
	END
	for z in $zones; do
		cat >>"$T/nsd/nsd.conf" <<-END
		zone:
		    name: "$z"
		    zonefile: "$z.zone"
		    allow-notify: 127.0.0.1 NOKEY
		    request-xfr: 127.0.0.1@$PORT_rbld mirror1
		END
	done
}

knotd_config() {
	mkdir -p "$T/knotd"
	cat >"$T/knotd/knot.conf" <<-END
	server:
	    rundir: "$T/knotd"
	    listen: 127.0.0.1@$PORT_knotd
	    udp-workers: 1
	    tcp-workers: 1
	    background-workers: 1
	database:
	    storage: "$T/knotd"
	key:
	  - id: mirror1
	    algorithm: hmac-sha256
	    secret: $secret
	remote:
	  - id: primary
	    address: 127.0.0.1@$PORT_rbld
	    key: mirror1
	acl:
	  - id: told
	    address: 127.0.0.1
	    action: notify
	template:
	  - id: default
	    storage: "$T/knotd"
	    master: primary
	    acl: told
	    zonefile-sync: 0
	zone:
	END
	for z in $zones; do
		printf '  - domain: %s\n' "$z" >>"$T/knotd/knot.conf"
	done
}

named_config() {
	mkdir -p "$T/named"
	cat >"$T/named/named.conf" <<-END
	key mirror1 { algorithm hmac-sha256; secret "$secret"; };
	options {
	    directory "$T/named";
	    listen-on port $PORT_named { 127.0.0.1; };
	    listen-on-v6 { none; };
	    pid-file none;
	    session-keyfile none;
	    recursion no;
	    dnssec-validation no;
	    notify no;
	    minimal-responses yes;
	    min-refresh-time 1;
	    max-refresh-time 10;
	    min-retry-time 1;
	    max-retry-time 2;
	    serial-query-rate 1000;
	    empty-zones-enable no;
	};
	controls { };
	END
	for z in $zones; do
		cat >>"$T/named/named.conf" <<-END
		zone "$z" {
		    type secondary;
		    primaries { 127.0.0.1 port $PORT_rbld key mirror1; };
		    file "$z.db";
		    request-ixfr yes;
		};
		END
	done
}

# Start server $1; its process is $PID_nsd and so on.
server_start() {
	case $1 in
	nsd) set -- nsd nsd -d -c "$T/nsd/nsd.conf" ;;
	knotd) set -- knotd knotd -c "$T/knotd/knot.conf" ;;
	named) set -- named named -g -n 1 -c "$T/named/named.conf" ;;
	esac
	s_name=$1
	shift
	"$@" >>"$T/$s_name.log" 2>&1 </dev/null &
	eval "PID_$s_name=$!"
	flow_procs="$flow_procs $!"
}

# Processes below process $1: a killed server must not leave its children.
family() {
	for f_child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		family "$f_child"
		printf '%s ' "$f_child"
	done
}

# Kill -9 process $1 and all that it started.
fell() {
	f_all=$(family "$1")
	kill -9 "$1" $f_all 2>/dev/null
	wait "$1" 2>/dev/null
}

# ---- what is looked at ---------------------------------------------------------

serial_now() {
	"$rblctl" -c "$T/rbl.conf" history --json | tail -n 1 |
	    sed 's/.*"serial": *\([0-9]*\).*/\1/'
}

# All servers have what rbld has.
followed() {
	serial=$(serial_now)
	for z in $zones; do
		OUT=$("$follow" serial "${FOLLOW_LIMIT:-40}" "$serial" "$z" \
		    $PORT_rbld $ports)
		is "$1: $z has serial $serial everywhere" 0 $?
		[ -z "$OUT" ] || printf '    %s\n' "$OUT"
	done
}

answers_same() {
	OUT=$("$follow" compare "$seed$1" "$names" \
	    "$PORT_rbld$(printf ',%s' $ports)" $kinds)
	is "burst $1: all servers answer the same" 0 $?
	printf '%s\n' "$OUT" | sed 's/^/    /'
}

logged() {
	tries=0
	while ! grep -Eq "$2" "$T/rbld.log" && [ $tries -lt 100 ]; do
		tries=$((tries + 1)) # rbld's main thread writes each second
		sleep 0.05
	done
	has "$1" "$2" "$(cat "$T/rbld.log")"
}

flow_begin
if ! [ -x "$follow" ]; then
	printf '%s is not built\n' "$follow" >&2
	exit 99
fi
PATH=$PATH:/usr/sbin:/usr/local/sbin:${PEERS:-/nonexistent}
absent=
servers=
for s in nsd knotd named; do
	if command -v $s >/dev/null 2>&1; then
		servers="$servers $s"
	else
		absent="$absent $s"
	fi
done
if [ -z "$servers" ]; then
	printf 'SKIP: not installed:%s\n' "$absent"
	exit 77
fi
set -- $("$peer" ports 4)
PORT_rbld=$1 PORT_nsd=$2 PORT_knotd=$3 PORT_named=$4
ports=
notify=
for s in $servers; do
	eval "port=\$PORT_$s"
	ports="$ports $port"
	notify="$notify${notify:+, }\"127.0.0.1@$port\""
done
(umask 077 && printf '%s\n' "$secret" >"$T/mirror1.key")
allow="allow-transfer = {\"key:mirror1@127.0.0.1\"}  notify = {$notify}"
cat >"$T/rbl.conf" <<-END
	data-dir = "$T/data"
	map-size = "1G"
	list "ip"      { kind = "ip"  widest-v4 = 12  widest-v6 = 24 }
	list "address" { kind = "address"  code = "127.0.0.3" }
	list "domain"  { kind = "domain"  code = "127.0.0.4" }
	zone "bl.example.test" { lists = {"ip"}  ns = {"ns1.bl.example.test"}
	    hostmaster = "h.example.test"  text = "Listed: \$r"
	    apex = {"ns1 A 192.0.2.53", "MX 10 mail.example.test"}  $allow }
	zone "em.example.test" { lists = {"address"}  ns = {"ns.example.test"}
	    hostmaster = "h.example.test"  text = "Listed: \$r"  $allow }
	zone "dom.example.test" { lists = {"domain"}  ns = {"ns.example.test"}
	    hostmaster = "h.example.test"  text = "Listed: \$r"  $allow }
	key "mirror1" { secret-file = "$T/mirror1.key" }
	guard { allow = {"10.0.0.0/8", "2001:db8::/32"} }
	dns { listen = {"127.0.0.1@$PORT_rbld"}  rate-limit = 0 }
END
step "seed $seed:$servers"
ctl init
ctl add ip 10.20.0.0/16 --reason wide
ctl add ip 203.0.115.9 --reason 'a "b" \c ; (d'
flow_start rbld
for s in $servers; do
	${s}_config
	server_start $s
done
followed "the first time"
answers_same 0

step "$changes changes in bursts of $burst"
n=0
i=0
while [ $n -lt "$changes" ]; do
	i=$((i + 1))
	n=$((n + burst))
	"$follow" change "$seed$i" "$burst" >"$T/burst"
	case $((i % 5)) in
	2) # rbld dies while it changes
		fell "$PID_rbld"
		;;
	3 | 4) # one of the others
		victim=$(set -- $servers && shift $((i / 5 % $#)) && echo "$1")
		eval "fell \$PID_$victim"
		;;
	esac
	while read -r words; do
		"$rblctl" -c "$T/rbl.conf" $words >>"$T/ctl.log" 2>&1 </dev/null
	done <"$T/burst"
	case $((i % 5)) in
	2) flow_start rbld ;;
	3 | 4) server_start "$victim" ;;
	esac
	sleep 1.1 # entries of a second end
	ctl sweep --force
	status_is "sweep" 0
	followed "burst $i"
	answers_same "$i"
done
logged "differences were sent" 'done: ixfr'
printf '  since rbld was started last: %s ixfr, %s axfr\n' \
    "$(grep -c 'done: ixfr' "$T/rbld.log")" \
    "$(grep -c 'done: axfr' "$T/rbld.log")"

step "a restore: no row tells what it changed"
ctl backup "$T/backup"
status_is "backup" 0
ctl add ip 10.99.1.1 --reason "after the backup"
followed "what is forgotten again"
ctl restore "$T/backup"
status_is "restore" 0
followed "the restore"
answers_same 99999
for s in $servers rbld; do
	eval "OUT=\$(dig @127.0.0.1 -p \$PORT_$s +norecurse +tries=1 +time=5 \
	    1.1.99.10.bl.example.test A)"
	has "$s forgot it, too" 'status: NXDOMAIN' "$OUT"
done

step "who is not to have it"
D="dig @127.0.0.1 -p $PORT_rbld +tries=1 +time=5"
OUT=$($D bl.example.test AXFR 2>&1)
has "without a key: nothing" 'Transfer failed' "$OUT"
logged "and it is logged" 'transfer of bl.example.test to 127.0.0.1 refused'
OUT=$($D -b 127.0.0.2 -y "hmac-sha256:mirror1:$secret" \
    bl.example.test AXFR 2>&1)
has "another address: nothing" 'Transfer failed' "$OUT"
logged "and it is logged" 'to 127.0.0.2 refused: not allowed key=mirror1'
OUT=$($D -y "hmac-sha256:mirror1:$(printf '%s' "$secret" | tr 0-9 5-90-4)" \
    bl.example.test AXFR 2>&1)
has "another secret: nothing" 'Transfer failed|NOTAUTH' "$OUT"
logged "and it is logged" 'signature of 127.0.0.1: BADSIG key=mirror1'
OUT=$($D -y "hmac-sha256:mirror9:$secret" bl.example.test AXFR 2>&1)
has "another key: nothing" 'Transfer failed|NOTAUTH' "$OUT"
logged "and it is logged" 'signature of 127.0.0.1: BADKEY'
OUT=$("$follow" late "$PORT_rbld" bl.example.test mirror1. "$secret" 1000)
is "another time: BADTIME, signed" "rcode 9 error 18 signed 1" "$OUT"
logged "and it is logged" 'signature of 127.0.0.1: BADTIME key=mirror1'
OUT=$("$follow" late "$PORT_rbld" bl.example.test mirror1. "$secret" 100)
is "within the fudge: answered" "rcode 0 error 0 signed 1" "$OUT"
OUT=$($D -y "hmac-sha256:mirror1:$secret" bl.example.test AXFR 2>&1)
has "the right one: all of it" 'XFR size' "$OUT"

# The master file has the records of a transfer, read by another program.
if command -v named-checkzone >/dev/null 2>&1; then
	step "rblctl zonefile"
	for z in $zones; do
		ctl zonefile "$z" --output "$T/$z.zone"
		status_is "$z is written" 0
		named-checkzone -q -i none -k ignore -D -o "$T/$z.read" \
		    "$z" "$T/$z.zone"
		is "$z can be read" 0 $?
		$D -y "hmac-sha256:mirror1:$secret" "$z" AXFR +noall +answer |
		    grep -v TSIG | tr -s ' \t' ' ' | sort -u >"$T/$z.taken"
		tr -s ' \t' ' ' <"$T/$z.read" | sort -u >"$T/$z.sorted"
		OUT=$(diff "$T/$z.taken" "$T/$z.sorted" | head -n 10)
		is "$z: the file is what a transfer has" "" "$OUT"
		ctl zonefile "$z" --report
		has "$z: counted" "^zone $z: [1-9][0-9]* names with" "$OUT"
	done
	ctl zonefile nowhere.example.test
	status_is "no such zone" 2
else
	absent="$absent named-checkzone"
fi

for s in $servers; do
	eval "fell \$PID_$s"
done
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
if [ -n "$absent" ] && [ "$flow_wrong" -eq 0 ]; then
	printf 'SKIP: not installed:%s\n' "$absent"
	exit 77
fi
flow_end
