#!/usr/bin/env python3
"""Prose and words to train a memory of texts on, and as much apart to measure with: the King James Bible and Jane Austen's novels,
out of Debian's packages bible-kjv, r-cran-janeaustenr (their files alone are needed, R is not) and wamerican-small. Needs Python only.

    apt-get install bible-kjv && apt-get download r-cran-janeaustenr && dpkg -x r-cran-janeaustenr_*.deb /   # or install it
    tools/prose_data.py target/smollm2

The folder then holds train.txt and words.txt, and, of other books and other words, held-out.txt and held-out-words.txt. Paragraphs
are single lines with blank lines between them. With --root, the packages are looked for there instead of in /.
"""
import argparse
import itertools
import pathlib
import re
import struct
import subprocess
import zlib

HELD_OUT = {"Ruth", "Est", "Job", "Jonah", "Acts", "Persuasion"}
HELD_OUT_WORDS = 10  # one word of so many


def bible(root):
    """Chapters, by book."""
    text = subprocess.run([root / "usr/bin/bible", "-p", root / "usr/lib", "-f", "Ge1:1-Re22:21"], check=True, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True).stdout
    verses = [re.fullmatch(r"(\d?[A-Za-z]+?)(\d+):\d+ (.*)", line).groups() for line in text.splitlines()]
    for (book, _), chapter in itertools.groupby(verses, key=lambda verse: verse[:2]):
        yield book, " ".join(verse[2] for verse in chapter)


def strings(values):
    """A vector of strings as R serializes it: XDR, version 3."""
    at = 18 + struct.unpack(">i", values[14:18])[0]  # behind the versions and the name of the encoding
    kind, count = struct.unpack(">ii", values[at:at + 8])
    assert kind & 0xFF == 16, "not a vector of strings"
    at += 8
    for _ in range(count):
        length = struct.unpack(">i", values[at + 4:at + 8])[0]
        yield values[at + 8:at + 8 + length].decode()
        at += 8 + length


def novels(root):
    """Paragraphs, by novel: a file of values, each compressed, behind its length."""
    data = (root / "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb").read_bytes()
    while data:
        value = zlib.decompressobj()
        lines = list(strings(value.decompress(data[4:])))
        data = value.unused_data
        for paragraph in re.split(r"\n\s*\n", "\n".join(lines[1:])):
            words = " ".join(paragraph.replace("_", "").split())
            if re.search(r"[a-z].*[.!?;:,\"'-]$", words):  # headings aren't sentences
                yield lines[0].strip(), words


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path("/"))
parser.add_argument("--words", type=pathlib.Path, default=pathlib.Path("/usr/share/dict/american-english-small"))
arguments = parser.parse_args()
arguments.folder.mkdir(parents=True, exist_ok=True)

prose = [*bible(arguments.root), *novels(arguments.root)]
assert HELD_OUT <= {book for book, _ in prose}, "a book is missing"
words = [word for word in arguments.words.read_text(encoding="utf-8").split() if re.fullmatch(r"[^\W\d_]{3,11}", word)]
for name, lines in (("train.txt", (text for book, text in prose if book not in HELD_OUT)),
                    ("held-out.txt", (text for book, text in prose if book in HELD_OUT))):
    (arguments.folder / name).write_text("\n\n".join(lines) + "\n", encoding="utf-8")
for name, chosen in (("words.txt", (word for i, word in enumerate(words) if i % HELD_OUT_WORDS)),
                     ("held-out-words.txt", words[::HELD_OUT_WORDS])):
    (arguments.folder / name).write_text("\n".join(chosen) + "\n", encoding="utf-8")
