#!/bin/sh
# import.sh - list files at the command line: types and parts of rbldnsd's
# files, packed files, files that are cut, old, or say two things of one key.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	list "wide" { kind = "ip"  widest-v4 = 8 }
END
ctl init

# $1: part of the message; the rest: a command that must change nothing.
refused() {
	r_why=$1
	shift
	ctl "$@" --dry-run
	status_is "refused: $*" 1
	has "  says why" "$r_why" "$ERR"
	before=$("$rblctl" -c "$T/rbl.conf" list "$2")
	ctl "$@"
	status_is "  also when it is meant" 1
	is "  nothing changed" "$before" \
	    "$("$rblctl" -c "$T/rbl.conf" list "$2")"
}

listed() {
	ctl test "$1" --list ip
	status_is "  $1 is listed" 0
}

clear() {
	ctl test "$1" --list ip
	status_is "  $1 is not listed" 3
}

step "an ip4set: a hole beats whatever is within its level"
cat >"$T/set" <<-'END'
	# rbldnsd has to list its test point itself
	127.0.0.2
	45.1.1.0/24
	!45.1.1.0/26
	45.1.1.5 :5:narrower, but on the same level
	!45.2.0.0/17
	45.2.3.4 :6:on a finer level than the hole
	45.3.0.1-45.3.0.3 :7:a range, see http://x/?$
END
ctl import ip "$T/set" --format rbldnsd:ip4set
status_is "import" 0
has "  the test point is passed over" '^test-points 1$' "$OUT"
listed 45.1.1.64
clear 45.1.1.5
listed 45.2.3.4
clear 45.2.3.5
listed 45.3.0.3
clear 45.3.0.4
ctl test 45.3.0.1
has "  a template" 'reason +a range, see http://x/\?45\.3\.0\.1$' "$OUT"
ctl list ip
lacks "  no entry for each address of the hole" '^45\.1\.1\.6 ' "$OUT"
ctl import ip "$T/set" --format rbldnsd:ip4set
has "again: unchanged" '^unchanged$' "$OUT"

step "an ip4trie: the longest prefix decides"
grep -v 45.3 "$T/set" >"$T/trie"
ctl import ip "$T/trie" --format rbldnsd:ip4trie --source set --replace
status_is "import" 0
listed 45.1.1.5
clear 45.1.1.6
listed 45.2.3.4
clear 45.3.0.1

step "out and in again: the same list"
ctl export ip --format rbldnsd --output "$T/set.exported"
grep -q 'DATASET ip4trie' "$T/set.exported"
is "a combined file" 0 $?
ctl list ip --json
printf '%s\n' "$OUT" | sed 's/"created":"[^"]*"//' >"$T/before"
ctl import ip "$T/set.exported" --format rbldnsd --source set --replace
status_is "import" 0
has "  nothing was added" '^added 0$' "$OUT"
has "  nothing changed" '^changed 0$' "$OUT"
has "  nothing is gone" '^removed 0$' "$OUT"
ctl list ip --json
printf '%s\n' "$OUT" | sed 's/"created":"[^"]*"//' >"$T/after"
cmp -s "$T/before" "$T/after"
is "  every word" 0 $?

step "one key, two values"
cat >"$T/twice" <<-'END'
	# a comment
	46.1.1.1 :4:first

	46.1.1.0-46.1.1.3
	46.1.1.1 :5:second
	46.1.1.9
	46.1.1.9
END
refused 'twice:5: the same key as in line 2' \
    import ip "$T/twice" --format rbldnsd
ctl import ip "$T/twice" --format rbldnsd --skip-bad
status_is "--skip-bad" 0
has "  counts" '^repeated 1$' "$OUT"
ctl test 46.1.1.1
has "  the first counts" 'code +127\.0\.0\.4$' "$OUT"

step "files that are not whole, or not of today"
printf '46.2.1.1\n46.2.1.2' >"$T/cut"
refused 'cut:2: .*cut short' import ip "$T/cut" --format rbldnsd
ctl import ip "$T/cut" --format plain --dry-run
status_is "plain has no such rule" 0
printf '$TIMESTAMP 2005:01:01 +1d\n46.2.1.1\n' >"$T/old"
refused 'expired at 2005-01-02' import ip "$T/old" --format rbldnsd
ctl import ip "$T/old" --format rbldnsd --force --dry-run
status_is "--force" 0
printf '46.2.1.1/24\n' >"$T/bits"
refused 'bits:1: .*host bits' import ip "$T/bits" --format rbldnsd
ctl import ip "$T/bits" --format rbldnsd --host-bits --dry-run
status_is "--host-bits" 0
printf '0/0\n46.0.0.0/7\n46.0.0.0/8\n' >"$T/wide"
refused 'wide:1: .*never listed' import ip "$T/wide" --format rbldnsd
has "  and the second" 'wide:2: .*wider than list' "$ERR"
has "  and the third" 'wide:3: .*wider than list' "$ERR"
printf '46/8\n' >"$T/wide"
ctl import wide "$T/wide" --format rbldnsd --dry-run
status_is "a list that may" 0

step "packed"
gzip -c "$T/set" >"$T/set.gz"
ctl import ip "$T/set.gz" --format rbldnsd:ip4set --dry-run
status_is "by its file" 0
has "  all of it" '^added 2$' "$OUT"
has "  and what is there" '^changed 5$' "$OUT"
run_with "$T/set.gz" "$rblctl" -c "$T/rbl.conf" import ip - \
    --format rbldnsd:ip4set --dry-run
status_is "from a pipe" 0
(cat "$T/set.gz"; printf '46.9.9.9\n' | gzip -c) >"$T/two.gz"
ctl import ip "$T/two.gz" --format rbldnsd:ip4set --dry-run
has "two streams are one file" '^added 3$' "$OUT"
printf '46.9.9.9\n' | gzip -c >"$T/plain.gz"
ctl import ip "$T/plain.gz" --format plain --dry-run
status_is "other formats too" 0
size=$(wc -c <"$T/set.gz")
head -c $((size - 9)) "$T/set.gz" >"$T/bad.gz"
refused 'damaged or cut short' import ip "$T/bad.gz" --format rbldnsd
(head -c 40 "$T/set.gz"; printf 'xx'; tail -c +43 "$T/set.gz") >"$T/bad.gz"
refused 'damaged or cut short' import ip "$T/bad.gz" --format rbldnsd
(cat "$T/set.gz"; printf 'and more') >"$T/bad.gz"
refused 'damaged or cut short' import ip "$T/bad.gz" --format rbldnsd
head -c 100000000 /dev/zero | tr '\0' '\n' | gzip -c >"$T/bomb.gz"
refused 'far more than any list' import ip "$T/bomb.gz" --format rbldnsd

step "parts of a combined file"
cat >"$T/parts" <<-'END'
	$DATASET ip4set:open proxies @
	:4:proxy
	47.1.1.1
	$DATASET ip4trie:relays relays
	:5:relay
	47.1.1.2
	47.1.1.3
	$DATASET dnset names
	a.example
END
ctl import ip "$T/parts" --format rbldnsd --dry-run
has "the zone's own" '^added 1$' "$OUT"
has "  the rest is counted" '^other-parts 4$' "$OUT"
ctl import ip "$T/parts" --format rbldnsd --subzone relays --dry-run
has "--subzone" '^added 2$' "$OUT"
ctl import ip "$T/parts" --format rbldnsd --dataset relays --dry-run
has "--dataset" '^added 2$' "$OUT"
refused 'no \$DATASET in it is for subzone "x"; it has: proxies, @' \
    import ip "$T/parts" --format rbldnsd --subzone x
refused 'no entries in it' import ip "$T/parts" --format rbldnsd \
    --subzone names
ctl import ip "$T/parts" --format plain --subzone x
status_is "plain has no parts" 2
ctl import ip "$T/parts" --format plain:ip4set
status_is "  and no types" 2
ctl import ip "$T/parts" --format rbldnsd:ip5set
status_is "a type that is none" 2

flow_end
