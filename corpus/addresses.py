"""Which network addresses a fetch may connect to: those of the public internet, however they are wrapped.

A page on the internet must not make Onrecord read from the machine that it runs on or from the network around it.
`ipaddress.is_global` alone lets wrapped private addresses through (64:ff9b::7f00:1 is 127.0.0.1 behind NAT64).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_WRAPPED = tuple(map(IPv6Network, ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")))  # NAT64, compatible, translated
_ISATAP = (0x00005EFE, 0x02005EFE)  # bits 64 to 95 of an address that tunnels to the IPv4 address in its last bits
_GIVEN_OUT = IPv6Network("2000::/3")  # all that the internet uses of IPv6
_NEVER = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # between carriers and their customers
        "192.0.0.0/24",
        "192.88.99.0/24",  # old relays into 6to4
        "198.18.0.0/15",  # benchmarks
        "240.0.0.0/4",
        "64:ff9b:1::/48",  # NAT64 within a network
        "2001::/23",  # Teredo and other tunnels
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",  # the old site-local addresses
    )
)


def is_public(text: str) -> bool:
    """Whether `text` is an address of the public internet, also when an IPv4 address is wrapped in an IPv6 one."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(_is_public(form) for form in _forms(address))


def _forms(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The IPv4 address that an IPv6 address stands for, if it does; else the address, and where it tunnels to."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in network for network in _WRAPPED):
        return [last]
    return [address, last] if int(address) >> 32 & 0xFFFFFFFF in _ISATAP else [address]


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    if address.version == 6 and address not in _GIVEN_OUT:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
