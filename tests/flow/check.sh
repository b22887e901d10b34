#!/bin/sh
# check.sh - rblctl check: lists are asked, and their answers told as what they
# are. By our own responder, and by one that answers what it should not.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	list "domain" { kind = "domain"  code = "127.0.1.2" }
	zone "dom.example.test" {
	    lists = {"domain"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	}
END
ctl init
ctl add ip 203.0.113.0/24 --reason "spam"
ctl add ip 2001:db8::/32
ctl add address spam@example.test
ctl add domain .example.net
flow_start rbld
cat >"$T/lists" <<-'END'
	# a comment
	bl.example.test ip
	  127.0.0.9	another
	  127.0.0.*	a source of spam
	em.example.test address-sha1
	  127.0.0.3	a spammer
	em.example.test address-md5
	em.example.test address-sha256
	dom.example.test domain
	bl.example.test ip6
END
check() {
	ctl check "$1" --against "${2:-$T/lists}" --resolver "127.0.0.1@${3:-$DNS4}"
}

step "our own lists"
check 203.0.113.9
status_is "an address" 0
has "listed, with its meaning" '^bl.example.test +listed 127.0.0.2 a source of spam$' "$OUT"
has "  and its text" 'Listed, see http' "$OUT"
has "  once: nothing else fits" '^1 asked, 1 listed, 0 errors$' "$OUT"
check 2001:db8::1
has "IPv6, on both" '^2 asked, 2 listed, 0 errors$' "$OUT"
check 198.51.100.1
status_is "not listed" 3
has "  says so" '^bl.example.test +not listed$' "$OUT"
check Spam@Example.TEST
status_is "an e-mail address" 0
has "  in three digests" '^4 asked, 3 listed, 0 errors$' "$OUT"
check spam+tag@example.test
has "  and without its tag" '^7 asked, 3 listed, 0 errors$' "$OUT"
check www.example.net
status_is "a domain" 0
check a@www.example.net
has "the domain of an address" '^dom.example.test +listed 127.0.1.2' "$OUT"
run "$rblctl" -c "$T/rbl.conf" check 203.0.113.9 --against "$T/lists" \
    --resolver "127.0.0.1@$DNS4" --json
cp "$T/out" "$T/json"
run python3 -c '
import json, sys
o = json.loads(open(sys.argv[1]).read())
assert o["state"] == "listed" and o["codes"] == ["127.0.0.2"] and o["error"] is None, o
' "$T/json"
status_is "as JSON" 0

step "answers that are none"
cat >"$T/odd.py" <<-'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
A = {b"refuses": "127.255.255.254", b"one": "127.0.0.1", b"gone": "192.0.2.80",
     b"twice": "127.0.0.4", b"late": "127.0.0.2", b"esc": "127.0.0.2"}
late = 0
while True:
    d, who = s.recvfrom(4096)
    labels, at = [], 12
    while d[at]:
        labels.append(d[at + 1:at + 1 + d[at]]); at += d[at] + 1
    q, kind, txt = d[12:at + 5], labels[-2], d[at + 2] == 16
    def send(rcode, records, i=d[:2], q=q):
        s.sendto(i + bytes([0x81, 0x80 | rcode]) + b"\0\1" +
                 len(records).to_bytes(2, "big") + b"\0\0\0\0" + q +
                 b"".join(b"\xc0\x0c" + r for r in records), who)
    def a(x): return b"\0\1\0\1\0\0\0\7\0\4" + bytes(map(int, x.split(".")))
    def t(x): return b"\0\x10\0\1\0\0\0\7" + (len(x) + 1).to_bytes(2, "big") + bytes([len(x)]) + x
    if kind == b"servfail": send(2, [])
    elif kind == b"refused": send(5, [])
    elif kind == b"silent": pass
    elif kind == b"empty": send(0, [])
    elif kind == b"forged":
        send(0, [a("127.0.0.2")], b"\0\0")
        send(0, [a("127.0.0.2")], q=q[:1] + b"x" + q[2:])
        send(3, [])
    elif kind == b"cut": s.sendto(d[:2] + b"\x81\x80\0\1\0\5\0\0\0\0" + q + b"\xc0\x0c\0\1", who); 
    elif kind == b"short": s.sendto(d[:7], who); send(3, [])
    elif kind == b"late":
        late += 1
        if late > 1: send(0, [t(b"why")] if txt else [a(A[kind])])
    elif kind == b"mixed": send(0, [a("127.0.0.2"), a("127.255.255.252")])
    elif kind == b"alias": send(0, [b"\0\5\0\1\0\0\0\7\0\2\xc0\x0c", a("127.0.0.2")])
    elif txt: send(0, [t(b"\x1b[31mred\n")])
    else: send(0, [a(A[kind])] * (2 if kind == b"twice" else 1))
END
python3 "$T/odd.py" >"$T/odd.port" 2>"$T/odd.err" &
flow_procs="$flow_procs $!"
timeout 20 sh -c "until [ -s '$T/odd.port' ]; do sleep 0.1; done"
ODD=$(cat "$T/odd.port")
for z in refuses one gone twice late esc servfail refused silent empty forged \
    cut short mixed alias; do
	printf '%s.test ip\n' $z
done >"$T/odd"
check 192.0.2.1 "$T/odd" "$ODD"
status_is "all at once" 0
for z in refuses one gone mixed; do
	has "$z is an error of the list" "^$z.test +error: 1" "$OUT"
done
for z in servfail refused silent cut; do
	has "$z too" "^$z.test +error: [an]" "$OUT"
done
for z in empty forged short; do
	has "$z is not listed" "^$z.test +not listed\$" "$OUT"
done
for z in twice late alias; do
	has "$z is listed" "^$z.test +listed 127" "$OUT"
done
has "a text is shown as text" '\\u\{1B\}\[31mred' "$OUT"
has "counted" '^15 asked, 4 listed, 8 errors$' "$OUT"
printf 'silent.test ip\n' >"$T/silent"
check 192.0.2.1 "$T/silent" "$ODD"
status_is "nothing but errors" 1

step "wrong usage"
ctl check 192.0.2.1
status_is "no file" 2
check 192.0.2.0/24
status_is "a network" 2
check ''
status_is "nothing" 2
ctl check 192.0.2.1 --against "$T/lists" --resolver nowhere
status_is "no resolver" 2
ctl check 192.0.2.1 --against "$T/none" --resolver 127.0.0.1@53
status_is "no such file" 1
for bad in 'x.test' 'x.test mail' '	127.0.0.2 first' '.x ip' 'a..b ip' '-- --'; do
	printf '%s\n' "$bad" >"$T/bad"
	check 192.0.2.1 "$T/bad"
	status_is "refused: $bad" 1
done
run "$rblctl" -c "$T/rbl.conf" check 192.0.2.1 --against "$srcdir/zone/rbl-lists.conf" \
    --resolver "127.0.0.1@$DNS4"
status_is "the file that is installed is read" 1
has "  our responder is none of these" 'zen.spamhaus.org +error: answered REFUSED' "$OUT"
flow_end
