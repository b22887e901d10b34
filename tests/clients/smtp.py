#!/usr/bin/env python3
"""smtp.py - a mail client with an address of its own.

usage: smtp.py PORT CLIENT-IP SENDER RECIPIENT [HEADER...]

Sends one mail from CLIENT-IP, which is on this machine, to the server at PORT
of ::1 or 127.0.0.1 (an address of its family), and prints how far it came:
"data 250 ..." is a mail that was taken, "rcpt 554 ..." one that was refused
there, "connect 421 ..." not even greeted. Behind "data" come the HEADERs.
SERVER in the environment is another address to connect to.
"""
import os
import smtplib
import socket
import sys


def session(port, client, sender, recipient, headers):
    server = os.environ.get('SERVER') or \
        ('::1' if ':' in client else '127.0.0.1')
    smtp = smtplib.SMTP(timeout=60, local_hostname='client.example.gr',
                        source_address=(client, 0))
    code, text = smtp.connect(server, int(port))
    if code != 220:
        return 'connect', code, text
    code, text = smtp.ehlo()
    if code != 250:
        return 'ehlo', code, text
    code, text = smtp.mail(sender)
    if code != 250:
        return 'mail', code, text
    code, text = smtp.rcpt(recipient)
    if code != 250:
        return 'rcpt', code, text
    message = ''.join(h + '\r\n' for h in headers or ['From: <%s>' % sender])
    code, text = smtp.data(message + 'Subject: a test\r\n\r\nHello.\r\n')
    return 'data', code, text


def main():
    port, client, sender, recipient = sys.argv[1:5]
    try:
        stage, code, text = session(port, client, sender, recipient,
                                    sys.argv[5:])
    except smtplib.SMTPServerDisconnected as error:
        stage, code, text = 'closed', 0, str(error).encode()
    except smtplib.SMTPResponseException as error:
        stage, code, text = 'answer', error.smtp_code, error.smtp_error
    except (OSError, socket.timeout) as error:
        stage, code, text = 'network', 0, str(error).encode()
    if isinstance(text, bytes):
        text = text.decode('utf-8', 'replace')
    print(stage, code, text.replace('\n', ' | '))


if __name__ == '__main__':
    main()
