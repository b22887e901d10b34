#!/bin/sh
# publish.sh - rblctl publish: all exports change at once, what did not change
# stays the same file, and SIGKILL leaves the old or the new.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	publish { dir = "$T/exports"
	    formats = {"plain", "rbldnsd", "postfix", "spamassassin", "rpz",
	               "zonefile"} }
END
ctl init
C=$T/exports/current

# Everything that the manifest names is there and is what it says.
whole() {
	w_bad=$(python3 - "$1" 2>&1 <<-'END'
	import hashlib, json, os, sys, gzip
	d = os.path.realpath(sys.argv[1])
	m = json.load(open(d + "/manifest.json"))
	names = {"manifest.json"}
	for f in m["files"]:
	    n = f["name"]
	    plain, packed = open(d + "/" + n, "rb").read(), open(d + "/" + n + ".gz", "rb").read()
	    for data, name, size, sum in ((plain, n, f["bytes"], f["sha256"]),
	                                  (packed, n + ".gz", f["gz_bytes"], f["gz_sha256"])):
	        names |= {name, name + ".sha256"}
	        if len(data) != size or hashlib.sha256(data).hexdigest() != sum:
	            print(name, "is not what the manifest says")
	        if open(d + "/" + name + ".sha256").read() != "%s  %s\n" % (sum, name):
	            print(name, "has a wrong .sha256")
	    if gzip.decompress(packed) != plain:
	        print(n, "is packed wrongly")
	    if f["serial"] > m["serial"]:
	        print(n, "is newer than the manifest")
	for extra in set(os.listdir(d)) - names:
	    print(extra, "is in no manifest")
	END
	)
	is "$2" "" "$w_bad"
}
inode() {
	stat -L -c '%i %Y' "$C/$1"
}

step "the first time"
ctl publish
status_is "an empty store" 0
whole "$C" "whole"
ctl add ip 203.0.113.0/24 --reason "a, b"
ctl exempt ip 203.0.113.9
ctl add address ann@example.test
ctl publish
status_is "with entries" 0
whole "$C" "whole"
has "the serial" '^serial 3$' "$OUT"
is "files" "ip.changes.jsonl ip.plain ip.postfix ip.rbldnsd ip.removed ip.rpz" \
    "$(ls "$C/" | grep '^ip\.' | grep -v 'gz$\|sha256$' | tr '\n' ' ' | sed 's/ $//')"
[ -s "$C/bl.example.test.zonefile" ]
is "each zone" 0 $?
has "as export writes it" '^!203\.0\.113\.9$' "$(cat "$C/ip.plain")"
run sh -c "cd $C && sha256sum -c --quiet *.sha256"
status_is "sha256sum -c" 0
is "readable by all" "644 755" \
    "$(stat -c %a "$C/ip.plain") $(stat -L -c %a "$C")"

step "what did not change"
a=$(inode ip.plain.gz) b=$(inode address.plain)
ctl publish
has "nothing changed" '^unchanged$' "$OUT"
is "the same version" "$a" "$(inode ip.plain.gz)"
ctl add address bob@example.test
ctl publish
whole "$C" "whole"
is "the other list is the same file" "$a" "$(inode ip.plain.gz)"
[ "$b" != "$(inode address.plain)" ]
is "this one is not" 0 $?
old=$(readlink "$C")
ctl add ip 203.0.113.77 # lies within what is listed
ctl publish
[ "$a" != "$(inode ip.plain.gz)" ]
is "a nested entry shows in plain" 0 $?
is "the version before is still there" 0 \
    "$([ -e "$T/exports/$old/manifest.json" ]; echo $?)"
whole "$T/exports/$old" "  and whole"

step "changes and what was removed"
ctl remove address ann@example.test
ctl remove ip 203.0.113.77
ctl add address eve@example.test --until 2100-01-01
ctl publish
whole "$C" "whole"
is "removed" "ann@example.test" "$(cut -d, -f1 "$C/address.removed")"
is "removed, ip" "203.0.113.77" "$(cut -d, -f1 "$C/ip.removed")"
run python3 - "$C" <<-'END'
import json, sys
state = {}
lines = open(sys.argv[1] + "/address.changes.jsonl").read().splitlines()
head = json.loads(lines[0])
assert head["since"] == 0 and head["list"] == "address", head
for l in lines[1:]:
    o = json.loads(l)
    if o["state"] == "listed": state[o["key"]] = o
    else: state.pop(o["key"], None)
plain = [l for l in open(sys.argv[1] + "/address.plain").read().splitlines() if l[0] != "#"]
assert sorted(plain) == sorted(state), (plain, state)
assert state["eve@example.test"]["until"] == "2100-01-01T00:00:00Z"
END
status_is "applied they give the list" 0

step "SIGKILL at any point leaves the old or the new"
i=0
n_old=0 n_new=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	"$rblctl" -c "$T/rbl.conf" add ip "198.51.100.$i" >/dev/null
	before=$(readlink "$C")
	# inject the signal at the i-th call that changes a file
	case $((i % 4)) in
	0) call=renameat n=$((i / 20 + 1)) ;;
	1) call=linkat n=$((i % 13 + 1)) ;;
	2) call=fsync n=$((i % 17 + 1)) ;;
	3) call=openat n=$((i % 40 + 20)) ;;
	esac
	if command -v strace >/dev/null 2>&1; then
		strace -f -o /dev/null -e trace=$call \
		    -e inject=$call:signal=KILL:when=$n \
		    "$rblctl" -c "$T/rbl.conf" publish >/dev/null 2>&1
	else
		"$rblctl" -c "$T/rbl.conf" publish >/dev/null 2>&1 &
		kill -9 $!
		wait $! 2>/dev/null
	fi
	whole "$C" "whole after $i ($call $n)"
	if [ "$before" = "$(readlink "$C")" ]; then
		n_old=$((n_old + 1))
	else
		n_new=$((n_new + 1))
	fi
done
printf '%d times the old, %d times the new\n' $n_old $n_new
[ $n_old -gt 0 ]
is "some were in time" 0 $?
ctl publish
status_is "afterwards it goes on" 0
whole "$C" "whole"
is "nothing unfinished is left" "" "$(ls -A "$T/exports" | grep '^\.new-\|^\.current$')"

step "a folder that cannot be written"
ctl add ip 198.51.100.200
: >"$T/file"
ctl publish --dir "$T/file"
status_is "refused" 1
lacks "  the old stays" v999 "$(readlink "$C")"

step "watching"
"$rblctl" -c "$T/rbl.conf" publish --watch >"$T/watch.out" 2>"$T/watch.err" &
W=$!
flow_procs="$flow_procs $W"
until_serial() {
	timeout 30 sh -c "until grep -q '^serial $1\$' '$T/watch.out'; do
		sleep 0.1; done"
	is "serial $1 is published" 0 $?
}
now=$("$rblctl" -c "$T/rbl.conf" history --json | tail -1 |
    sed 's/.*"serial":\([0-9]*\).*/\1/')
until_serial "$now"
k=0
while [ $k -lt 10 ]; do
	k=$((k + 1))
	"$rblctl" -c "$T/rbl.conf" add ip "192.0.2.$k" >/dev/null
done
until_serial $((now + 10))
whole "$C" "whole"
is "ten changes at once, one version" 2 "$(grep -c '^serial' "$T/watch.out")"
flow_stop TERM $W
is "ends when told to" 0 "$STATUS"
flow_end
