#!/bin/sh
# abuse.sh - whatever is sent, nothing breaks, and those who ask properly do
# not notice: tests/flow/abuse.c does the worst by UDP and TCP, twice, while
# questions go on at a steady rate. None may be lost or wrong, the serving
# process stays the same one, and has as many files open and as much memory
# after the second time as after the first.
#
#   tests/flow/abuse.sh [SEED]
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test
seed=${1:-$(date +%s)}
connections=${ABUSE_CONNECTIONS:-10000}
rate=${ABUSE_RATE:-500}

# The serving process.
serving() {
	for stat in /proc/[0-9]*/stat; do
		sed -n "s/^\([0-9]*\) (.*) [A-Z] $PID_rbld .*/\1/p" "$stat" \
		    2>/dev/null
	done
}

files() {
	ls "/proc/$child/fd" | wc -l
}

kilobytes() {
	sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$child/smaps_rollup"
}

# Wait until it has no more files open than $1.
files_back() {
	until=$(($(date +%s) + flow_limit))
	while [ "$(files)" -gt "$1" ] && [ "$(date +%s)" -lt "$until" ]; do
		sleep 0.1
	done
	is "$2: no file is left open" "$1" "$(files)"
}

round() {
	"$builddir/tests/flow/abuse" "$DNS4" "$1" "$connections" \
	    "7.7.7.45.$bl" >"$T/out" 2>&1
	is "all of it, seed $1" 0 $?
	cat "$T/out"
	files_back "$before" "seed $1"
}

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
# room for all of them: one client has a quarter of this at most
sed -i "s/rate-limit = 0/& tcp-limit = $((connections + 2000)) tcp-timeout = 30s/" \
    "$T/rbl.conf"
ctl init
ctl add ip 45.7.0.0/16
cat >"$T/names" <<END
7.7.7.45.$bl 127.0.0.2
7.45.$bl NODATA
1.2.3.99.$bl NX
x.$bl NX
END
flow_start rbld
child=$(serving)
before=$(files)
"$builddir/tests/flow/load" "$DNS4" "$rate" "$T/names" >"$T/load" 2>&1 &
load=$!
flow_procs="$flow_procs $load"

step "abuse, seed $seed"
round "$seed"
first=$(kilobytes)
step "the same with another seed"
round $((seed + 1))
second=$(kilobytes)
printf '  memory: %s kB, then %s kB\n' "$first" "$second"
if grep -q 'define WITH_SANITIZER' "$builddir/config.h" 2>/dev/null; then
	printf '  (of a build with sanitizers, which keeps what was freed)\n'
elif [ "$second" -le $((first + 4096)) ]; then
	right "no memory is lost"
else
	wrong "memory grows" "$first kB, then $second kB"
fi
kill -TERM "$load"
wait "$load"
is "at a steady rate, none lost and none wrong" 0 $?
sed 's/^/  /' "$T/load"
is "the same process serves" "$child" "$(serving)"
lacks "nothing died" 'died of signal' "$(cat "$T/rbld.log")"
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_end
