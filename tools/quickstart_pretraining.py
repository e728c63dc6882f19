#!/usr/bin/env python3
"""Pretraining data for the quickstart's base: Student Records with open values, in two forms of which each line has one.

Echoes: a record, or a question with its answer, in which one of the two three-digit groups of the student's id stands in place of
most words, or follows a word's first letters. Predicting it takes the id at each place of a value. Looking up: one or two records
with questions and right answers behind them. Predicting those takes the field that is asked for and the place within its value,
and knowing where a value ends.

A base that has only read ordinary records carries none of that to the places where a context is written and a question looks it
up; meta-training then learns which values occur but not whose they are. Values are open, so that the base learns every piece of a
word. Writes JSON lines of prompt and completion. Needs Python, and the words that quickstart_words.py writes.

    tools/quickstart_pretraining.py target/quickstart/words.txt --lines 120000 --seed 11 > target/quickstart/pretraining.jsonl
"""
import argparse
import json
import random
from student_records import QUESTIONS, student

MOST_DOCUMENTS = 128
MOST_QUESTIONS = 5


def identifier(draw):
    return str(draw.randint(1_000_000, 9_999_999))


def echo_value(draw, field, plain, number):
    """The value as it follows its colon. An echo starts where a word's first token would: a space before a word is part
    of its token, a space before digits is not."""
    group = lambda: draw.choice((number[:3], number[3:6]))
    if field == "Grade":
        return " " + (group() if draw.random() < 0.75 else plain)
    if draw.random() < 0.3:
        return group()
    text = ""
    for word in plain.split(" "):
        chance = draw.random()
        if chance < 0.375:
            text += group()
        elif chance < 0.75:
            text += " " + word[:draw.randint(1, len(word))] + group()
        else:
            text += " " + word
    return text


def echo(draw, words):
    number = identifier(draw)
    fields = {f: echo_value(draw, f, v, number) for f, v in student(draw, words).items()}
    if draw.random() < 0.5:
        text = ", ".join(f"{f}:{v}" for f, v in fields.items())
        return f"doc_{draw.randint(1, MOST_DOCUMENTS)}:", f" Student Id: {number}, {text}"
    field = draw.choice(list(QUESTIONS))
    prompt = f"You have memorized {draw.randint(1, MOST_DOCUMENTS)} documents.\n{QUESTIONS[field].format(number)}\nAnswer:"
    # In a record a comma follows a value, in an answer the text ends: here either may, so that the two mean much the same.
    return prompt, fields[field] + ("," if draw.random() < 0.3 else "")


def look_up(draw, words):
    records = [(identifier(draw), student(draw, words)) for _ in range(1 if draw.random() < 0.5 else 2)]
    text = "\n".join(f"doc_{i + 1}: Student Id: {number}, " + ", ".join(f"{f}: {v}" for f, v in fields.items())
                     for i, (number, fields) in enumerate(records))
    questions = [(record, field) for record in records for field in QUESTIONS]
    draw.shuffle(questions)
    for (number, fields), field in questions[:MOST_QUESTIONS]:
        text += "\n" + QUESTIONS[field].format(number) + "\nAnswer: " + fields[field]
    start = text.index(" ")
    return text[:start], text[start:]


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("words", help="file with a word on each line")
arguments.add_argument("--lines", type=int, default=120_000)
arguments.add_argument("--seed", type=int, default=11)
options = arguments.parse_args()
words = open(options.words, encoding="utf-8").read().split()
draw = random.Random(options.seed)
for _ in range(options.lines):
    prompt, completion = look_up(draw, words) if draw.random() < 0.5 else echo(draw, words)
    print(json.dumps({"prompt": prompt, "completion": completion}))
