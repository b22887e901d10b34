#!/bin/sh
# rspamd.sh - Debian's Rspamd with the rules of /use/rspamd in its stock
# configuration: see client.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside Rspamd rspamadm "$@"
client_inside
add_user _rspamd 64107

# The stock configuration, local to this machine, and the guide's two files.
# Its list of top-level domains takes seconds to read: one line is enough.
configure() {
	mkdir -p /etc/rspamd/local.d /etc/rspamd/override.d /run/rspamd \
	    /var/lib/rspamd /var/log/rspamd
	chown _rspamd: /run/rspamd /var/lib/rspamd /var/log/rspamd
	guide rspamd /etc/rspamd/local.d/rbl.conf >/etc/rspamd/local.d/rbl.conf
	guide rspamd /etc/rspamd/local.d/rbl_group.conf \
	    >/etc/rspamd/local.d/rbl_group.conf
	guide rspamd local.d/multimap.conf >/etc/rspamd/local.d/multimap.conf
	exported ip rspamd /etc/rspamd/rbl_ip.map
	exported address rspamd /etc/rspamd/rbl_address.map
	printf 'gr\ncom\norg\ntest\n' >"$T/tlds"
	chmod 644 "$T/tlds"
	cat >/etc/rspamd/local.d/options.inc <<-END
	url_tld = "$T/tlds";
	dns { nameserver = ["127.0.0.1"]; timeout = 1s; retransmits = 1; }
	local_addrs = [];
	END
	printf 'type = "file";\nfilename = "/var/log/rspamd/rspamd.log";\n' \
	    >/etc/rspamd/local.d/logging.inc
	# nothing that other files of the stock configuration fetch
	for module in fuzzy_check phishing asn spf dkim arc dmarc \
	    mid mime_types hfilter; do
		echo 'enabled = false;' >/etc/rspamd/override.d/$module.conf
	done
	run rspamadm configtest
	status_is "rspamadm takes it" 0
	has "and says so" 'syntax OK' "$OUT"
}

start() {
	rspamd -f -u _rspamd -g _rspamd >"$T/rspamd.out" 2>&1 &
	PID_rspamd=$!
	flow_procs="$flow_procs $PID_rspamd"
	s_end=$(($(date +%s) + flow_limit))
	until curl -fs http://127.0.0.1:11333/ping >"$T/out" 2>&1; do
		[ "$(date +%s)" -lt "$s_end" ] || {
			wrong "Rspamd does not answer" "$(tail -n 20 \
			    /var/log/rspamd/rspamd.log "$T/rspamd.out")"
			flow_end
		}
		sleep 0.1
	done
}

# scan CLIENT SENDER FROM [HEADER [LINK]]: our symbols in $OUT, in order.
scan() {
	{
		cat <<-END
		Received: from out.example.gr (out.example.gr [$1])
		 by mx.example.test (Postfix) with ESMTP id 1A2B3C4D5E
		 for <someone@example.test>; Fri, 20 Nov 2026 10:00:01 +0200
		Message-ID: <x@example.gr>
		Date: Fri, 20 Nov 2026 09:59:58 +0200
		From: Some One <$3>
		To: someone@example.test
		Subject: About number seven
		END
		[ -z "${4:-}" ] || printf '%s\n' "$4"
		printf '\nGood morning, see http://www.%s/ please.\n' \
		    "${5:-example.org}"
	} >"$T/mail"
	run curl -fsS -H "IP: $1" -H "From: $2" -H 'Helo: out.example.gr' \
	    -H 'Rcpt: someone@example.test' --data-binary "@$T/mail" \
	    http://127.0.0.1:11333/checkv2
	[ "$STATUS" -eq 0 ] || wrong "scan" "$ERR"
	SAID=$OUT
	OUT=$(printf '%s' "$SAID" | python3 -c '
import json, sys
said = json.load(sys.stdin)["symbols"]
print(*sorted(n for n in said if "EXAMPLE_TEST" in n or n.startswith("RBL_LIST_"))) ')
}

# WHAT SYMBOLS CLIENT SENDER FROM ...
finds() {
	f_what=$1
	f_want=$2
	shift 2
	scan "$@"
	is "$f_what" "$f_want" "$OUT"
}

# the maps of files are read a moment later
maps_read() {
	m_end=$(($(date +%s) + 15))
	until scan $listed4 spammer.name@example.gr spammer.name@example.gr &&
	    [ "$(printf '%s\n' "$OUT" | tr ' ' '\n' | grep -c RBL_LIST_)" = 3 ]
	do
		[ "$(date +%s)" -lt "$m_end" ] || {
			wrong "the maps are read" "$OUT"
			return
		}
		sleep 0.2
	done
	right "the maps are read"
}

step "the guide's files in the stock configuration"
configure
start
maps_read

ip=BL_EXAMPLE_TEST em=EM_EXAMPLE_TEST
step "by DNS and by file"
forget
finds "a clean server" "" "$clean4" "$clean_from" "$clean_from"
finds "by IPv6" "" "$clean6" "$clean_from" "$clean_from"
finds "a free mail address" "" "$clean4" a@gmail.com b@gmail.com
finds "a listed server, also by file" "${ip}_2 RBL_LIST_IP" $listed4 "$clean_from" \
    "$clean_from"
finds "by IPv6" "${ip}_2 RBL_LIST_IP" $listed6 "$clean_from" "$clean_from"
finds "by the other code" ${ip}_4 $listed4b "$clean_from" "$clean_from"
finds "a listed From:" ${em}_FROM "$clean4" "$clean_from" "$listed_from"
finds "a listed sender" "${em}_ENVFROM RBL_LIST_ENVFROM" "$clean4" \
    "$listed_from" "$clean_from"
finds "From: by file" "${em}_FROM RBL_LIST_FROM" "$clean4" "$clean_from" \
    Spammer.Name@Example.GR
finds "a listed Reply-To:" ${em}_REPLYTO "$clean4" "$clean_from" \
    "$clean_from" "Reply-To: <$listed_from>"
finds "test@example.com" ${em}_FROM "$clean4" "$clean_from" test@example.com
finds "a listed domain in a link" DBL_EXAMPLE_TEST "$clean4" "$clean_from" \
    "$clean_from" "" $listed_domain
asked "a $(reversed $listed6).bl.example.test"
asked "a $(sha1_of spammer.name@example.gr).em.example.test"

for mode in servfail refused dead lie sell; do
	step "a resolver that does this: $mode"
	resolver $mode
	forget
	scan $listed4b "$listed_from" "$listed_from" "Reply-To: <$listed_from>" \
	    $listed_domain
	is "no symbol of ours adds a point" "" "$(printf '%s' "$SAID" |
	    python3 -c '
import json, sys
for name, symbol in json.load(sys.stdin)["symbols"].items():
    if "EXAMPLE_TEST" in name and symbol["score"] != 0:
        print(name, symbol["score"])')"
	asked "a $(reversed $listed4b).bl.example.test"
	asked "a $(sha1_of spammer.name@example.gr).em.example.test"
done
flow_end
