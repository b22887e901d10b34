#!/bin/sh
# postfix.sh - a real Postfix hands mail over, by pipe and by LMTP, and none is
# lost: see mta.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/mta.sh"
mta_outside Postfix postconf "$@"
mta_inside

add_user postfix 64101
grep -q '^postdrop:' /etc/group || echo 'postdrop:x:64102:' >>/etc/group
sed -i 's/^\(rbl-ingest:x:[0-9]*:\).*/\1postfix/' /etc/group

postfix_start() {
	for map in main.cf master.cf; do
		rm -f /etc/postfix/$map
	done
	cat >/etc/postfix/main.cf <<END
compatibility_level = 3.6
mail_owner = postfix
setgid_group = postdrop
queue_directory = /var/spool/postfix
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
data_directory = /var/lib/postfix
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
maillog_file = /var/log/postfix.log
myhostname = mx.example.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = error:nowhere to go
transport_maps = inline:{pipe.test=road-pipe:, lmtp.test=road-lmtp:unix:$T/run/lmtp.sock}
alias_maps =
alias_database =
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
road-pipe_destination_recipient_limit = 1
lmtp_data_done_timeout = 60s
biff = no
recipient_delimiter = +
END
	cat >/etc/postfix/master.cf <<END
pickup    unix  n - n 1 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
error     unix  - - n - - error
retry     unix  - - n - - error
showq     unix  n - n - - showq
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
END
	mta_example "From Postfix, in" | sed 's/^rbl-ingest/road-pipe/' \
	    >>/etc/postfix/master.cf
	mta_example "or, faster, to the server" | sed 's/^rbl-lmtp/road-lmtp/' \
	    >>/etc/postfix/master.cf
	mkdir -p /var/spool/postfix /var/lib/postfix
	chown postfix /var/lib/postfix
	postfix set-permissions >/dev/null 2>&1
	postfix start >"$T/out" 2>&1 || {
		cat "$T/out"
		return 1
	}
}

mta_stop() { postfix stop; }
mta_send() { sendmail -f a@x.test "$1"; }
mta_flush() { postqueue -f; }
mta_theirs() {
	find /var/spool/postfix/maildrop /var/spool/postfix/incoming \
	    /var/spool/postfix/active /var/spool/postfix/deferred \
	    -type f 2>/dev/null | wc -l
}

postfix_start || {
	wrong "Postfix does not start"
	flow_end
}
step "by pipe"
mta_story pipe 12
step "by LMTP"
server_start
mta_story lmtp 12
server_stop
grep -q 'status=bounced' /var/log/postfix.log &&
    wrong "something was bounced: $(grep -m 1 bounced /var/log/postfix.log)"
flow_end
