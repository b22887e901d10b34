#!/bin/sh
# rblsmtpd.sh - Debian's tcpserver and rblsmtpd, by the script of /use/qmail,
# before a small server in the place of qmail-smtpd: see client.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside rblsmtpd rblsmtpd "$@"
client_inside

# Takes any mail.
mkdir -p /var/qmail/bin
cat >/var/qmail/bin/qmail-smtpd <<'END'
#!/bin/sh
printf '220 mx.example.test ESMTP\r\n'
while read -r verb rest; do
	case $verb in
	[Dd][Aa][Tt][Aa]*)
		printf '354 go ahead\r\n'
		while read -r line && [ "${line%?}" != . ]; do :; done
		printf '250 taken\r\n' ;;
	[Qq][Uu][Ii][Tt]*) printf '221 bye\r\n'; exit ;;
	*) printf '250 ok\r\n' ;;
	esac
done
END
chmod 755 /var/qmail/bin/qmail-smtpd
echo ':allow' | tcprules /etc/tcp.smtp.cdb /etc/tcp.smtp.tmp
grep -q '^smtp[[:space:]]' /etc/services 2>/dev/null ||
    echo 'smtp 25/tcp' >>/etc/services

to=someone@example.test
step "the script of the guide"
guide qmail /service/qmail-smtpd/run >"$T/qmail-run"
chmod 755 "$T/qmail-run"
"$T/qmail-run" >"$T/qmail.log" 2>&1 &
flow_procs="$flow_procs $!"
greets 25

forget
taken "a clean server" "$clean4" "$clean_from" $to
taken "127.0.0.1" 127.0.0.1 "$clean_from" $to
refused "a listed server" \
    "(mail|rcpt) 451 Listed, see http://bl\.example\.test/lookup\?q=$listed4" \
    $listed4 "$clean_from" $to
refused "by the other code" '(mail|rcpt) 451 Listed' $listed4b "$clean_from" $to
refused "127.0.0.2" '(mail|rcpt) 451 Listed' 127.0.0.2 "$clean_from" $to
asked "txt $(reversed $listed4).bl.example.test"

step "with -b, when you trust us"
sed 's/ smtp \\/ 26 \\/; s/rblsmtpd -r/rblsmtpd -b -r/' "$T/qmail-run" \
    >"$T/qmail-b"
sh "$T/qmail-b" >"$T/qmail-b.log" 2>&1 &
flow_procs="$flow_procs $!"
greets 26
PORT=26
refused "a listed server" '(mail|rcpt) 553 Listed' $listed4 "$clean_from" $to
taken "a clean server" "$clean4" "$clean_from" $to

# one that does not answer at all takes a minute of its patience
for mode in servfail refused lie sell; do
	step "a resolver that does this: $mode"
	resolver $mode
	forget
	taken "a listed server" $listed4 "$clean_from" $to
	asked "txt $(reversed $listed4).bl.example.test"
done
flow_end
