#!/usr/bin/env python3
"""Makes the quickstart's tokenizer: byte-level BPE on Student Records.

Words are tokens with the space before them, digits are split into groups of three: a student's id is three tokens. Needs
the Python package tokenizers.

    tools/quickstart_tokenizer.py > distribution/src/main/quickstart/tokenizer/tokenizer.json
"""
import random
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from student_records import COURSES, FIRST, LAST, QUESTIONS, SUFFIXES, TITLES, student

draw = random.Random(1)


def corpus():
    for _ in range(7800):
        number = str(draw.randint(1_000_000, 9_999_999))
        fields = {"Student Id": number, **student(draw)}
        yield f"doc_{draw.randint(0, 25)}: " + ", ".join(f"{f}: {v}" for f, v in fields.items())
        field = draw.choice(list(QUESTIONS))
        yield f"You have memorized 26 documents.\n{QUESTIONS[field].format(number)}\nAnswer: {fields[field]}"
    for _ in range(30):
        for i in range(1000):
            yield f"{i:03d}"
            yield f"{i % 100:02d}"
            yield f"{i % 100:02d}"
    for _ in range(20):
        yield from (" " + word for word in FIRST + LAST + TITLES + SUFFIXES)
        yield from (f" {major}, {school}" for school, major in COURSES)


tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(r" ?\p{L}+\.?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+"), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
    vocab_size=2304, special_tokens=["<eos>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
print(tokenizer.to_str(pretty=False))
