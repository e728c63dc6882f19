#!/usr/bin/env python3
"""Pretraining data for the quickstart's base: Student Records in which most values are mixed with pieces of the student's id.

A base that has only read ordinary records doesn't carry the id to the places where a value is written, and where an encoded
context and a question have to agree; meta-training then learns which values occur but not whose they are. Here one of the two
three-digit groups of the id stands in place of most words, or follows a word's first letters, so that predicting it takes the
id at each place of a value, not only at its beginning. Values are open, so that the base learns every piece of a word, and
what it can be followed by. Writes JSON lines of prompt and completion. Needs Python, and the words that quickstart_words.py
writes.

    tools/echo_pretraining.py target/quickstart/words.txt --lines 50000 --seed 5 > target/quickstart/echo.jsonl
"""
import argparse
import json
import random
from student_records import QUESTIONS, student

MOST_DOCUMENTS = 128


def value(draw, field, plain, number, echo, whole):
    """The value as it follows its colon. An echo starts where a word's first token would: a space before a word is part
    of its token, a space before digits is not."""
    group = lambda: draw.choice((number[:3], number[3:6]))
    if field == "Grade":
        return " " + (group() if draw.random() < echo else plain)
    if draw.random() < whole:
        return group()
    text = ""
    for word in plain.split(" "):
        chance = draw.random()
        if chance < echo / 2:
            text += group()
        elif chance < echo:
            text += " " + word[:draw.randint(1, len(word))] + group()
        else:
            text += " " + word
    return text


def example(draw, echo, whole, words):
    number = str(draw.randint(1_000_000, 9_999_999))
    fields = {f: value(draw, f, v, number, echo, whole) for f, v in student(draw, words).items()}
    if draw.random() < 0.5:
        text = ", ".join(f"{f}:{v}" for f, v in fields.items())
        return f"doc_{draw.randint(1, MOST_DOCUMENTS)}:", f" Student Id: {number}, {text}"
    field = draw.choice(list(QUESTIONS))
    question = QUESTIONS[field].format(number)
    return f"You have memorized {draw.randint(1, MOST_DOCUMENTS)} documents.\n{question}\nAnswer:", fields[field]


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("words", help="file with a word on each line")
arguments.add_argument("--lines", type=int, default=50_000)
arguments.add_argument("--seed", type=int, default=5)
arguments.add_argument("--echo", type=float, default=0.75, help="share of words that are replaced or cut short")
arguments.add_argument("--whole", type=float, default=0, help="share of values that are replaced as a whole")
options = arguments.parse_args()
words = open(options.words, encoding="utf-8").read().split()
draw = random.Random(options.seed)
for _ in range(options.lines):
    prompt, completion = example(draw, options.echo, options.whole, words)
    print(json.dumps({"prompt": prompt, "completion": completion}))
