"""Where a request comes from, also behind proxies that we trust."""

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"
IPV6_SUBSCRIBER_BITS = 64  # what a provider hands to one customer, who may use all of it


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks or single addresses; raises ValueError for anything else."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The client as one string to count by: an IPv4 address or an IPv6 /64 network.

    `peer` is who opened the connection, `forwarded` the X-Forwarded-For headers in order. Each
    proxy appends its own peer, so the list is read from its end, as long as the hop that wrote an
    entry is trusted; what stands further left may be the client's own invention.
    """
    found = _parse(peer or "")
    if found is None:
        return UNKNOWN
    hops = [hop for header in forwarded for hop in header.split(",")]
    while hops and any(found in network for network in trusted):
        previous = _parse(hops.pop())
        if previous is None:
            break
        found = previous
    if isinstance(found, IPv6Address):
        return str(ip_network((found, IPV6_SUBSCRIBER_BITS), strict=False))
    return str(found)


def _parse(text: str) -> Address | None:
    """Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
