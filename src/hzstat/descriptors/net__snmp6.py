"""/proc/net/snmp6: traffic and errors of IPv6 and what runs on it.

Ip6InReceives                   	129
Ip6InOctets                     	105993
"""
from .descriptor import COUNTER, IPV6, Descriptor

DESCRIPTOR = Descriptor(
    "net/snmp6", "Documentation/filesystems/proc.rst", "", (
        ("Ip6InReceives", "packets", COUNTER, "", "received, broken ones included"),
        ("Ip6InHdrErrors", "packets", COUNTER, "", "received with a bad header"),
        ("Ip6InTooBigErrors", "packets", COUNTER, "", "too large for the way on"),
        ("Ip6InDiscards", "packets", COUNTER, "", "received well, but dropped"),
        ("Ip6InDelivers", "packets", COUNTER, "", "handed to a protocol"),
        ("Ip6OutForwDatagrams", "packets", COUNTER, "", "forwarded"),
        ("Ip6OutRequests", "packets", COUNTER, "", "to be sent from here"),
        ("Ip6OutDiscards", "packets", COUNTER, "", "dropped before they were sent"),
        ("Ip6OutNoRoutes", "packets", COUNTER, "", "dropped, as no route was known"),
        ("Ip6ReasmTimeout", "packets", COUNTER, "", "given up, as fragments stayed away"),
        ("Ip6ReasmFails", "packets", COUNTER, "", "could not be put together"),
        ("Ip6InOctets", "bytes", COUNTER, "", "received"),
        ("Ip6OutOctets", "bytes", COUNTER, "", "sent"),
        ("Ip6*Octets", "bytes", COUNTER, "", "received or sent, by sort of address"),
        ("Ip6*", "packets", COUNTER, "", "another count of packets"),
        ("Icmp6InMsgs", "packets", COUNTER, "", "received"),
        ("Icmp6InErrors", "packets", COUNTER, "", "received broken"),
        ("Icmp6OutMsgs", "packets", COUNTER, "", "sent"),
        ("Icmp6OutErrors", "packets", COUNTER, "", "could not be sent"),
        ("Icmp6*", "packets", COUNTER, "", "messages of one sort"),
        ("Udp6InDatagrams", "packets", COUNTER, "", "given to programs"),
        ("Udp6NoPorts", "packets", COUNTER, "", "received where nobody listens"),
        ("Udp6InErrors", "packets", COUNTER, "", "received, and lost"),
        ("Udp6OutDatagrams", "packets", COUNTER, "", "sent"),
        ("Udp6RcvbufErrors", "packets", COUNTER, "", "of InErrors: receive buffer full"),
        ("Udp6SndbufErrors", "packets", COUNTER, "", "not sent: send buffer full"),
        ("UdpLite6*", "packets", COUNTER, "", "as with Udp6"),
        ("*", "packets", COUNTER, "", "another count"),
    ), needs=IPV6)
