#!/usr/bin/env python3
"""resolver.py - the resolver that a mail server under test asks: 127.0.0.1:53
in its own namespace. It hands questions about *.example.test to the rbld that
runs there, and knows nothing else. What the file MODE says, it does to them:

  normal   hand them on
  servfail, refused   answer with that and nothing else
  dead     do not answer
  lie      answer every name, listed or not, with 127.255.255.254, as a
           resolver does that a list has had enough of
  sell     answer every name with 192.0.2.1, as one that sells advertisements

usage: resolver.py RBLD-PORT MODE LOG

Each question is a line "TYPE NAME" in LOG. Prints "ready" when it listens.
"""
import socket
import struct
import sys
import threading

ZONES = b'.example.test'
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5
TYPES = {1: 'A', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA'}
LIES = {'lie': bytes([127, 255, 255, 254]), 'sell': bytes([192, 0, 2, 1])}


def question(query):
    """Name in lower case, type, and where the question ends."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    return b'.'.join(labels), struct.unpack('!H', query[at + 1:at + 3])[0], at + 5


def reply(query, end, rcode, records=b'', count=0):
    return (query[:2] + struct.pack('!HHHHH', 0x8180 | rcode, 1, count, 0, 0) +
            query[12:end] + records)


def record(rtype, data):
    return struct.pack('!HHHIH', 0xc00c, rtype, 1, 60, len(data)) + data


class Resolver:
    def __init__(self, port, mode, log):
        self.rbld = ('127.0.0.1', int(port))
        self.mode = mode
        self.log = open(log, 'a', buffering=1)

    def answer(self, query):
        try:
            name, rtype, end = question(query)
        except (IndexError, struct.error):
            return None
        self.log.write('%s %s\n' % (TYPES.get(rtype, rtype),
                                    name.decode('latin-1')))
        if not name.lower().endswith(ZONES):
            return reply(query, end, NXDOMAIN)
        with open(self.mode) as file:
            mode = file.read().strip()
        if mode == 'dead':
            return None
        if mode == 'servfail':
            return reply(query, end, SERVFAIL)
        if mode == 'refused':
            return reply(query, end, REFUSED)
        if mode in LIES:
            if rtype == 1:
                return reply(query, end, 0, record(1, LIES[mode]), 1)
            return reply(query, end, 0)
        return self.forward(query)

    def forward(self, query):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
            asks.settimeout(5)
            asks.sendto(query, self.rbld)
            try:
                got = asks.recv(65535)
            except OSError:
                return None
        return got[:3] + bytes([got[3] | 0x80]) + got[4:]

    def serve_tcp(self, listener):
        while True:
            peer, _ = listener.accept()
            with peer:
                try:
                    size = peer.recv(2, socket.MSG_WAITALL)
                    query = peer.recv(struct.unpack('!H', size)[0],
                                      socket.MSG_WAITALL)
                    got = self.answer(query)
                    if got:
                        peer.sendall(struct.pack('!H', len(got)) + got)
                except (OSError, struct.error):
                    pass

    def serve(self):
        listener = socket.create_server(('127.0.0.1', 53))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(('127.0.0.1', 53))
        threading.Thread(target=self.serve_tcp, args=(listener,),
                         daemon=True).start()
        print('ready', flush=True)
        while True:
            query, peer = udp.recvfrom(65535)
            got = self.answer(query)
            if got:
                udp.sendto(got, peer)


if __name__ == '__main__':
    Resolver(*sys.argv[1:4]).serve()
