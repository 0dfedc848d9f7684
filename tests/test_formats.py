from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from fpdf import FPDF
from pypdf.generic import ByteStringObject, DictionaryObject, NameObject, NumberObject

from index.articles import FullArticle
from index.loading.folders import Reader
from index.loading.formats import MAX_ARTICLE_BYTES

from .helpers import json_lines, put, read, texts_of

PAGE = """<!doctype html>
<html lang="en"><head>
<title>Ferry returns to service | Bay Courier</title>
<meta property="og:title" content="Ferry returns to service">
<meta property="og:site_name" content="Bay Courier">
<meta property="og:url" content="https://courier.example/ferry">
<meta property="article:published_time" content="2025-03-04T09:30:00+00:00">
<meta name="author" content="Ines Marlow">
</head><body>
<nav><a href="/">Home</a> <a href="/weather">Weather page</a></nav>
<article><h1>Ferry returns to service</h1>
<p>The ferry between the two islands sailed again on Tuesday after eleven days in the dock.</p>
<p>Its café, a favourite of the crossing, opens a week later, the operator said in a statement.</p>
</article><footer>Cookie settings</footer></body></html>
"""


def pdf(*pages: str, **facts: Any) -> bytes:
    document = FPDF()
    document.set_font("helvetica")
    for name, value in facts.items():
        getattr(document, f"set_{name}")(value)
    for page in pages:
        document.add_page()
        if page:
            document.multi_cell(0, 10, page)
    return bytes(document.output())


def with_info(data: bytes, **facts: str) -> bytes:
    """The same PDF with these entries in its description."""
    writer = pypdf.PdfWriter(io.BytesIO(data))
    writer.add_metadata({f"/{name}": value for name, value in facts.items()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_aes(data: bytes) -> bytes:
    """The same PDF, said to be encrypted with AES: reading it takes a library that need not be installed."""
    writer = pypdf.PdfWriter(io.BytesIO(data))
    aes = {
        "/CFM": NameObject("/AESV3"),
        "/AuthEvent": NameObject("/DocOpen"),
        "/Length": NumberObject(32),
    }
    secrets = {"/O": 48, "/U": 48, "/OE": 32, "/UE": 32, "/Perms": 16}
    encryption = names(
        {
            "/Filter": NameObject("/Standard"),
            **{
                key: NumberObject(value)
                for key, value in {"/V": 5, "/R": 6, "/Length": 256, "/P": -4}.items()
            },
            **{key: ByteStringObject(bytes(length)) for key, length in secrets.items()},
            "/CF": names({"/StdCF": names(aes)}),
            "/StmF": NameObject("/StdCF"),
            "/StrF": NameObject("/StdCF"),
        }
    )
    number = writer._add_object(encryption).idnum
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue().replace(b"trailer\n<<", b"trailer\n<<\n/Encrypt %d 0 R" % number)


def names(values: dict[str, Any]) -> DictionaryObject:
    return DictionaryObject({NameObject(name): value for name, value in values.items()})


def facts(article: FullArticle) -> dict[str, str | None]:
    return {
        name: getattr(article, name)
        for name in ("title", "source", "author", "published", "updated", "url")
    }


class TestPlainText:
    def test_a_text_file_takes_its_title_from_its_first_line(self, tmp_path: Path) -> None:
        path = put(tmp_path / "ferry.txt", "\n  Ferry returns  \n\nIt sailed on Tuesday.\n")
        assert read(path).article.title == "Ferry returns"

    def test_a_first_line_too_long_for_a_title_gives_way_to_the_name_of_the_file(
        self, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "ferry-returns.txt", "The ferry sailed on Tuesday. " * 20)
        assert read(path).article.title == "ferry-returns"

    def test_a_text_is_kept_as_it_is_decoded(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.txt", "Old\r\nlines\rof\x00 e\u0301very\u2028 kind\n\n")
        assert read(path).article.text == path.open(encoding="utf-8", newline="").read()

    def test_a_byte_order_mark_counts_in_offsets_and_not_in_the_body(self, tmp_path: Path) -> None:
        article = read(put(tmp_path / "a.txt", "\ufeffRain\nIt fell.")).article
        assert (article.text[0], article.text[article.body :], article.title) == (
            "\ufeff",
            "Rain\nIt fell.",
            "Rain",
        )

    def test_the_id_of_an_article_without_one_comes_from_its_content(self, tmp_path: Path) -> None:
        files = {"a.txt": "Rain fell.", "moved/b.txt": "Rain fell.", "c.txt": "Snow fell."}
        first, moved, other = [
            read(put(tmp_path / name, text)).article.id for name, text in files.items()
        ]
        assert first == moved != other

    def test_the_path_is_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(tmp_path / "news" / "a.txt", "Rain fell.")
        monkeypatch.chdir(tmp_path)
        assert (
            read("news").article.path
            == read(Path("news/a.txt")).article.path
            == str(tmp_path / "news" / "a.txt")
        )

    def test_the_checksum_is_that_of_the_file(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.txt", "\ufeffRain\r\nfell.")
        assert read(path).article.checksum == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_the_extension_may_be_in_capitals(self, tmp_path: Path) -> None:
        put(tmp_path / "A.TXT", "Rain fell.")
        assert read(tmp_path).article.text == "Rain fell."

    def test_a_file_whose_name_is_not_utf8_is_skipped_as_its_citations_could_not_be_followed(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / os.fsdecode(b"caf\xe9.txt")
        try:
            put(path, "Rain fell.")
        except OSError:
            pytest.skip("this file system takes no such names")
        assert read(tmp_path).fault.endswith("its name is not UTF-8: rename it")


class TestMarkdown:
    def test_front_matter_gives_what_it_knows(self, tmp_path: Path) -> None:
        path = put(
            tmp_path / "a.md",
            "---\nid: bc-17\ntitle: Ferry returns\ndate: 2025-03-04\nupdated: 2025-03-05 18:20\nsource: Bay Courier\n"
            "author: [Ines Marlow, Tom Reed]\nurl: https://courier.example/ferry\n---\n# Other\n\nIt sailed.",
        )
        assert read(path).article.id == "bc-17"
        assert facts(read(path).article) == {
            "title": "Ferry returns",
            "source": "Bay Courier",
            "author": "Ines Marlow, Tom Reed",
            "published": "2025-03-04",
            "updated": "2025-03-05T18:20:00",
            "url": "https://courier.example/ferry",
        }

    @pytest.mark.parametrize(
        "text",
        [
            "---\ntitle: Ferry\n---\nBody.\n",
            "---\r\ntitle: Ferry\r\n---\r\nBody.\n",
            "\ufeff---\ntitle: Ferry\n---\nBody.\n",
            "---\ntitle: Ferry\n...\nBody.\n",
            "---  \nTitle: 'Ferry'\n---\t\nBody.\n",
        ],
        ids=["plain", "CRLF", "byte order mark", "ended by dots", "spaces and capitals"],
    )
    def test_front_matter_is_no_part_of_the_body(self, tmp_path: Path, text: str) -> None:
        article = read(put(tmp_path / "a.md", text)).article
        assert (article.title, article.text, article.text[article.body :]) == (
            "Ferry",
            text,
            "Body.\n",
        )

    @pytest.mark.parametrize(
        ("front", "title"),
        [
            ("title: Talks: day two", "Talks: day two"),
            ('title: "Unclosed\nsource: Bay Courier', "Unclosed"),
            ("title: Ferry\ndate: 2025-13-45", "Ferry"),
            ("title: Ferry\n\tsource: tabbed", "Ferry"),
            ("title: @ferry", "@ferry"),
        ],
        ids=[
            "an unquoted colon",
            "an unclosed quote",
            "an impossible date",
            "a tab",
            "a reserved character",
        ],
    )
    def test_front_matter_that_is_no_yaml_is_read_line_by_line(
        self, tmp_path: Path, front: str, title: str
    ) -> None:
        article = read(put(tmp_path / "a.md", f"---\n{front}\n---\nBody.\n")).article
        assert (article.title, article.text[article.body :]) == (title, "Body.\n")

    @pytest.mark.parametrize(
        "front",
        [
            "title: &t [*t]",
            "title: " + "[" * 5_000 + "]" * 5_000,
            "title: 0x" + "f" * 5_000,
            'title: "\\ud800"\ndate: "\\udfff"\nsource: "\\ud83d"',
            "title: !!binary aGVsbG8=\ndate: .inf\nauthor: {name: {name: {}}}",
            "? [a, b]\n: c\ntitle: ~",
        ],
        ids=[
            "itself inside",
            "deep",
            "a huge number",
            "half characters",
            "strange types",
            "strange keys",
        ],
    )
    def test_no_front_matter_stops_the_reading(self, tmp_path: Path, front: str) -> None:
        put(tmp_path / "a.md", f"---\n{front}\n---\nRain fell.\n")
        put(tmp_path / "b.md", "Snow fell.\n")
        articles = read(tmp_path).articles
        assert texts_of(articles)[-1] == "Snow fell.\n"
        for value in facts(articles[0]).values():
            assert (value or "").encode("utf-8").decode() == (value or "")

    def test_aliases_in_front_matter_do_not_make_a_title_without_end(self, tmp_path: Path) -> None:
        doubled = "\n".join(
            f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
            for a, b in zip("abcdef", "bcdefg", strict=True)
        )
        put(tmp_path / "a.md", f"---\na: &a rain\n{doubled}\ntitle: *g\n---\nRain fell.\n")
        assert all(len(article.title) < 10_000 for article in read(tmp_path).articles)

    def test_front_matter_without_an_end_is_text(self, tmp_path: Path) -> None:
        text = "---\ntitle: Ferry\n\nIt sailed on Tuesday.\n"
        article = read(put(tmp_path / "a.md", text)).article
        assert (article.body, article.text) == (0, text)

    def test_without_a_title_in_front_matter_the_first_heading_is_taken(
        self, tmp_path: Path
    ) -> None:
        path = put(
            tmp_path / "a.md",
            "---\nsource: Bay Courier\n---\nBy our staff\n\n# Ferry returns #\r\n\nIt sailed.\n",
        )
        assert read(path).article.title == "Ferry returns"

    def test_without_any_heading_the_first_line_is_the_title(self, tmp_path: Path) -> None:
        assert (
            read(put(tmp_path / "a.markdown", "\nFerry returns\n\nIt sailed.\n")).article.title
            == "Ferry returns"
        )

    def test_front_matter_with_nothing_after_it_is_empty(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.md", "---\ntitle: Ferry\n---\n\n")
        assert read(path).fault == f"{path}: empty"


class TestWebPages:
    def test_a_page_gives_its_main_text_and_what_it_says_about_itself(self, tmp_path: Path) -> None:
        article = read(put(tmp_path / "ferry.html", PAGE)).article
        assert facts(article) == {
            "title": "Ferry returns to service",
            "source": "Bay Courier",
            "author": "Ines Marlow",
            "published": "2025-03-04",
            "updated": None,
            "url": "https://courier.example/ferry",
        }
        assert (
            "sailed again on Tuesday after eleven days in the dock.\n\nIts café, a favourite"
            in article.text
        )

    def test_menus_and_footers_are_no_part_of_the_text(self, tmp_path: Path) -> None:
        text = read(put(tmp_path / "ferry.htm", PAGE)).article.text
        assert "Weather page" not in text
        assert "Cookie" not in text

    def test_a_page_is_decoded_as_it_declares(self, tmp_path: Path) -> None:
        page = PAGE.replace("<head>", '<head><meta charset="windows-1252">').encode("windows-1252")
        assert "Its café, a favourite" in read(put(tmp_path / "a.html", page)).article.text

    def test_a_page_that_declares_nothing_must_be_utf8(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.html", PAGE.encode("windows-1252"))
        assert re.fullmatch(
            rf"{path}: not UTF-8 \(byte 0xe9 at \d+\): convert it first", read(path).fault
        )

    def test_a_year_in_the_text_is_no_date_of_publication(self, tmp_path: Path) -> None:
        page = re.sub("<meta property=.article:published_time.*", "", PAGE).replace(
            "Tuesday", "2 May 2019"
        )
        assert read(put(tmp_path / "a.html", page)).article.published is None

    def test_a_page_without_an_article_is_skipped(self, tmp_path: Path) -> None:
        path = put(
            tmp_path / "a.html",
            "<html><head><title>Ferry</title></head><body><script>go()</script></body></html>",
        )
        assert read(path).fault == f"{path}: no article text was found in this page"

    def test_a_page_nested_without_end_does_not_stop_the_reading(self, tmp_path: Path) -> None:
        put(
            tmp_path / "a.html",
            "<html><body>" + "<div>" * 20_000 + "<p>Rain fell over the harbour.</p>",
        )
        put(tmp_path / "b.txt", "Snow fell.")
        assert texts_of(read(tmp_path).articles)[-1] == "Snow fell."


class TestPdf:
    def test_a_pdf_gives_its_text_page_by_page(self, tmp_path: Path) -> None:
        article = read(
            put(tmp_path / "a.pdf", pdf("Rain fell on Monday.", "Snow fell on Friday."))
        ).article
        assert article.text == "Rain fell on Monday.\n\nSnow fell on Friday."
        assert article.pages == (0, article.text.index("Snow"))

    def test_every_character_has_its_page(self, tmp_path: Path) -> None:
        article = read(put(tmp_path / "a.pdf", pdf("Rain.", "", "Snow."))).article
        assert [article.page_at(article.text.index(word)) for word in ("Rain", "Snow")] == [1, 3]
        assert article.page_at(len(article.text) - 1) == 3

    def test_a_pdf_says_its_title_author_and_date(self, tmp_path: Path) -> None:
        data = pdf("Rain fell.", title="A wet week", author="Ines Marlow")
        article = read(
            put(tmp_path / "a.pdf", with_info(data, CreationDate="D:20250304093000Z"))
        ).article
        assert (article.title, article.author, article.published) == (
            "A wet week",
            "Ines Marlow",
            "2025-03-04T09:30:00+00:00",
        )

    def test_a_pdf_without_a_title_takes_its_first_line(self, tmp_path: Path) -> None:
        assert (
            read(put(tmp_path / "a.pdf", pdf("A wet week\nRain fell."))).article.title
            == "A wet week"
        )

    def test_a_date_that_cannot_be_read_is_no_reason_to_skip_a_pdf(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.pdf", with_info(pdf("Rain fell."), CreationDate="last Tuesday"))
        assert read(path).article.text == "Rain fell."

    def test_a_truncated_pdf_is_skipped_with_its_name(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.pdf", pdf("Rain fell.")[:-40])
        assert read(path).fault == f"{path}: not a complete PDF: its end mark is missing"

    def test_a_pdf_that_asks_for_a_password_is_skipped(self, tmp_path: Path) -> None:
        data = io.BytesIO()
        writer = pypdf.PdfWriter(io.BytesIO(pdf("Rain fell.")))
        writer.encrypt("secret", algorithm="RC4-128")
        writer.write(data)
        path = put(tmp_path / "a.pdf", data.getvalue())
        assert read(path).fault == f"{path}: a PDF with a password: save it without one"

    def test_a_pdf_locked_against_changes_only_is_read(self, tmp_path: Path) -> None:
        data = io.BytesIO()
        writer = pypdf.PdfWriter(io.BytesIO(pdf("Rain fell.")))
        writer.encrypt("", owner_password="secret", algorithm="RC4-128")
        writer.write(data)
        assert read(put(tmp_path / "a.pdf", data.getvalue())).article.text == "Rain fell."

    def test_a_pdf_of_pictures_is_skipped(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.pdf", pdf("", ""))
        assert read(path).fault == f"{path}: a PDF without text (scanned pages?)"

    @pytest.mark.parametrize(
        "damage",
        [
            with_aes,
            lambda data: data.replace(b"/FlateDecode", b"/FancyDecode"),
            lambda data: data.replace(b"/FlateDecode", b"/Fl"),
            lambda data: data.replace(b"xref", b"xxxx"),
            lambda data: data.replace(b"/Type /Pages", b"/Type 7"),
            lambda data: b"%PDF-1.7\nnothing\n%%EOF",
            lambda data: b"%%EOF",
        ],
        ids=[
            "AES",
            "unknown filter",
            "old filter",
            "no table",
            "no pages",
            "nothing inside",
            "no head",
        ],
    )
    def test_no_damaged_pdf_stops_the_reading(self, tmp_path: Path, damage: Any) -> None:
        put(tmp_path / "a.pdf", damage(pdf("Rain fell.")))
        put(tmp_path / "b.txt", "Snow fell.")
        assert texts_of(read(tmp_path).articles)[-1] == "Snow fell."


class TestLinesOfJson:
    def test_a_line_gives_an_article_with_all_that_is_known(self, tmp_path: Path) -> None:
        known = {
            "id": "bc-17",
            "title": "Ferry returns",
            "source": "Bay Courier",
            "author": "Ines Marlow",
            "published": "2025-03-04",
            "updated": "2025-03-05",
            "url": "https://courier.example/ferry",
        }
        path = put(tmp_path / "a.jsonl", json_lines({**known, "text": "It sailed."}))
        article = read(path).article
        assert {"id": article.id, **facts(article)} == known
        assert (article.text, article.path, article.checksum) == ("It sailed.", str(path), None)

    @pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
    def test_there_is_one_article_a_line(self, tmp_path: Path, name: str) -> None:
        data = (
            json_lines({"text": "Rain fell."}).encode()
            + b"\n  \n"
            + json_lines({"text": "Snow fell."}).encode()
        )
        put(tmp_path / name, gzip.compress(data) if name.endswith("gz") else data)
        assert texts_of(read(tmp_path).articles) == ["Rain fell.", "Snow fell."]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b'{"text": "Rain', "bad JSON"),
            (b"[" * 100_000, "bad JSON"),
            (b'{"text": "caf\xe9"}', "not UTF-8 (byte 0xe9 at 13)"),
            (b'["Rain fell."]', 'an object with a "text" is expected'),
            (b'{"title": "Rain"}', 'an object with a "text" is expected'),
            (b'{"text": 7}', 'an object with a "text" is expected'),
            (b'{"text": " \\n"}', "empty"),
        ],
    )
    def test_a_bad_line_is_skipped_with_its_number(
        self, tmp_path: Path, line: bytes, reason: str
    ) -> None:
        path = put(
            tmp_path / "a.jsonl", b'{"text": "Rain fell."}\n' + line + b'\n{"text": "Snow fell."}\n'
        )
        reading = read(path)
        assert texts_of(reading.articles) == ["Rain fell.", "Snow fell."]
        assert reading.skipped[0].startswith(f"{path} line 2: ")
        assert reason in reading.skipped[0]

    def test_a_line_over_the_largest_size_is_skipped_and_the_next_one_read(
        self, tmp_path: Path
    ) -> None:
        path = put(
            tmp_path / "a.jsonl",
            b'{"text": "' + b"x" * MAX_ARTICLE_BYTES + b'"}\n{"text": "Snow fell."}\n',
        )
        reading = read(path)
        assert reading.skipped == [f"{path} line 1: over 20 MB"]
        assert texts_of(reading.articles) == ["Snow fell."]

    def test_a_gzip_file_cut_short_gives_the_articles_before_the_cut(self, tmp_path: Path) -> None:
        data = gzip.compress(
            json_lines(
                *({"text": f"{n} boats {os.urandom(40).hex()}"} for n in range(200))
            ).encode()
        )
        path = put(tmp_path / "a.jsonl.gz", data[: len(data) // 2])
        reading = read(path)
        assert len(reading.articles) > 50
        assert reading.skipped[0].startswith(
            f"{path} line {len(reading.articles) + 1}: cannot be read further"
        )

    def test_a_gzip_file_damaged_in_the_middle_does_not_stop_the_reading(
        self, tmp_path: Path
    ) -> None:
        data = bytearray(gzip.compress(b'{"text": "Rain fell."}\n' * 5_000))
        data[20:40] = b"\xff" * 20
        path = put(tmp_path / "a.jsonl.gz", bytes(data))
        put(tmp_path / "b.txt", "Snow fell.")
        reading = read(tmp_path)
        assert texts_of(reading.articles)[-1] == "Snow fell."
        assert reading.skipped[0].startswith(f"{path} line ")

    def test_a_file_that_only_claims_to_be_gzip_is_skipped(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.jsonl.gz", '{"text": "Rain fell."}\n')
        assert read(path).fault.startswith(f"{path} line 1: cannot be read further")

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        assert (
            read(put(tmp_path / "a.jsonl", '\ufeff{"text": "Rain fell."}')).article.text
            == "Rain fell."
        )

    def test_half_characters_are_replaced(self, tmp_path: Path) -> None:
        line = r'{"text": "\ud83d\ude00 \ud83d.", "title": "\ud800", "id": "\udc00", "published": "\udfff"}'
        article = read(put(tmp_path / "a.jsonl", line)).article
        assert article.text == "😀 \ufffd."
        assert article.title == article.id == article.published == "\ufffd"

    def test_what_is_no_text_becomes_one(self, tmp_path: Path) -> None:
        record = {
            "id": 0,
            "title": 1984,
            "author": [{"name": "Ines Marlow"}, "Tom Reed"],
            "source": True,
            "text": "A.",
        }
        article = read(put(tmp_path / "a.jsonl", json_lines(record))).article
        assert (article.id, article.title, article.author, article.source) == (
            "0",
            "1984",
            "Ines Marlow, Tom Reed",
            None,
        )

    def test_a_field_nested_without_end_does_not_stop_the_reading(self, tmp_path: Path) -> None:
        deep = '{"title": ' + "[" * 600 + "]" * 600 + ', "text": "Rain fell."}\n'
        assert texts_of(
            read(put(tmp_path / "a.jsonl", deep + json_lines({"text": "Snow fell."}))).articles
        )[-1] == ("Snow fell.")

    def test_the_same_line_has_the_same_id_in_any_file(self, tmp_path: Path) -> None:
        line = json_lines({"text": "Rain fell.", "url": "https://courier.example/rain"})
        first, second = (
            read(put(tmp_path / name, line)).article for name in ("a.jsonl", "b.jsonl")
        )
        assert first.id == second.id

    def test_two_outlets_with_one_text_are_two_articles(self, tmp_path: Path) -> None:
        lines = json_lines(
            *({"text": "Rain fell.", "source": source} for source in ("Bay Courier", "Hill Post"))
        )
        first, second = read(put(tmp_path / "a.jsonl", lines)).articles
        assert first.id != second.id

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    def test_an_id_that_is_nothing_is_no_id(self, tmp_path: Path, nothing: str | None) -> None:
        record = {"text": "Rain fell.", "source": "Bay Courier"}
        first, second = read(
            put(tmp_path / "a.jsonl", json_lines(record, {"id": nothing, **record}))
        ).articles
        assert first.id == second.id


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", r'{"text": "\u001b[31mRain\tfell\rhard\u2028\nIt did."}'),
        ("a.txt", "\x1b[31mRain\tfell\rhard\u2028\nIt did."),
        ("a.md", "---\ntitle: \"\\e[31mRain\\tfell\\rhard\"\n---\nIt did."),
    ],
)  # fmt: skip
def test_a_title_is_one_printable_line(tmp_path: Path, name: str, content: str) -> None:
    assert read(put(tmp_path / name, content)).article.title == "[31mRain fell hard"


def test_a_first_line_of_control_characters_is_no_title(tmp_path: Path) -> None:
    assert read(put(tmp_path / "rain.txt", "\x00\x01\nRain fell.")).article.title in (
        "rain",
        "Rain fell.",
    )


class TestFolders:
    def test_folders_are_read_to_the_bottom_in_the_order_of_names(self, tmp_path: Path) -> None:
        for name in ("b.txt", "a/z.txt", "a/deep/er/c.md", "c.jsonl"):
            put(tmp_path / name, json_lines({"text": name}) if name.endswith("jsonl") else name)
        assert texts_of(read(tmp_path).articles) == [
            "a/deep/er/c.md",
            "a/z.txt",
            "b.txt",
            "c.jsonl",
        ]

    def test_hidden_files_and_other_kinds_are_ignored_and_counted(self, tmp_path: Path) -> None:
        put(tmp_path / "a.txt", "Rain fell.")
        for name in (
            ".b.txt",
            ".git/c.txt",
            "photo.jpg",
            "notes.docx",
            "sub/table.csv",
            "no_extension",
        ):
            put(tmp_path / name, "Snow fell.")
        reading = read(tmp_path)
        assert (reading.article.text, reading.ignored) == ("Rain fell.", 6)

    @pytest.mark.parametrize("name", ["README.md", "readme.txt", "ReadMe.html", "sub/README.pdf"])
    def test_a_readme_is_about_the_folder_and_no_article(self, tmp_path: Path, name: str) -> None:
        put(tmp_path / "readme-of-the-week.txt", "Rain fell.")
        put(tmp_path / name, "These articles are free to copy.")
        reading = read(tmp_path)
        assert (reading.article.text, reading.ignored) == ("Rain fell.", 1)

    def test_a_set_of_questions_beside_articles_is_ignored(self, tmp_path: Path) -> None:
        put(tmp_path / "a.jsonl", json_lines({"question": "Did it rain?", "text": "Rain fell."}))
        put(
            tmp_path / "questions.jsonl",
            json_lines({"question": "Who sailed?", "answer": "Nobody"}),
        )
        reading = read(tmp_path)
        assert (reading.article.text, reading.ignored) == ("Rain fell.", 1)

    @pytest.mark.parametrize("name", ["README.md", ".hidden.txt"])
    def test_a_file_named_directly_is_read_even_if_a_folder_would_hide_it(
        self, tmp_path: Path, name: str
    ) -> None:
        assert read(put(tmp_path / name, "Rain fell.")).article.text == "Rain fell."

    def test_another_kind_of_file_named_directly_is_skipped_with_the_kinds_there_are(
        self, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "a.docx", "Rain fell.")
        assert read(path).fault.startswith(
            f"{path}: unsupported type of file (supported: .txt, .md"
        )

    def test_a_path_that_is_not_there_is_skipped_and_said_to_be_missing(
        self, tmp_path: Path
    ) -> None:
        reader = Reader(
            [str(tmp_path / "gone.txt"), "-", str(put(tmp_path / "a.txt", "Rain fell."))]
        )
        assert reader.missing() == [str(tmp_path / "gone.txt")]
        assert (
            read(tmp_path / "gone.txt").fault
            == f"{tmp_path / 'gone.txt'}: no such file or directory"
        )

    def test_a_file_reached_twice_is_read_once(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.txt", "Rain fell.")
        (tmp_path / "b.txt").symlink_to(path)
        assert read(tmp_path, path, tmp_path).article.text == "Rain fell."

    def test_links_to_files_and_folders_elsewhere_are_followed(self, tmp_path: Path) -> None:
        put(tmp_path / "elsewhere" / "a.txt", "Rain fell.")
        put(tmp_path / "other" / "b.txt", "Snow fell.")
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "folder").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "here" / "link.txt").symlink_to(tmp_path / "other" / "b.txt")
        assert texts_of(read(tmp_path / "here").articles) == ["Rain fell.", "Snow fell."]

    @pytest.mark.parametrize("target", [".", "..", "../../news"])
    def test_a_link_to_a_folder_above_is_skipped_and_the_rest_read(
        self, tmp_path: Path, target: str
    ) -> None:
        put(tmp_path / "news" / "sub" / "a.txt", "Rain fell.")
        loop = tmp_path / "news" / "sub" / "loop"
        loop.symlink_to(target)
        reading = read(tmp_path / "news")
        assert texts_of(reading.articles) == ["Rain fell."]
        assert reading.skipped == [f"{loop}: a symbolic link to a folder above it"]

    def test_links_that_lead_to_each_other_are_skipped(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").symlink_to("b.txt")
        (tmp_path / "b.txt").symlink_to("a.txt")
        reason = os.strerror(errno.ELOOP).lower()
        assert read(tmp_path).skipped == [
            f"{tmp_path / name}: {reason}" for name in ("a.txt", "b.txt")
        ]

    @pytest.mark.parametrize("name", ["a.txt", "a"])
    def test_a_link_that_leads_nowhere_is_skipped_with_its_name(
        self, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / name).symlink_to(tmp_path / "gone.txt")
        assert read(tmp_path).fault == f"{tmp_path / name}: no such file or directory"

    def test_a_folder_with_the_name_of_a_file_is_a_folder(self, tmp_path: Path) -> None:
        put(tmp_path / "year.jsonl" / "a.txt", "Rain fell.")
        assert read(tmp_path).article.text == "Rain fell."

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
    @pytest.mark.parametrize("name", ["pipe.txt", "pipe.jsonl", "pipe.jsonl.gz"])
    @pytest.mark.parametrize("directly", [True, False], ids=["named directly", "in a folder"])
    def test_a_pipe_is_skipped_without_waiting_for_it(
        self, tmp_path: Path, name: str, directly: bool
    ) -> None:
        os.mkfifo(tmp_path / name)
        faults: list[str] = []
        reading = threading.Thread(
            target=lambda: faults.append(read(tmp_path / name if directly else tmp_path).fault),
            daemon=True,
        )
        reading.start()
        reading.join(timeout=5)
        assert faults == [f"{tmp_path / name}: not a regular file"]


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("name", ["a.txt", "a.md"])
    def test_what_is_not_utf8_is_skipped_with_the_place(self, tmp_path: Path, name: str) -> None:
        path = put(tmp_path / name, "Café".encode("latin-1"))
        assert read(path).fault == f"{path}: not UTF-8 (byte 0xe9 at 3): convert it first"

    @pytest.mark.parametrize("content", ["", " \r\n\t\n", "\ufeff", "\ufeff \n"])
    def test_an_empty_file_is_skipped(self, tmp_path: Path, content: str) -> None:
        path = put(tmp_path / "a.txt", content)
        assert read(path).fault == f"{path}: empty"

    @pytest.mark.parametrize("name", ["a.html", "a.pdf"])
    def test_an_empty_page_is_skipped(self, tmp_path: Path, name: str) -> None:
        path = put(tmp_path / name, b"")
        assert read(path).fault.startswith(f"{path}: ")

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf"])
    def test_a_file_over_the_largest_size_is_skipped_unread(
        self, tmp_path: Path, name: str
    ) -> None:
        path = put(tmp_path / name, "Rain fell.")
        os.truncate(path, MAX_ARTICLE_BYTES + 1)
        assert read(path).fault == f"{path}: over 20 MB"

    def test_one_bad_file_does_not_keep_the_others_out(self, tmp_path: Path) -> None:
        put(tmp_path / "a.txt", "Rain fell.")
        put(tmp_path / "b.txt", b"\xff")
        put(tmp_path / "c.txt", "Snow fell.")
        reading = read(tmp_path)
        assert texts_of(reading.articles) == ["Rain fell.", "Snow fell."]
        assert len(reading.skipped) == 1


class TestStandardInput:
    @pytest.fixture
    def given(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        def give(data: str | bytes) -> None:
            stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
            monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BufferedReader(stream)))

        return give

    @pytest.mark.parametrize(
        ("data", "title", "text"),
        [
            ("Ferry returns\n\nIt sailed.", "Ferry returns", "Ferry returns\n\nIt sailed."),
            ("---\ntitle: Ferry\n---\nIt sailed.", "Ferry", "---\ntitle: Ferry\n---\nIt sailed."),
            (
                "\ufeff---\ntitle: Ferry\n---\nIt sailed.",
                "Ferry",
                "\ufeff---\ntitle: Ferry\n---\nIt sailed.",
            ),
            ("# Ferry returns\n\nIt sailed.", "Ferry returns", "# Ferry returns\n\nIt sailed."),
            (json_lines({"title": "Ferry", "text": "It sailed."}), "Ferry", "It sailed."),
            ("\n" + json_lines({"title": "Ferry", "text": "It sailed."}), "Ferry", "It sailed."),
            (
                "\ufeff" + json_lines({"title": "Ferry", "text": "It sailed."}),
                "Ferry",
                "It sailed.",
            ),
            (pdf("It sailed.", title="Ferry"), "Ferry", "It sailed."),
        ],
        ids=[
            "text",
            "front matter",
            "mark and front matter",
            "heading",
            "JSON",
            "line and JSON",
            "mark and JSON",
            "PDF",
        ],
    )
    def test_the_format_is_told_from_the_content(
        self, given: Any, data: str | bytes, title: str, text: str
    ) -> None:
        given(data)
        article = read("-").article
        assert (article.title, article.text) == (title, text)

    def test_a_web_page_is_known_as_one(self, given: Any) -> None:
        given(PAGE)
        assert read("-").article.author == "Ines Marlow"

    def test_what_comes_from_there_has_no_path(self, given: Any) -> None:
        given("Ferry returns")
        article = read("-").article
        assert (article.path, article.checksum) == (None, None)

    def test_a_text_without_a_title_is_called_after_where_it_came_from(self, given: Any) -> None:
        given("The ferry sailed on Tuesday. " * 20)
        assert read("-").article.title == "standard input"

    def test_several_articles_may_come(self, given: Any) -> None:
        given(json_lines({"text": "Rain fell."}, {"text": "Snow fell."}))
        assert texts_of(read("-").articles) == ["Rain fell.", "Snow fell."]

    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            (b"", "standard input: empty"),
            (b"caf\xe9", "standard input: not UTF-8 (byte 0xe9 at 3): convert it first"),
            (
                b'{"text": 1}',
                'standard input line 1: not an article: an object with a "text" is expected',
            ),
            (b"%PDF-1.7 cut", "standard input: not a complete PDF: its end mark is missing"),
            (b"x" * (MAX_ARTICLE_BYTES + 1), "standard input: over 20 MB"),
        ],
        ids=["empty", "not UTF-8", "no article", "truncated PDF", "too large"],
    )
    def test_what_cannot_be_read_is_said_to_come_from_there(
        self, given: Any, data: bytes, fault: str
    ) -> None:
        given(data)
        assert read("-").fault == fault


def test_dates_of_an_article_come_in_one_form(tmp_path: Path) -> None:
    dates = ["4 March 2025", "2025/3/4", "Tue, 04 Mar 2025 09:30:00 GMT", "in spring"]
    lines = json_lines(
        *({"text": str(n), "published": date, "updated": date} for n, date in enumerate(dates))
    )
    articles = read(put(tmp_path / "a.jsonl", lines)).articles
    assert [article.published for article in articles] == [
        "2025-03-04",
        "2025-03-04",
        "2025-03-04T09:30:00+00:00",
        "in spring",
    ]
    assert [article.updated for article in articles] == [article.published for article in articles]


def test_every_line_about_an_input_is_one_line(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", '{"text": "Rain\n{"text"\n[1]\n')
    put(tmp_path / "b.md", "---\ntitle: x\n---\n")
    put(tmp_path / "c.pdf", b"%PDF-1.7\nnothing\n%%EOF")
    assert [line for line in read(tmp_path).skipped if "\n" in line] == []


def test_json_escapes_are_those_of_the_text_and_not_of_the_line(tmp_path: Path) -> None:
    text = 'He said "rain"\n\nand\u2028left.'
    assert (
        read(put(tmp_path / "a.jsonl", json.dumps({"text": text}, ensure_ascii=False))).article.text
        == text
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_file_of_no_lines_is_skipped_as_empty(tmp_path: Path, name: str) -> None:
    path = put(tmp_path / name, gzip.compress(b"\n") if name.endswith(".gz") else "")
    assert read(path).fault == f"{path}: empty"


def test_front_matter_without_an_end_gives_no_title_of_dashes(tmp_path: Path) -> None:
    assert (
        read(put(tmp_path / "a.md", "---\nFerry returns\n\nIt sailed on Tuesday.\n")).article.title
        == "Ferry returns"
    )


def test_text_between_two_rules_is_no_front_matter(tmp_path: Path) -> None:
    article = read(
        put(tmp_path / "a.md", "---\nThe ferry returned on Tuesday.\n\n---\n\nFares rose.\n")
    ).article
    assert article.body == 0


def test_a_compressed_question_set_in_a_folder_is_no_article(tmp_path: Path) -> None:
    put(tmp_path / "questions.jsonl.gz", gzip.compress(b'{"question": "Who?", "answers": []}\n'))
    reader = Reader([tmp_path])
    assert (list(reader), reader.skipped, reader.ignored) == ([], [], 1)
