#!/bin/sh
# rbldnsd.sh - the same data files in rbldnsd and in rbld, the same questions
# to both: the answers are equal, but for a written list (tests/flow/rbldiff.c,
# and rblctl(8), "MOVING FROM RBLDNSD").
#
# RBLDIFF_SEED, RBLDIFF_ENTRIES and RBLDIFF_ASK (per type) make it another one
# or a larger one.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

rbldnsd=$(PATH=$PATH:/usr/sbin:/sbin command -v rbldnsd) || {
	echo "SKIP: rbldnsd is not installed; its answers were not compared"
	exit 77
}
rbldiff=$builddir/tests/flow/rbldiff
seed=${RBLDIFF_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
entries=${RBLDIFF_ENTRIES:-600}
ask=${RBLDIFF_ASK:-7500}
echo "seed $seed, $entries entries and $ask names of each type"

# Names of the zones are those of the types; what rbld needs a list for.
v4="ip4set ip4tset ip4trie guess generic"
v6="ip6tset ip6trie"
types="$v4 $v6 combined sub"

flow_begin
chmod 755 "$T" # rbldnsd gives root up before it reads

flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	$(for t in $types dnset; do
		kind=ip
		widest=widest-v4=8
		[ "$t" != dnset ] || {
			kind=domain
			widest=
		}
		printf 'list "%s" { kind = "%s" %s }\n' "$t" "$kind" \
		    "${widest:+widest-v4 = 8 widest-v6 = 16}"
		printf 'zone "%s.test" { lists = {"%s"} ns = {"ns.example"}\n' \
		    "$t" "$t"
		printf '  hostmaster = "host.example" ttl = 35m text = "$r" }\n'
	done)
END
ctl init
status_is "init" 0

# $1 type of rbldnsd, $2 zone, $3 further words for import
load() {
	[ -f "$T/$2.names" ] || "$rbldiff" make "$1" "$seed" "$entries" \
	    "$ask" "$T/$2.data" "$T/$2.names" || exit 99
	type=rbldnsd:$1
	[ "$2" != guess ] || type=rbldnsd
	run "$rblctl" -c "$T/rbl.conf" import "$2" "$T/$2.data" \
	    --format "$type" --skip-bad $3
	status_is "import of $2" 0
	spec="$spec $2.test:$1:$T/$2.data"
}

spec=
for t in ip4set ip4tset ip4trie ip6tset ip6trie generic combined; do
	load $t $t ""
done
load ip4set guess ""
# the parts of a combined file for a subzone, of which rbldnsd makes the zone
# "other.combined.test"
cp "$T/combined.names" "$T/sub.names"
cp "$T/combined.data" "$T/sub.data"
load combined sub "--subzone other"

# Domain lists may be more than this build can do.
printf 'a.example\n' >"$T/dnset.try"
run "$rblctl" -c "$T/rbl.conf" import dnset "$T/dnset.try" --format plain
if [ "$STATUS" -eq 0 ]; then
	ctl remove dnset a.example
	load dnset dnset ""
	types="$types dnset"
else
	echo "SKIP: domain lists cannot be written; dnset was not compared"
fi

user=
[ "$(id -u)" -ne 0 ] || user="-u nobody"
port=$("$rbldiff" port) || exit 99
"$rbldnsd" -n -q $user -t 35m -c 0 -b 127.0.0.1/"$port" $spec \
    >"$T/rbldnsd.log" 2>&1 &
flow_procs="$flow_procs $!"
"$rbldiff" wait "$port" || {
	cat "$T/rbldnsd.log"
	exit 1
}
flow_start rbld

for t in $types; do
	step "$t"
	zone=$t.test
	if [ "$t" = sub ]; then
		run "$rbldiff" ask "$port" "$DNS4" sub.test "$T/sub.names" other
	else
		run "$rbldiff" ask "$port" "$DNS4" "$zone" "$T/$t.names" ""
	fi
	printf '%s\n' "$OUT"
	is "the answers${ERR:+: $ERR}" 0 "$STATUS"
done

flow_end
