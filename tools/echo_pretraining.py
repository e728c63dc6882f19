#!/usr/bin/env python3
"""Pretraining data for the quickstart's base: Student Records in which values are replaced by pieces of the student's id.

A base that has only read ordinary records doesn't carry the id to the places before each value, where an encoded context
and a question have to agree; meta-training then learns which values occur but not whose they are. Here most values are one
of the two three-digit groups of the id, so that predicting them takes just that. Writes JSON lines of prompt and
completion. Needs Python only.

    tools/echo_pretraining.py --lines 50000 --seed 5 > target/quickstart/echo.jsonl
"""
import argparse
import json
import random
from student_records import QUESTIONS, student

MOST_DOCUMENTS = 128


def value(draw, field, plain, number, echo):
    """The value as it follows its colon. An echo starts where the value's first token would: a space before a word is part
    of its token, a space before digits is not."""
    if draw.random() >= echo:
        return " " + plain
    group = draw.choice((number[:3], number[3:6]))
    return " " + group if field == "Grade" else group


def example(draw, echo):
    number = str(draw.randint(1_000_000, 9_999_999))
    fields = {f: value(draw, f, v, number, echo) for f, v in student(draw).items()}
    if draw.random() < 0.5:
        text = ", ".join(f"{f}:{v}" for f, v in fields.items())
        return f"doc_{draw.randint(1, MOST_DOCUMENTS)}:", f" Student Id: {number}, {text}"
    field = draw.choice(list(QUESTIONS))
    question = QUESTIONS[field].format(number)
    return f"You have memorized {draw.randint(1, MOST_DOCUMENTS)} documents.\n{question}\nAnswer:", fields[field]


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--lines", type=int, default=50_000)
arguments.add_argument("--seed", type=int, default=5)
arguments.add_argument("--echo", type=float, default=0.9, help="share of values that are replaced")
options = arguments.parse_args()
draw = random.Random(options.seed)
for _ in range(options.lines):
    prompt, completion = example(draw, options.echo)
    print(json.dumps({"prompt": prompt, "completion": completion}))
