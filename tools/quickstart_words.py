#!/usr/bin/env python3
"""Words of which the quickstart's training makes values: those of a word list that are plain, without any that the unseen
values of Student Records have, which are measured on. Needs Python only, and Debian's wamerican-small as the list.

    tools/quickstart_words.py /usr/share/dict/american-english-small > target/quickstart/words.txt
"""
import re
import sys
from student_records import REGISTRY

unseen = {word.lower() for file in (REGISTRY / "unseen").iterdir()
          for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))}
for line in open(sys.argv[1], encoding="utf-8"):
    word = line.strip()
    if re.fullmatch(r"[^\W\d_]{3,11}", word) and word.lower() not in unseen:
        print(word)
