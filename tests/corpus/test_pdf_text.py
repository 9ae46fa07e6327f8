"""PDF: paragraphs whole again, running heads gone, and a reason for what can't be read."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from corpus.errors import UnreadableError
from corpus.pdf_text import extract_pdf

SENTENCE = "The council of the small town by the river voted on Tuesday to close its bridge for a year. "


def pdf(paragraphs: list[str], title: str | None = None, *, pages: int = 1) -> bytes:
    styles = getSampleStyleSheet()
    buffer = io.BytesIO()

    def edges(canvas: object, document: object) -> None:
        canvas.drawString(72, 800, "Example Times, March 2024")  # type: ignore[attr-defined]
        canvas.drawString(300, 30, f"Page {document.page}")  # type: ignore[attr-defined]

    story = []
    for number in range(pages):
        story += [Paragraph(f"{text} Part {number} ends so.", styles["BodyText"]) for text in paragraphs]
        story += [PageBreak()] if number < pages - 1 else []
    template = SimpleDocTemplate(buffer, title=title, invariant=1)
    template.build(story, onFirstPage=edges if pages > 1 else lambda *_: None, onLaterPages=edges)
    return buffer.getvalue()


def test_lines_are_joined_to_paragraphs() -> None:
    text = extract_pdf(pdf(["Bridge closes.", SENTENCE * 4, SENTENCE * 3])).text
    end = "Part 0 ends so."
    assert text.split("\n") == [f"Bridge closes. {end}", SENTENCE * 4 + end, SENTENCE * 3 + end]


def test_running_heads_and_page_numbers_go() -> None:
    text = extract_pdf(pdf([SENTENCE * 3], pages=4)).text
    assert text.count("The council") == 12
    assert "Example Times" not in text and "Page" not in text
    assert [f"Part {number} ends so." in text for number in range(4)] == [True] * 4


def test_titles_that_programs_write_are_not_titles() -> None:
    assert extract_pdf(pdf([SENTENCE], "Bridge closes")).title == "Bridge closes"
    for title in (None, "untitled", "Microsoft Word - draft3.docx", "draft.docx", "(anonymous)"):
        assert extract_pdf(pdf([SENTENCE], title)).title is None


def test_a_files_own_date_is_not_taken() -> None:
    data = pdf([SENTENCE])
    assert PdfReader(io.BytesIO(data)).metadata["/CreationDate"]  # type: ignore[index]
    assert extract_pdf(data).published is None


def test_words_divided_at_the_end_of_a_line_are_whole_again() -> None:
    from corpus.pdf_text import _paragraphs

    lines = ["A state-of-the-art bridge needs engi-", "neers who know state-of-", "the-art methods and more of"]
    assert (
        _paragraphs([lines])
        == "A state-of-the-art bridge needs engineers who know state-of-the-art methods and more of"
    )


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([SENTENCE]))))
    writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def looped() -> bytes:
    """A page tree whose node is its own child."""
    data = pdf([SENTENCE])
    reader = PdfReader(io.BytesIO(data))
    writer = PdfWriter(clone_from=reader)
    node = writer.root_object["/Pages"].get_object()
    node[NameObject("/Kids")] = ArrayObject([node.indirect_reference])
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def blank() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged"),
        (b"%PDF-1.7\n", "damaged"),
        (pdf([SENTENCE])[:200], "damaged|no text"),
        (encrypted("secret"), "encrypted"),
        (looped(), "damaged|no text"),
        (blank(), "no text"),
    ],
    ids=["empty", "head only", "truncated", "encrypted", "looped", "blank"],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        extract_pdf(data)


def test_an_empty_password_needs_no_asking() -> None:
    assert "The council" in extract_pdf(encrypted("")).text
