#!/usr/bin/env python3
"""Makes bundles/evaluation/src/test/resources/metrics.json: exact match and token F1 of the official SQuAD evaluation.

The four functions are those of evaluate-v2.0.py by Rajpurkar et al. (SQuAD, 2016 and 2018), word for word; the file holds
their results for hand-picked and for random answers. Needs Python 3 alone:  tools/metrics_reference.py > metrics.json
"""
import collections
import json
import random
import re
import string
import sys


def normalize_answer(s):
    """Lower text and remove punctuation, articles and extra whitespace."""
    def remove_articles(text):
        regex = re.compile(r'\b(a|an|the)\b', re.UNICODE)
        return re.sub(regex, ' ', text)

    def white_space_fix(text):
        return ' '.join(text.split())

    def remove_punc(text):
        exclude = set(string.punctuation)
        return ''.join(ch for ch in text if ch not in exclude)

    def lower(text):
        return text.lower()
    return white_space_fix(remove_articles(remove_punc(lower(s))))


def get_tokens(s):
    if not s:
        return []
    return normalize_answer(s).split()


def compute_exact(a_gold, a_pred):
    return int(normalize_answer(a_gold) == normalize_answer(a_pred))


def compute_f1(a_gold, a_pred):
    gold_toks = get_tokens(a_gold)
    pred_toks = get_tokens(a_pred)
    common = collections.Counter(gold_toks) & collections.Counter(pred_toks)
    num_same = sum(common.values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        # If either is no-answer, then F1 is 1 if they agree, 0 otherwise
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(pred_toks)
    recall = 1.0 * num_same / len(gold_toks)
    f1 = (2 * precision * recall) / (precision + recall)
    return f1


PICKED = [
    ("Alison Keith", "alison keith"), ("Alison Keith", " The Alison  Keith. "), ("Ms. Sarah Stewart DDS", "Sarah Stewart"),
    ("School of Arts and Humanities", "the school of arts & humanities"), ("49.3", "493"), ("49.3", "49.3."), ("72", "27"),
    ("Art History; Criticism & Conservation", "Art History Criticism Conservation"), ("garden", "the garden"),
    ("garden", "Garden!"), ("garden", ""), ("", ""), ("the", ""), ("a", "an"), ("An apple a day", "apple day"),
    ("theatre", "the atre"), ("a-b", "ab"), ("a b", "b a"), ("x x y", "x y y"), ("Jr.", "jr"), ("it's", "its"),
    ("über Öl", "ÜBER ÖL"), ("the\u00a0a", "\u00a0"), ("a\u00e9", "\u00e9"), ("“quoted”", "quoted"), ("the_a", "thea"),
    ("tab\there", "tab here"), ("line\nbreak", "line break"), ("AutoModel.from_pretrained('x/y')", "automodelfrompretrainedxy"),
    ("Freshman", "freshman year"), ("Yes", "yes"), ("No", "Yes"), ("ΟΔΟΣ", "οδος"), ("a1 the2", "1 2"),
]
WORDS = ["the", "a", "an", "The", "Alison", "keith", "school", "of", "Arts", "&", "garden.", "72", "49.3", "Jr.", "(x)", "É"]


def random_text(generator):
    return generator.choice(["", " "]) + generator.choice([" ", "  ", ", "]).join(
        generator.choice(WORDS) for _ in range(generator.randint(0, 6)))


def main():
    generator = random.Random(1)
    pairs = PICKED + [(random_text(generator), random_text(generator)) for _ in range(300)]
    json.dump([{"answer": a, "prediction": p, "normalized": normalize_answer(p), "exact": compute_exact(a, p),
                "f1": compute_f1(a, p)} for a, p in pairs], sys.stdout, ensure_ascii=False, indent=0)
    print()


if __name__ == "__main__":
    main()
