#!/usr/bin/env python3
"""Makes the tokenizers that the tests of plugins/tokenizer-huggingface use, and what Hugging Face's own library does with them.

    pip install tokenizers transformers
    python tools/tokenizer_reference.py plugins/tokenizer-huggingface/src/test/resources/tokenizer

gives a folder for each kind of tokenizer, with the files that models of that kind have, and in each an expected.json with the
tokens that transformers' AutoTokenizer gives for some texts, special tokens in them taken for text, and found, and the text that
it makes of the former.
"""

import json
import pathlib
import sys

import tokenizers
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

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
    "They've said it's John's; I'LL see.",
    "1234567890 3.14159 -1e-5",
    "Größe naïve café Ångström",
    "Gro\u0308ße nai\u0308ve cafe\u0301 \u212bngstro\u0308m",  # the same, decomposed
    "東京 привет مرحبا",
    "🙂👩‍👩‍👧 𝒳",
    "nul\u0000inside",
    "a text<|endoftext|>and another",
    "<|im_start|>user\nWho?<|im_end|>\n",
    "<s>a</s> <unk> <|begin_of_text|>",
    "one<sep>two <sep> three<pad><tool_call>{}</tool_call>",
    "x" * 300,
    "x" + " " * 70 + "x",
    "doc_1: Student Id: 1234, Student Name: Ada Lovelace\nAnswer:",
]

LLAMA3_WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                r"|\s*[\r\n]+|\s+(?!\S)|\s+")
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def write(path: pathlib.Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content) + "\n")


def trained(tokenizer: Tokenizer, size: int, special: list[str], alphabet: list[str]) -> Tokenizer:
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, special_tokens=special, initial_alphabet=alphabet))
    return tokenizer


def byte_level_bpe(words, special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = words
    tokenizer.decoder = decoders.ByteLevel()
    return trained(tokenizer, 400, special, ALPHABET)


def write_two_files(folder: pathlib.Path, tokenizer: Tokenizer) -> None:
    model = json.loads(tokenizer.to_str())["model"]
    write(folder / "vocab.json", model["vocab"])
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))


def gpt2(root: pathlib.Path) -> None:
    tokenizer = byte_level_bpe(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    (root / "json").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(root / "json" / "tokenizer.json"))
    write_two_files(root / "vocab", tokenizer)

    # tokens beside the vocabulary, in the oldest form
    write_two_files(root / "added", tokenizer)
    size = tokenizer.get_vocab_size()
    write(root / "added" / "added_tokens.json", {"<sep>": size, "<pad>": size + 1})
    write(root / "added" / "special_tokens_map.json", {"pad_token": "<pad>", "eos_token": "<|endoftext|>"})
    write(root / "added" / "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer"})

    # a space before each text, and a beginning
    write_two_files(root / "prefixed", tokenizer)
    write(root / "prefixed" / "tokenizer_config.json", {
        "tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "add_bos_token": True, "bos_token": "<|endoftext|>",
        "eos_token": "<|endoftext|>"})
    (root / "prefixed-json").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(root / "prefixed-json" / "tokenizer.json"))
    write(root / "prefixed-json" / "tokenizer_config.json", {
        "tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "eos_token": "<|endoftext|>"})


def smollm2(root: pathlib.Path) -> None:
    tokenizer = byte_level_bpe(pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]),
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    (root / "smollm2").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(root / "smollm2" / "tokenizer.json"))
    write(root / "smollm2" / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"})


def qwen2(root: pathlib.Path) -> None:
    tokenizer = byte_level_bpe(pre_tokenizers.ByteLevel(add_prefix_space=False), [])
    write_two_files(root / "qwen2", tokenizer)
    size = tokenizer.get_vocab_size()
    special = dict(special=True, normalized=False, lstrip=False, rstrip=False, single_word=False)
    write(root / "qwen2" / "tokenizer_config.json", {
        "tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "add_bos_token": False,
        "added_tokens_decoder": {
            str(size): dict(content="<|endoftext|>", **special),
            str(size + 1): dict(content="<|im_start|>", **special),
            str(size + 2): dict(content="<|im_end|>", **special),
            str(size + 3): dict(content="<tool_call>", **{**special, "special": False})}})
    write(root / "qwen2" / "generation_config.json", {"eos_token_id": [size + 2, size]})
    write(root / "qwen2" / "config.json", {"model_type": "qwen2", "eos_token_id": size + 2})


def llama3(root: pathlib.Path) -> None:
    tokenizer = byte_level_bpe(pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3_WORDS), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), [])
    tokenizer.model.ignore_merges = True
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    tokenizer.add_tokens(["<tool_call>"])
    begin = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
                                      special_tokens=[("<|begin_of_text|>", begin)])])
    (root / "llama3").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(root / "llama3" / "tokenizer.json"))
    write(root / "llama3" / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>",
        "chat_template": "{{ messages }}"})
    write(root / "llama3" / "config.json", {"model_type": "llama", "eos_token_id": [begin + 1, begin + 2]})


def llama2(root: pathlib.Path) -> None:
    control = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    trained(tokenizer, 420, control, [])
    definition = json.loads(tokenizer.to_str())
    definition["added_tokens"] = definition["added_tokens"][:3]
    definition["post_processor"] = json.loads(processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)]).__getstate__())
    write(root / "metaspace" / "tokenizer.json", {**definition, "pre_tokenizer": {
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}})
    write(root / "llama2" / "tokenizer.json", {**definition, "pre_tokenizer": None, "normalizer": json.loads(
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]).__getstate__())})
    for name in ("metaspace", "llama2"):
        write(root / name / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>",
                                                      "eos_token": "</s>", "unk_token": "<unk>"})


def expected(folder: pathlib.Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, split_special_tokens=True)
    found = transformers.AutoTokenizer.from_pretrained(folder)
    end = tokenizer.eos_token_id
    cases = []
    for text in TEXTS:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True),
                      "specialFound": found(text, add_special_tokens=False)["input_ids"],
                      "withSpecial": tokenizer.decode([*tokenizer("")["input_ids"], *ids, end], skip_special_tokens=True)})
    write(folder / "expected.json", {
        "madeWith": f"tokenizers {tokenizers.__version__}, transformers {transformers.__version__}",
        "vocabulary": max(tokenizer.get_vocab().values()) + 1,
        "endOfText": end,
        "begin": tokenizer("")["input_ids"],
        "cases": cases})


def main(root: pathlib.Path) -> None:
    for make in (gpt2, smollm2, qwen2, llama3, llama2):
        make(root)
    for folder in sorted(each for each in root.iterdir() if each.is_dir()):
        if not (folder / "config.json").exists() and not (folder / "tokenizer_config.json").exists():
            write(folder / "config.json", {"model_type": "gpt2"})  # for AutoTokenizer to know
            expected(folder)
            (folder / "config.json").unlink()
        else:
            expected(folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
