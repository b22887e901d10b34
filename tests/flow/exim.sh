#!/bin/sh
# exim.sh - a real Exim hands mail over, by pipe and by LMTP, with the examples
# of rbl-ingest(1) as they stand there, and none is lost: see mta.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/mta.sh"
mta_outside Exim exim4 "$@"
mta_inside

add_user Debian-exim 64104

exim_conf() {
	cat <<-END
	primary_hostname = mx.example.test
	exim_user = Debian-exim
	exim_group = Debian-exim
	trusted_users = root
	host_lookup =
	keep_environment =
	spool_directory = /var/spool/exim4
	log_file_path = /var/log/exim4/%slog
	auto_thaw = 1s
	bounce_return_message = false
	acl_smtp_rcpt = accept
	acl_smtp_data = accept
	local_interfaces = 127.0.0.1
	begin routers
	END
	mta_example "From Exim, a router" | sed 's/bl\.example\.gr/pipe.test/'
	sed 's/^rbl_/lmtp_/; s/bl\.example\.gr/lmtp.test/
		s/= rbl_ingest/= lmtp_ingest/' "$T/example"
	echo "begin transports"
	mta_example "a transport, which"
	mta_example "by LMTP, the transport" | sed 's/^rbl_/lmtp_/'
	printf 'begin retry\n* * F,1h,1s\n'
}

mta_send() {
	exim4 -odq -i -f a@x.test "$1"
}
mta_theirs() {
	find /var/spool/exim4/input -name '*-H' 2>/dev/null | wc -l
}
# Three runners at once, as a busy server has.
mta_flush() {
	exim4 -qff >/dev/null 2>&1 9>&- &
	exim4 -qff >/dev/null 2>&1 9>&- &
	exim4 -qff >/dev/null 2>&1 9>&- &
}

mkdir -p /var/spool/exim4 /var/log/exim4 /etc/exim4
chown -R Debian-exim:Debian-exim /var/spool/exim4 /var/log/exim4
exim_conf >/etc/exim4/exim4.conf
exim4 -bV >"$T/out" 2>&1 || {
	wrong "Exim takes the configuration" "$(cat "$T/out")"
	flow_end
}

step "by pipe"
mta_story pipe 6
step "by LMTP"
server_start
mta_story lmtp 6
server_stop
grep ' \*\* ' /var/log/exim4/mainlog >"$T/bounced" &&
    wrong "something was bounced: $(head -n 3 "$T/bounced")"
flow_end
