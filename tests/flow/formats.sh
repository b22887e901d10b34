#!/bin/sh
# formats.sh - exports, read by the programs they are for: Postfix, rbldnsd,
# BIND, ipset, nftables. What is not here is said and passed over.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

PATH=$PATH:/usr/sbin:/sbin:${PEERS:-/nonexistent}
flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	list "domain" { kind = "domain" }
	zone "dom.example.test" {
	    lists = {"domain"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	}
	publish { licence = "free for mail servers" }
END
ctl init
ran=0

step "lists with holes, odd names and both families"
cat >"$T/ip" <<-END
	45.1.0.0/24
	!45.1.0.77
	45.1.0.78
	45.2.0.0/23
	2605:6001:42::/48
	!2605:6001:42:1::/64
	2605:6001:43::1
	2605:0:0:1:0:0:0:1
	2605:0:0:1:2:0:0:1
	2605:1:0:2:3:4:5:6
END
printf '%s\n' '#hash@x.gr' '/slash@x.gr' 'ann@x.gr' 'a*b@x.gr' 'bob@x.gr' \
    '!bob+tag@x.gr' 'plus+tag@x.gr' >"$T/address.txt"
sed 's/.*/{"key":"&"}/; s/"key":"!\(.*\)"/"key":"\1","exempt":true/' \
    "$T/address.txt" >"$T/address"
printf '%s\n' .bad.gr '!ok.so.bad.gr' worse.below.bad.gr '*.sub.gr' >"$T/domain"
ctl import ip "$T/ip" --format plain
status_is "prefixes" 0
ctl import address "$T/address" --format jsonl
status_is "addresses" 0
ctl import domain "$T/domain" --format plain
status_is "domains" 0

# LIST FORMAT
export_to() {
	ctl export "$1" --format "$2" --output "$T/$1.$2"
	status_is "$1 as $2" 0
	ctl export "$1" --format "$2" --output "$T/again"
	cmp -s "$T/$1.$2" "$T/again"
	is "  the same bytes again" 0 $?
	case $2 in
	csv | jsonl) ;;
	*) has "  the licence" '^[#;] licence: free for mail servers$' \
	    "$(head -12 "$T/$1.$2")" ;;
	esac
}
for f in plain rbldnsd jsonl csv; do
	for l in ip address domain; do export_to $l $f; done
done
for f in postfix exim sendmail rspamd opensmtpd; do
	for l in ip address; do export_to $l $f; done
done
export_to address aper
export_to address spamassassin
export_to ip rpz
export_to domain rpz
export_to ip ipset
export_to ip nftables
ctl export domain --format ipset
status_is "a format that is not for this kind" 2
has "  says which are" 'plain, rbldnsd, jsonl, csv, rpz' "$ERR"

step "csv there and back"
for l in ip address domain; do
	ctl import $l "$T/$l.csv" --format csv --source back --dry-run
	status_is "$l" 0
	has "  nothing would change" '^unchanged$|^dry run' "$OUT"
	has "  no line is refused" '^refused 0$' "$OUT"
	has "  nothing is new" '^added 0$' "$OUT"
done

# CONSUMER WHAT: is PROGRAM there?
have() {
	if command -v "$1" >/dev/null 2>&1; then
		ran=$((ran + 1))
		step "$1"
		return 0
	fi
	printf 'SKIP: no %s, %s is not read by it\n' "$1" "$2"
	return 1
}

if have postmap "the format postfix"; then
	mkdir "$T/pf"
	# unpacked and not installed, it has no user of its own
	printf 'mail_owner = daemon\nsetgid_group = mail\n' >"$T/pf/main.cf"
	pq() {
		postmap -c "$T/pf" -q "$1" "$2" 2>/dev/null
	}
	cidr="cidr:$T/ip.postfix" text="texthash:$T/address.postfix"
	is "a listed prefix" "REJECT listed in ip, see http://localhost:8053/lookup" \
	    "$(pq 45.1.0.5 "$cidr")"
	is "the hole" "" "$(pq 45.1.0.77 "$cidr")"
	has "beside it" REJECT "$(pq 45.1.0.78 "$cidr")"
	has "IPv6" REJECT "$(pq 2605:6001:42:2::1 "$cidr")"
	is "its hole" "" "$(pq 2605:6001:42:1::1 "$cidr")"
	is "not listed" "" "$(pq 45.1.1.0 "$cidr")"
	has "an address" REJECT "$(pq ann@x.gr "$text")"
	is "exempted in another spelling" "" "$(pq bob@x.gr "$text")"
	is "not listed" "" "$(pq zoe@x.gr "$text")"
	is "no warnings" "" "$(postmap -c "$T/pf" -q x "$cidr" 2>&1)"
fi

if have rbldnsd "the format rbldnsd" && command -v dig >/dev/null 2>&1; then
	chmod 755 "$T" # rbldnsd gives root up before it reads
	chmod 644 "$T"/*.rbldnsd
	user=
	[ "$(id -u)" -ne 0 ] || user="-u nobody:nogroup"
	port=$(python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	rbldnsd -n -q $user -c 0 -b 127.0.0.1/"$port" \
	    "bl.example.test:combined:$T/ip.rbldnsd" \
	    "em.example.test:combined:$T/address.rbldnsd" \
	    "dom.example.test:combined:$T/domain.rbldnsd" \
	    >"$T/rbldnsd.log" 2>&1 &
	flow_procs="$flow_procs $!"
	# Compared by addresses; rbldnsd says NXDOMAIN of names that exist
	# without records, which we do not.
	ask() {
		dig @127.0.0.1 -p "$1" +tries=3 +time=2 +noedns "$2" A |
		    awk '/status: (NOERROR|NXDOMAIN)/ { print "answered" } /^[^;].*\tA\t/ { print $NF }' |
		    sort | tr '\n' ' '
	}
	timeout 20 sh -c "until dig @127.0.0.1 -p $port +tries=1 +time=1 x.test A |
	    grep -q status; do sleep 0.1; done"
	flow_start rbld
	sha1() {
		printf '%s' "$1" | sha1sum | cut -d' ' -f1
	}
	wrong_before=$flow_wrong
	for name in 5.0.1.45.bl 77.0.1.45.bl 78.0.1.45.bl 9.1.2.45.bl 9.2.2.45.bl \
	    "$(python3 -c '
import ipaddress
for a in ("2605:6001:42:2::1", "2605:6001:42:1::1", "2605:6001:43::1", "2605:6001:43::2"):
    print(ipaddress.ip_address(a).reverse_pointer[:-9] + ".bl")')" \
	    "$(sha1 ann@x.gr).em" "$(sha1 bob@x.gr).em" "$(sha1 bob+tag@x.gr).em" \
	    "$(sha1 plus+tag@x.gr).em" "$(sha1 plus@x.gr).em" "$(sha1 zoe@x.gr).em" \
	    "$(sha1 '#hash@x.gr').em" bad.gr.dom so.bad.gr.dom ok.so.bad.gr.dom \
	    sub.gr.dom x.sub.gr.dom worse.below.bad.gr.dom; do
		for n in $name; do
			is "$n" "$(ask "$DNS4" "$n.example.test")" \
			    "$(ask "$port" "$n.example.test")"
		done
	done
	[ "$flow_wrong" = "$wrong_before" ] || cat "$T/rbldnsd.log"
	flow_stop TERM "$PID_rbld"
fi

if have named-checkzone "the format rpz"; then
	for l in ip domain; do
		run named-checkzone rpz.test "$T/$l.rpz"
		status_is "$l loads" 0
	done
fi

if have named "the names in a policy zone"; then
	mkdir "$T/named"
	cat >"$T/named/conf" <<-END
	options {
	    directory "$T/named"; pid-file none; session-keyfile none;
	    listen-on { none; }; listen-on-v6 { none; }; recursion yes;
	    dnssec-validation no; response-policy { zone "ip.test"; zone "domain.test"; };
	};
	controls { };
	zone "ip.test" { type primary; file "$T/ip.rpz"; };
	zone "domain.test" { type primary; file "$T/domain.rpz"; };
	END
	named -g -c "$T/named/conf" >"$T/named/log" 2>&1 &
	N=$!
	flow_procs="$flow_procs $N"
	timeout 30 sh -c "until [ \$(grep -c 'reload done' '$T/named/log') -ge 2 ] ||
	    ! kill -0 $N 2>/dev/null; do sleep 0.1; done"
	is "both are taken" 2 "$(grep -c 'reload done: success' "$T/named/log")"
	is "every name in them" "" "$(grep 'not the canonical\|invalid rpz\|rpz.*fail' "$T/named/log")"
	kill $N
	wait $N 2>/dev/null
fi

if have nft "the format nftables"; then
	run nft -c -f "$T/ip.nftables"
	case $ERR in
	*"not permitted"* | *"not supported"* | *"netlink"*)
		printf 'SKIP: no nftables in this kernel: %s\n' "$ERR" ;;
	*) status_is "the file is taken" 0 ;;
	esac
fi

if have ipset "the format ipset"; then
	if ! unshare -rn ipset create x hash:net 2>"$T/err"; then
		printf 'SKIP: no sets in this kernel: %s\n' "$(cat "$T/err")"
	else
		cat >"$T/ipset.sh" <<-'END'
		ipset restore -exist <"$1" && ipset restore -exist <"$1" || exit 1
		for a in 45.1.0.5 45.1.0.77 45.1.0.78; do
			ipset -q test rbl-ip-v4 $a; printf '%s ' $?
		done
		for a in 2605:6001:42:2::1 2605:6001:42:1::1; do
			ipset -q test rbl-ip-v6 $a; printf '%s ' $?
		done
		ipset list -n | tr '\n' ' '
		END
		is "twice over, holes and both sets" \
		    "0 1 0 0 1 rbl-ip-v4 rbl-ip-v6 " \
		    "$(unshare -rn sh "$T/ipset.sh" "$T/ip.ipset" 2>&1)"
	fi
fi
printf '%d consumers read our files\n' "$ran"
flow_end
