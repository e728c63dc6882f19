#!/usr/bin/env python3
"""Makes the tokenizers that the tests of plugins/tokenizer-huggingface use, and what Hugging Face's own library does with them.

    pip install tokenizers
    python tools/tokenizer_reference.py plugins/tokenizer-huggingface/src/test/resources/tokenizer
"""

import json
import pathlib
import sys

import tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

CORPUS = [
    "Student Id: 1234, Student Name: Ada Lovelace, Year: 3, School: Science, Major: Mathematics, Grade: 97.",
    "John went to the kitchen. Mary picked up the football. John's journey wasn't over; they've gone.",
    "You have memorized 12 documents.\nWhere is the football?\nAnswer: kitchen",
    "doc_1: Größe, naïve café, 東京, привет, 🙂",
] * 4

TEXTS = [
    "",
    " ",
    "Mary went to the kitchen.",
    "  two  spaces\tand\na line\r\n",
    "They've said it's John's; I'll see.",
    "1234567890 3.14159 -1e-5",
    "Größe naïve café Ångström",
    "東京 привет مرحبا",
    "🙂👩‍👩‍👧 𝒳",
    "nul\u0000inside",
    "a text<|endoftext|>and another",
    "x" * 300,
    "doc_1: Student Id: 1234, Student Name: Ada Lovelace\nAnswer:",
]


def byte_level_bpe(path: pathlib.Path) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=400, show_progress=False, special_tokens=["<|endoftext|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    path.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path / "tokenizer.json"))
    return tokenizer


def main(folder: str) -> None:
    root = pathlib.Path(folder)
    tokenizer = byte_level_bpe(root / "json")

    # the same in the older form
    (root / "vocab").mkdir(parents=True, exist_ok=True)
    model = json.loads((root / "json" / "tokenizer.json").read_text())["model"]
    (root / "vocab" / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    (root / "vocab" / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))

    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    (root / "expected.json").write_text(json.dumps({
        "madeWith": "tokenizers " + tokenizers.__version__,
        "vocabulary": tokenizer.get_vocab_size(),
        "endOfText": tokenizer.token_to_id("<|endoftext|>"),
        "cases": cases}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
