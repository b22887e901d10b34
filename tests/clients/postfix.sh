#!/bin/sh
# postfix.sh - Debian's Postfix, smtpd and postscreen, with main.cf as
# /use/postfix has it: see client.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside Postfix postconf "$@"
client_inside
add_user postfix 64101
grep -q '^postdrop:' /etc/group || echo 'postdrop:x:64102:' >>/etc/group

# Port 25 is smtpd, 26 is postscreen before another one, 27 has the files only,
# 28 warns instead of refusing, 29 is postscreen with the number raised, as the
# guide says for those who trust us. Each smtpd serves one client, since it
# remembers what it has asked.
configure() {
	rm -f /etc/postfix/main.cf /etc/postfix/master.cf
	cat >/etc/postfix/main.cf <<-END
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
	mydestination = example.test
	mynetworks = 127.0.0.9/32
	inet_interfaces = all
	local_transport = discard:
	local_recipient_maps =
	alias_maps =
	alias_database =
	biff = no
	smtputf8_enable = no
	postscreen_greet_wait = 2s
	postscreen_cache_map =
	max_use = 1
	END
	guide postfix /etc/postfix/main.cf >"$T/guide.cf"
	cat "$T/guide.cf" >>/etc/postfix/main.cf
	guide postfix main.cf >"$T/files.cf"
	warned=$(sed -n 's/^ *\(reject_r[bh]l.*\)/warn_if_reject \1/p' \
	    "$T/guide.cf" | tr -s ' \n' ' ' | sed 's/, *$//')
	trusts=$(sed -n 's/^ *\(bl\.example\.test=.*\)\*2$/\1*3/p' \
	    "$T/guide.cf" | tr '\n' ' ')
	files=$(sed 's/^smtpd_recipient_restrictions =//' "$T/files.cf" |
	    tr -s ' \n' ' ')
	cat >/etc/postfix/master.cf <<-END
	smtp      inet  n - n - - smtpd
	26        inet  n - n - 1 postscreen
	27        inet  n - n - - smtpd
	  -o { smtpd_recipient_restrictions = $files }
	28        inet  n - n - - smtpd
	  -o { smtpd_recipient_restrictions = reject_unauth_destination, $warned, permit }
	29        inet  n - n - 1 postscreen
	  -o { postscreen_dnsbl_sites = $trusts }
	smtpd     pass  - - n - - smtpd
	  -o smtpd_recipient_restrictions=permit_mynetworks,reject_unauth_destination
	dnsblog   unix  - - n - 0 dnsblog
	tlsproxy  unix  - - n - 0 tlsproxy
	pickup    unix  n - n 60 1 pickup
	cleanup   unix  n - n - 0 cleanup
	qmgr      unix  n - n 300 1 qmgr
	rewrite   unix  - - n - - trivial-rewrite
	bounce    unix  - - n - 0 bounce
	defer     unix  - - n - 0 bounce
	trace     unix  - - n - 0 bounce
	discard   unix  - - n - - discard
	error     unix  - - n - - error
	retry     unix  - - n - - error
	anvil     unix  - - n - 1 anvil
	proxymap  unix  - - n - - proxymap
	scache    unix  - - n - 1 scache
	postlog   unix-dgram n - n - 1 postlogd
	END
	exported ip postfix /etc/postfix/rbl_ip
	exported address postfix /etc/postfix/rbl_address
	mkdir -p /var/spool/postfix /var/lib/postfix
	chown postfix /var/lib/postfix
	postfix set-permissions >/dev/null 2>&1
	run postconf -n
	status_is "postconf reads it" 0
	is "without a warning" "" "$ERR"
}

client_stop() { postfix stop; }

# Wait until a line of Postfix's log matches $1.
logged() {
	l_end=$(($(date +%s) + 10))
	until grep -Eq -e "$1" /var/log/postfix.log; do
		[ "$(date +%s)" -lt "$l_end" ] || {
			wrong "not logged: $1"
			return
		}
		sleep 0.1
	done
	right "logged: $1"
}

to=someone@example.test
by_lists() {
	forget
	taken "a clean server" "$clean4" "$clean_from" $to
	taken "by IPv6" "$clean6" "$clean_from" $to
	taken "the null sender" "$clean4" "" $to
	taken "127.0.0.1" 127.0.0.1 "$clean_from" $to
	refused "a listed server" \
	    "rcpt 554 5.7.1 .*\[$listed4\] blocked using bl\.example\.test; Listed, see http.*q=$listed4" \
	    $listed4 "$clean_from" $to
	refused "by IPv6" "rcpt 554 5.7.1 .*\[$listed6\] blocked" $listed6 \
	    "$clean_from" $to
	refused "by the other code" 'rcpt 554 5.7.1 .*blocked' $listed4b \
	    "$clean_from" $to
	refused "127.0.0.2" 'rcpt 554 5.7.1 .*blocked' 127.0.0.2 \
	    "$clean_from" $to
	refused "a listed domain" \
	    'rcpt 554 5.7.1 .*Sender address .* blocked using dbl' "$clean4" \
	    "someone@Evil.GR" $to
	asked "a $(reversed $listed6).bl.example.test"
	asked 'a evil.gr.dbl.example.test'
	forget
	smtp "$listed4" "$clean_from" someone@elsewhere.test
	has "nobody relays" '^rcpt [45]54 .*Relay access denied' "$OUT"
	not_asked '.*bl.example.test'
}

# postscreen lets each client wait for a while, so all come at once, and are
# looked at later: those that must get through, those that must not, from
# "here" to the end.
postscreen_begin() {
	s_clients=$*
	s_procs=
	s_port=$PORT
	for s_client; do
		[ "$s_client" != here ] || continue
		python3 "$clients/smtp.py" "$PORT" "$s_client" "$clean_from" \
		    $to >"$T/ps.$s_client" 2>&1 &
		s_procs="$s_procs $!"
	done
}

postscreen_end() {
	s_want='^data 250 '
	wait $s_procs
	for s_client in $s_clients; do
		if [ "$s_client" = here ]; then
			s_want='^rcpt 550 5.7.1 .*blocked using bl\.example\.test'
		else
			has "port $s_port: $s_client" "$s_want" \
			    "$(cat "$T/ps.$s_client")"
		fi
	done
}

by_file() {
	PORT=27
	taken "a clean server" "$clean4" "$clean_from" $to
	taken "by IPv6" "$clean6" "$clean_from" $to
	refused "a listed server" 'rcpt 554 5.7.1 .*listed' $listed4 \
	    "$clean_from" $to
	refused "by IPv6" 'rcpt 554 5.7.1 .*listed' $listed6 "$clean_from" $to
	refused "a listed address" 'rcpt 554 5.7.1 .*listed' "$clean4" \
	    Spammer.Name@Example.GR $to
	# smtpd would, for each that is listed; postscreen never does
	not_asked 'txt .*\.example\.test'
	PORT=25
}

step "main.cf of the guide"
configure
run postfix start
status_is "it starts" 0
greets 25

step "smtpd asks"
by_lists
step "warn_if_reject, to begin with"
PORT=28
taken "a listed server" $listed4 "$clean_from" $to
logged "reject_warning: .*\[$listed4\] blocked using bl"
PORT=25
# our 2 points alone are below the guide's threshold
PORT=26
forget
postscreen_begin "$clean4" "$clean6" 127.0.0.1 $listed4 $listed6
step "by file"
by_file
step "postscreen asks"
postscreen_end
PORT=29
postscreen_begin "$clean4" "$clean6" 127.0.0.1 here $listed4 $listed6 \
    $listed4b 127.0.0.2
postscreen_end

for mode in servfail refused dead lie sell; do
	step "a resolver that does this: $mode"
	resolver $mode
	: >/var/log/postfix.log
	forget
	PORT=29
	postscreen_begin $listed4
	PORT=25
	taken "a listed server" $listed4 "$clean_from" $to
	taken "a listed domain" "$clean4" "someone@evil.gr" $to
	postscreen_end
	asked "a $(reversed $listed4).bl.example.test"
	asked 'a evil.gr.dbl.example.test'
	case $mode in
	servfail | refused | dead)
		logged "RBL lookup error: .*$(reversed $listed4)" ;;
	esac
done
flow_end
