#!/bin/sh
# mails.sh - real and hostile mail with known answers (mails.py), through the
# confined parser. The mail is private and not part of the source: it is looked
# for in ../shared/corpus beside the source tree, or in $RBL_CORPUS.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

corpus=${RBL_CORPUS:-$srcdir/../shared/corpus}
if ! command -v python3 >/dev/null 2>&1; then
	printf 'SKIP: no python3\n'
	exit 77
fi
if [ ! -f "$corpus/make_hostile.py" ]; then
	printf 'SKIP: no mail with known answers in %s\n' "$corpus"
	exit 77
fi
flow_begin
mkdir "$T/hostile" && python3 -B "$corpus/make_hostile.py" "$T/hostile" \
    >"$T/out" 2>&1 || { cat "$T/out"; exit 99; }
printf '%s\n' 'list "ip" { kind = "ip" }' 'list "from" { kind = "address" }' \
    'ingest { max-age = never }' >"$T/rbl.conf"
for part in hostile submissions raw received pasted others; do
	step "$part"
	python3 -B "$srcdir/tests/flow/mails.py" --program "$ingest" \
	    --config "$T/rbl.conf" --corpus "$corpus" \
	    --hostile "$T/hostile" "$part" >"$T/out" 2>&1
	STATUS=$?
	sed 's/^/  /' "$T/out"
	OUT=$(cat "$T/out") ERR=
	status_is "$part" 0
done
flow_end
