"""An answer as plain JSON: what `onrecord ask --json` prints and what an evaluation stores."""

from __future__ import annotations

import json
from typing import Any

from index.hits import Hit
from qa.answer import Answer, Citation, Considered, Copy, text_hash


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return the answer as JSON-ready values; offsets are characters, half open, dates are ISO 8601 or null."""
    cited = [_citation(citation) for citation in answer.citations]
    return {
        "question": answer.question,
        "abstained": answer.abstained,
        "short": answer.short,
        "confidence": round(answer.confidence, 4),
        "answerable": round(answer.answerable, 4),
        "statements": [
            {
                "text": statement.text,
                "kind": statement.kind.value,
                "citations": [cited[number - 1] for number in statement.citations],
            }
            for statement in answer.statements
        ],
        "sources": {"articles": answer.sources.articles, "independent": answer.sources.independent},
        "differing": [
            {"text": stated.text, "citations": [cited[number - 1] for number in stated.citations]}
            for stated in answer.differing
        ],
        "written_by": answer.written_by,
        "considered": [_considered(passage) for passage in answer.considered],
        "seconds": round(answer.seconds, 4),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "article_id": citation.article_id,
        "path": citation.path,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "quote_sha256": text_hash(citation.quote),
        "article_sha256": citation.article_sha256,
        "answer_start": citation.answer_start,
        "answer_end": citation.answer_end,
        "title": citation.title,
        "source": citation.source,
        "url": citation.url,
        "published": citation.published.isoformat() if citation.published else None,
        "published_from": citation.published_from.value if citation.published_from else None,
        "speaker": None
        if citation.speaker is None
        else {"name": citation.speaker.name, "start": citation.speaker.start, "end": citation.speaker.end},
        "copies": [_copy(copy) for copy in citation.copies],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {
        "article_id": copy.article_id,
        "path": copy.path,
        "start": copy.start,
        "end": copy.end,
        "quote": copy.quote,
        "title": copy.title,
        "source": copy.source,
        "url": copy.url,
        "published": copy.published.isoformat() if copy.published else None,
        "published_from": copy.published_from.value if copy.published_from else None,
    }


def _considered(passage: Considered) -> dict[str, Any]:
    return {
        "article_id": passage.article_id,
        "title": passage.title,
        "source": passage.source,
        "published": passage.published.isoformat() if passage.published else None,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(passage.score, 6),
    }


def hit_to_json_line(hit: Hit) -> str:
    """Return a passage of a ranking as one line of JSON."""
    return json.dumps(hit_to_json(hit), ensure_ascii=False)


def hit_to_json(hit: Hit) -> dict[str, Any]:
    """Return a passage of a ranking as JSON-ready values."""
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "via": list(hit.via),
        "article_id": passage.article_id,
        "start": passage.start,
        "end": passage.end,
        "title": passage.title,
        "text": passage.text,
    }
