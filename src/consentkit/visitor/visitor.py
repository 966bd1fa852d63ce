"""Who is asking, as one value that may be kept: nothing in it identifies a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consentkit.visitor.address import Truncation, TrustedProxies, client_address, truncate
from consentkit.visitor.agent import MAX_LENGTH, Agent, parse
from consentkit.visitor.language import negotiate
from consentkit.visitor.place import Place, PlaceLookup, told_place
from consentkit.visitor.signals import dnt, gpc

if TYPE_CHECKING:
    from consentkit.visitor.address import Address, Headers


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking.

    Attributes:
        address: Truncated, such as ``203.0.0.0/16``; ``-`` when unknown.
        place: The country and, where it is known, the state.
        language: One of the languages offered.
        gpc: Whether Global Privacy Control is on.
        dnt: Whether Do Not Track is on.
        user_agent: The header's first 512 characters, to be parsed off the request path; write :attr:`agent`, not this.
    """

    address: str
    place: Place
    language: str
    gpc: bool
    dnt: bool
    user_agent: str = field(repr=False)

    @property
    def country(self) -> str | None:
        """ISO 3166-1 alpha-2, or None."""
        return self.place.country

    @property
    def agent(self) -> Agent:
        """The browser; the first look at a new header takes up to a millisecond, later ones none."""
        return parse(self.user_agent)


@dataclass(frozen=True, slots=True)
class VisitorReader:
    """Reads the visitor out of requests; made once, when the site starts.

    Attributes:
        languages: The languages the site speaks, the default first.
        trusted: Whose forwarding headers count.
        truncation: How much of an address is kept.
        places: Where places are looked up.
        place_headers: Names, in lower case, of the headers in which a trusted proxy tells the country and the state;
            what they tell comes before the look-up.
    """

    languages: tuple[str, ...]
    trusted: TrustedProxies = field(default_factory=TrustedProxies)
    truncation: Truncation = field(default_factory=Truncation)
    places: PlaceLookup = field(default_factory=lambda: PlaceLookup(None))
    place_headers: tuple[bytes, ...] = ()

    def read(self, peer: str | None, headers: Headers) -> Visitor:
        """Read one request; the full address never leaves this function.

        Args:
            peer: ``scope["client"][0]``, or ``None`` on a Unix socket.
            headers: ``scope["headers"]``, names in lower case.
        """
        address = client_address(peer, headers, self.trusted)
        return Visitor(
            address=truncate(address, self.truncation),
            place=self._place(peer, headers, address),
            language=negotiate(_joined(headers, b"accept-language"), self.languages),
            gpc=gpc(headers),
            dnt=dnt(headers),
            user_agent=_joined(headers, b"user-agent")[:MAX_LENGTH].decode("latin-1"),
        )

    def _place(self, peer: str | None, headers: Headers, address: Address | None) -> Place:
        if self.place_headers and self.trusted.trusts(peer):
            told = told_place(headers, self.place_headers)
            if told.country:
                return told
        return self.places.place(address)


def _joined(headers: Headers, wanted: bytes) -> bytes:
    return b", ".join([value for name, value in headers if name == wanted])
