#!/bin/sh
# counters.sh - what a running rbld tells of itself, and zones that ask for a
# key: the control socket, SIGUSR1, "rblctl stats", "rblctl access".
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

listed=7.2.0.192

# The metrics by HTTP, as something that collects for Prometheus asks: $TEXT.
metrics() {
	TEXT=$(curl -sS --max-time 30 --unix-socket "$T/rbld.sock" \
	    "http://localhost/metrics" 2>&1)
}

# Value of the series $1 in $TEXT.
value() {
	printf '%s\n' "$TEXT" | sed -n "s/^$(printf '%s' "$1" |
	    sed 's/[][\.*^$/]/\\&/g') //p"
}

# The serving process of $PID_rbld.
children() {
	for stat in /proc/[0-9]*/stat; do
		sed -n "s/^\([0-9]*\) (.*) [A-Z] $PID_rbld .*/\1/p" \
		    "$stat" 2>/dev/null
	done
}

# Wait until the log of rbld has a line that matches $1.
log_has() {
	l_until=$(($(date +%s) + flow_limit))
	until grep -Eq -e "$1" "$T/rbld.log" ||
	    [ "$(date +%s)" -ge "$l_until" ]; do
		:
	done
	has "the log: $1" "$1" "$(cat "$T/rbld.log")"
}

lists() {
	step "lists, keys and a server with a control socket"
	flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	zone "key.example.test" {
	    lists       = {"ip"}
	    ns          = {"ns1.example.test"}
	    hostmaster  = "hostmaster.example.test"
	    text        = "\$ \$r"
	    access-keys = yes
	}
	END
	sed -i "s,^dns  *{,&  control = \"unix:$T/rbld.sock\" ," "$T/rbl.conf"
	ctl --check
	status_is "the configuration" 0
	ctl init
	status_is "init" 0
	ctl add ip 192.0.2.0/24 --reason "a test"
	status_is "add" 0
	flow_start rbld
}

counters() {
	step "counters over the control socket"
	is "mode of the socket" "srw-rw----" \
	    "$(ls -l "$T/rbld.sock" | cut -c1-10)"
	ask udp4 $listed.bl.example.test A
	is "listed" "NOERROR A 127.0.0.2" "$ANSWER"
	ask tcp4 7.3.0.192.bl.example.test A
	is "not listed" "NXDOMAIN +SOA" "$ANSWER"
	ask udp4 www.example.com.bl.example.test A
	ask udp4 192.168.1.5.bl.example.test A
	metrics
	has "Prometheus' text" '^# TYPE rbld_queries_total counter$' "$TEXT"
	z='zone="bl.example.test"'
	is "by UDP" 3 "$(value \
	    "rbld_queries_total{$z,qtype=\"A\",transport=\"udp\",family=\"ipv4\"}")"
	is "by TCP" 1 "$(value \
	    "rbld_queries_total{$z,qtype=\"A\",transport=\"tcp\",family=\"ipv4\"}")"
	is "NXDOMAIN" 3 "$(value "rbld_answers_total{$z,rcode=\"NXDOMAIN\"}")"
	is "hits" 1 "$(value "rbld_list_hits_total{$z,list=\"ip\"}")"
	is "a domain" 1 "$(value "rbld_client_signs_total{$z,sign=\"domain\"}")"
	is "not reversed" 1 \
	    "$(value "rbld_client_signs_total{$z,sign=\"unreversed\"}")"
	is "entries" 1 "$(value 'rbld_store_entries{list="ip"}')"
	is "serial" 1 "$(value rbld_store_serial)"
	run curl -sS --unix-socket "$T/rbld.sock" http://localhost/top
	has "top clients" '^ *[0-9]+ 127\.0\.0\.1$' "$OUT"
	has "top listings" '^ *1 ip 192\.0\.2\.0/24$' "$OUT"
	run curl -sS -o /dev/null -w '%{http_code}' \
	    --unix-socket "$T/rbld.sock" http://localhost/other
	is "another path" 404 "$OUT"

	step "the log and rblctl"
	kill -USR1 "$PID_rbld"
	log_has 'counters .*udp=[0-9]+ tcp=1 '
	log_has 'zone=bl.example.test queries=4 hits=1 nxdomain=3 '
	log_has 'top client=127\.0\.0\.1 count=[0-9]+'
	log_has 'top listing=192\.0\.2\.0/24 list=ip count=1'
	ctl stats
	status_is "stats" 0
	has "the store" '^list ip \(ip\): 1 listed' "$OUT"
	has "rbld" '^rbld since 20.* tcp=1 ' "$OUT"
	has "tops" '^ *1 ip 192\.0\.2\.0/24$' "$OUT"
	ctl stats --json
	has "as JSON" '"rbld":\{.*"top":\{"clients":\[' "$OUT"
}

keys() {
	step "keys"
	ctl access add alice
	status_is "access add" 0
	key=$OUT
	has "27 characters" '^k[a-z2-7]{26}$' "$key"
	is "nothing else is said" "" "$ERR"
	ctl access add alice
	status_is "a name twice" 1
	ctl access add bob --zone bl.example.test
	status_is "a zone that asks for none" 2
	ctl access add bob --zone nowhere.test
	status_is "no zone" 2
	ctl access add 'b ob'
	status_is "no name" 2
	ctl access add bob --until 2001-01-01
	status_is "over before it begins" 2
	ctl access add bob --zone key.example.test --until 7d
	status_is "with an end" 0
	ctl access list
	has "alice" '^alice  all zones  since ' "$OUT"
	has "bob" '^bob  key\.example\.test .* until 20' "$OUT"
	lacks "no key is shown" "$key" "$OUT"
	ctl access list --json
	has "JSON" '"name":"alice","zone":null,' "$OUT"
	ctl history
	has "history knows who" ' access  key alice added' "$OUT"

	ask udp4 $listed.$key.key.example.test A
	is "with the key" "NOERROR A 127.0.0.2" "$ANSWER"
	ask tcp4 $listed.$key.key.example.test TXT
	is "its text" 'NOERROR TXT "192.0.2.7 a test"' "$ANSWER"
	ask udp4 $listed.key.example.test A
	is "without" "REFUSED" "$ANSWER"
	ask udp4 $listed.kaaaaaaaaaaaaaaaaaaaaaaaaaa.key.example.test A
	is "with another" "REFUSED" "$ANSWER"
	ask udp4 key.example.test NS
	is "the apex" "NOERROR NS ns1.example.test." "$ANSWER"
	metrics
	is "counted by name" 2 \
	    "$(value 'rbld_subscriber_queries_total{subscriber="alice"}')"
	is "refused" 2 \
	    "$(value 'rbld_access_refused_total{zone="key.example.test"}')"
	lacks "metrics have no key" "$key" "$TEXT"

	ctl access remove alice
	status_is "access remove" 0
	ask udp4 $listed.$key.key.example.test A
	is "at once" "REFUSED" "$ANSWER"
	ctl access remove alice
	status_is "only once" 1
	kill -USR1 "$PID_rbld"
	log_has 'zone=key.example.test '
	lacks "the log has no key" "$key" "$(cat "$T/rbld.log")"
	ctl verify
	status_is "the store is sound" 0
}

reload() {
	step "SIGHUP keeps the counters of zones that stay"
	sed -i 's/"em\.example\.test"/"new.example.test"/' "$T/rbl.conf"
	kill -HUP "$PID_rbld"
	log_has 'configuration read: zones=3'
	ask udp4 $listed.bl.example.test A
	metrics
	is "one more" 4 "$(value \
	    "rbld_queries_total{zone=\"bl.example.test\",qtype=\"A\",transport=\"udp\",family=\"ipv4\"}")"
	has "the new zone" 'zone="new\.example\.test"' "$TEXT"
	lacks "the old one" 'zone="em\.example\.test"' "$TEXT"
	is "reloads" 1 "$(value 'rbld_config_reloads_total{result="done"}')"
	echo rubbish >>"$T/rbl.conf"
	kill -HUP "$PID_rbld"
	log_has 'configuration kept as it was'
	metrics
	is "refused" 1 "$(value 'rbld_config_reloads_total{result="refused"}')"
	sed -i '/^rubbish$/d' "$T/rbl.conf"
}

restart() {
	step "the serving process is killed: its counters begin again"
	child=$(children)
	kill -9 $child
	for pid in $child; do
		timeout "$flow_limit" tail --pid="$pid" -f /dev/null
	done
	metrics # waits in the socket, which is the parent's
	is "said so" 1 "$(value rbld_restarts_total)"
	lacks "and begun again" 'rbld_queries_total\{zone="bl' "$TEXT"
	flow_stop TERM "$PID_rbld"
	is "ends well" 0 "$STATUS"
	[ ! -e "$T/rbld.sock" ]
	is "the socket is gone" 0 $?
	ctl stats
	status_is "stats without rbld" 0
	lacks "say nothing of it" '^rbld' "$OUT"
	is "and do not complain" "" "$ERR"

	step "what an earlier run left behind"
	flow_start rbld
	child=$(children)
	kill -9 "$PID_rbld"
	wait "$PID_rbld" 2>/dev/null
	for pid in $child; do # it ends by itself, and listens until then
		timeout "$flow_limit" tail --pid="$pid" -f /dev/null
	done
	[ -S "$T/rbld.sock" ]
	is "it left its socket" 0 $?
	flow_start rbld
	metrics
	is "replaced" 0 "$(value rbld_restarts_total)"
	run timeout 30 "$rbld" -c "$T/rbl.conf"
	status_is "a second one does not take it" 1
	has "and says why" 'in use' "$ERR"
	metrics
	is "the first still answers" 0 "$(value rbld_restarts_total)"
	flow_stop TERM "$PID_rbld"
}

for tool in curl dig; do
	command -v $tool >/dev/null || {
		echo "SKIP: there is no $tool"
		exit 77
	}
done
flow_begin
lists
counters
keys
reload
restart
flow_end
