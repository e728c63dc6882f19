#!/usr/bin/env python3
"""Makes the quickstart's tokenizer: byte-level BPE on Student Records with open values.

Frequent words, and those of the known values, are tokens with the space before them, others a few pieces; digits are split into
groups of three: a student's id is three tokens. Needs the Python package tokenizers, and the words that quickstart_words.py writes.

    tools/quickstart_tokenizer.py target/quickstart/words.txt > distribution/src/main/quickstart/tokenizer/tokenizer.json
"""
import random
import sys
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from student_records import COURSES, FIRST, LAST, QUESTIONS, SUFFIXES, TITLES, YEARS, made_up, student

draw = random.Random(1)
words = open(sys.argv[1], encoding="utf-8").read().split()


def corpus():
    for _ in range(7800):
        number = str(draw.randint(1_000_000, 9_999_999))
        fields = {"Student Id": number, **student(draw, words)}
        yield f"doc_{draw.randint(1, 128)}: " + ", ".join(f"{f}: {v}" for f, v in fields.items())
        field = draw.choice(list(QUESTIONS))
        yield f"You have memorized {draw.randint(1, 128)} documents.\n{QUESTIONS[field].format(number)}\nAnswer: {fields[field]}"
    for _ in range(300):  # so often that each group of three digits becomes a token before words take the rest
        for i in range(1000):
            yield f"{i:03d}"
            yield f"{i % 100:02d}"
            yield f"{i % 100:02d}"
    for _ in range(60):
        yield from (" " + word for word in FIRST + LAST + TITLES + SUFFIXES + YEARS)
        yield from (f" {major}, {school}" for school, major in COURSES)
    for _ in range(2):
        yield from (" " + word[0].upper() + word[1:] for word in words)
    yield from (" " + word for word in words[::2])
    yield from (" " + made_up(draw).capitalize() for _ in range(20_000))


tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(r" ?\p{L}+\.?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+"), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
    vocab_size=4096, special_tokens=["<eos>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
print(tokenizer.to_str(pretty=False))
