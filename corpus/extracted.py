"""What a file gives, before and after it is cleaned: the message between worker and parent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from corpus.article import MAX_TEXT, DateOrigin
from corpus.clean import clean
from corpus.errors import UnreadableError


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text with what its file says about itself."""

    text: str
    title: str | None = None
    source: str | None = None  # publication or domain
    url: str | None = None  # http or https
    published: date | None = None
    published_from: DateOrigin | None = None  # None exactly when published is None

    def to_json(self) -> dict[str, str | None]:
        """As strings, for a pipe."""
        return {
            "text": self.text,
            "title": self.title,
            "source": self.source,
            "url": self.url,
            "published": self.published.isoformat() if self.published else None,
            "published_from": self.published_from,
        }

    @classmethod
    def from_json(cls, fields: dict[str, str | None]) -> Extracted:
        """What `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        text, published, origin = fields["text"], fields["published"], fields["published_from"]
        if not isinstance(text, str):
            raise TypeError("text must be a string")
        day = date.fromisoformat(published) if published else None
        return cls(text, fields["title"], fields["source"], fields["url"], day, DateOrigin(origin) if origin else None)


def cleaned(extracted: Extracted) -> Extracted:
    """The article's own text and title. Raises UnreadableError if it is too long or nothing is left of it."""
    if len(extracted.text) > MAX_TEXT:
        raise UnreadableError(f"its text is longer than {MAX_TEXT:,} characters")
    article = clean(extracted.text, title=extracted.title)
    if not any(map(str.isalnum, article.text)):
        raise UnreadableError("it holds no text" + (" besides navigation" if article.dropped else ""))
    return replace(extracted, text=article.text, title=article.title or None)
