#!/usr/bin/env python3
"""Writes the GGUF files that tests read, and what other implementations make of them.

    python tools/gguf_reference.py bundles/formats/src/test/resources/gguf distribution/src/test/resources/gguf

The first folder gets types.gguf, with a tensor of every element type, and types.safetensors, the same tensors dequantized by
the package gguf; and a folder for each architecture, with a small random model as transformers saves it, and the same as
llama.cpp's converter stores it. The second gets a whole model, model.gguf, with quantized weights and a tokenizer, and
reference.json: tokens of some texts by Hugging Face's library, and logits by transformers of the dequantized weights; and
in pieces/ a small model with a tokenizer of SentencePiece, and its tokens, in which transformers agrees. Needs torch, transformers,
safetensors, sentencepiece and gguf. If the package xllamacpp is there too, llama.cpp itself is asked for the
likeliest tokens after a prompt, and must agree with transformers.
"""
import json
import math
import sys
from pathlib import Path

import gguf
import numpy
import sentencepiece
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file
from transformers import (AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, GPT2Config, LlamaConfig, LlamaTokenizer,
                          Olmo2Config, Phi3Config, PreTrainedTokenizerFast, Qwen2Config, Qwen3Config, SmolLM3Config)

from tokenizer_reference import TEXTS

PROMPT = [5, 17, 36, 0, 3, 8, 30]
TOKENIZER = Path(__file__).parent.parent / "plugins/tokenizer-huggingface/src/test/resources/tokenizer/smollm2"

# ---- every element type

QUANTIZED = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0]  # what the package can quantize
SUPER_BLOCKS = {Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}  # where their scales in binary16 are


def random_blocks(kind, rows, columns, scale, random):
    """Any bits are a block, so long as its scales are numbers."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (rows * columns // elements, size), dtype=numpy.uint8)
    for at in SUPER_BLOCKS[kind]:
        scales = (random.uniform(0.5, 1, len(blocks)) * scale).astype(numpy.float16)
        blocks[:, at:at + 2] = scales.view(numpy.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def stored(kind, weight):
    return gguf.quants.quantize(weight, kind)


def write_types(folder):
    random = numpy.random.default_rng(20250709)
    writer = gguf.GGUFWriter(folder / "types.gguf", "none")
    for kind in (Type.F32, Type.F16, Type.BF16, *QUANTIZED, *SUPER_BLOCKS):
        weight = random.standard_normal((3, 512)).astype(numpy.float32)
        data = random_blocks(kind, 3, 512, 0.01, random) if kind in SUPER_BLOCKS else stored(kind, weight)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
    for name, add in (("u8", writer.add_uint8), ("u16", writer.add_uint16), ("u32", writer.add_uint32),
                      ("u64", writer.add_uint64), ("i8", writer.add_int8), ("i16", writer.add_int16),
                      ("i32", writer.add_int32), ("i64", writer.add_int64)):
        add("a." + name, 200 if name == "u8" else -100 if name.startswith("i") else 40000)
    writer.add_float32("a.f32", 1e-5)
    writer.add_float64("a.f64", 0.1)
    writer.add_bool("a.bool", True)
    writer.add_string("a.text", "Größe")
    writer.add_array("a.texts", ["one", "", "three"])
    writer.add_array("a.numbers", [1, -2, 3])
    writer.add_array("a.nested", [[1, 2], [3]])
    write(writer)
    reader = gguf.GGUFReader(folder / "types.gguf")
    save_file({t.name: numpy.ascontiguousarray(gguf.quants.dequantize(t.data, t.tensor_type).astype(numpy.float32))
               for t in reader.tensors}, folder / "types.safetensors")


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# ---- a small model of each architecture

SIZES = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, max_position_embeddings=64,
             bos_token_id=0, eos_token_id=0)
GROUPED = dict(num_attention_heads=4, num_key_value_heads=2)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8192)
GEMMA = dict(SIZES, pad_token_id=None, sliding_window=4, head_dim=8, query_pre_attn_scalar=8)
NEAR_AND_FAR = dict(sliding_attention=dict(rope_type="default", rope_theta=10000.0),
                    full_attention=dict(rope_type="linear", rope_theta=1000000.0, factor=8.0))
UNPADDED = dict(SIZES, pad_token_id=None)
LONGROPE = dict(rope_type="longrope", rope_theta=50.0, partial_rotary_factor=0.75, short_factor=[1.0, 1.5, 3.1],
                long_factor=[2.0, 5.0, 9.0])  # of a head's 8 columns 6 are rotated
MODELS = {
    "llama": ("llama", LlamaConfig(head_dim=8, rope_parameters=LLAMA3, **GROUPED, **SIZES)),
    "llama-biased": ("llama", LlamaConfig(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rms_norm_eps=1e-5,
                                          rope_parameters=dict(rope_type="linear", rope_theta=50.0, factor=4.0),
                                          **GROUPED, **SIZES)),
    "llama-yarn": ("llama", LlamaConfig(rope_parameters=dict(
        rope_type="yarn", rope_theta=50.0, factor=4.0, original_max_position_embeddings=16), **GROUPED, **SIZES)),
    "qwen2": ("qwen2", Qwen2Config(tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6),
                                   **GROUPED, **SIZES)),
    "qwen3": ("qwen3", Qwen3Config(head_dim=6, **GROUPED, **SIZES)),
    "gemma2": ("gemma2", Gemma2Config(attn_logit_softcapping=2.0, final_logit_softcapping=3.0, **GROUPED, **GEMMA)),
    "gemma3": ("gemma3", Gemma3TextConfig(rope_parameters=NEAR_AND_FAR, **GROUPED, **dict(GEMMA, num_hidden_layers=6))),
    "gpt2": ("gpt2", GPT2Config(vocab_size=37, n_positions=64, n_embd=16, n_layer=2, n_head=4, bos_token_id=0,
                                eos_token_id=0)),
    "phi3": ("phi3", Phi3Config(sliding_window=8, **GROUPED, **UNPADDED)),
    "phi3-long": ("phi3", Phi3Config(num_attention_heads=2, num_key_value_heads=1, rope_parameters=LONGROPE,
                                     original_max_position_embeddings=256, tie_word_embeddings=True,
                                     **dict(UNPADDED, max_position_embeddings=640))),
    "olmo2": ("olmo2", Olmo2Config(**GROUPED, **UNPADDED)),
    "smollm3": ("smollm3", SmolLM3Config(tie_word_embeddings=True,
                                         rope_parameters=dict(rope_type="default", rope_theta=50.0),
                                         **GROUPED, **dict(UNPADDED, num_hidden_layers=4))),
    "gpt2-half": ("gpt2", GPT2Config(vocab_size=37, n_positions=64, n_embd=16, n_layer=1, n_head=4, bos_token_id=0,
                                     eos_token_id=0)),
    "llama-half": ("llama", LlamaConfig(**GROUPED, **dict(SIZES, num_hidden_layers=1))),
}


PAIRED = ("llama", "smollm3")  # whose rows of queries and keys the converter permutes


def small_model(config):
    torch.manual_seed(20250709)
    model = AutoModelForCausalLM.from_config(config).float().eval()
    with torch.no_grad():
        for weight in model.parameters():  # a fresh model's biases are 0, its gains 1: any mistake would hide
            weight += torch.randn_like(weight) * (0.1 if weight.dim() == 1 else 0.3)
    return model


def value(config, *names):
    return next((getattr(config, name) for name in names if getattr(config, name, None) is not None), None)


def describe(writer, architecture, config):
    heads = value(config, "num_attention_heads", "n_head")
    writer.add_context_length(value(config, "max_position_embeddings", "n_positions"))
    writer.add_embedding_length(value(config, "hidden_size", "n_embd"))
    writer.add_block_count(value(config, "num_hidden_layers", "n_layer"))
    writer.add_feed_forward_length(value(config, "intermediate_size", "n_inner") or 4 * config.n_embd)
    writer.add_head_count(heads)
    if architecture == "gpt2":
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    head = value(config, "head_dim") or config.hidden_size // heads
    writer.add_key_length(head)
    writer.add_value_length(head)
    if architecture in PAIRED:
        writer.add_vocab_size(config.vocab_size)
        writer.add_rope_dimension_count(head)
    rope = config.rope_parameters
    if architecture == "phi3":
        writer.add_rope_dimension_count(int(head * rope.get("partial_rotary_factor", 1)))
        writer.add_rope_scaling_orig_ctx_len(config.original_max_position_embeddings)
        writer.add_sliding_window(config.sliding_window or 0)
        if rope["rope_type"] == "longrope":
            scale = config.max_position_embeddings / config.original_max_position_embeddings
            writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(scale) / math.log(
                config.original_max_position_embeddings)))
            for length in ("long", "short"):
                writer.add_tensor(f"rope_factors_{length}.weight", numpy.array(rope[length + "_factor"], numpy.float32))
    rope = rope.get("full_attention", rope)
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", divisors(rope, head))
    if architecture.startswith("gemma"):
        writer.add_sliding_window(config.sliding_window)
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def divisors(rope, head):
    """As transformers divides the angles."""
    angles = 1.0 / rope["rope_theta"] ** (numpy.arange(0, head, 2) / head)
    lengths = 2 * numpy.pi / angles
    low = rope["original_max_position_embeddings"] / rope["low_freq_factor"]
    high = rope["original_max_position_embeddings"] / rope["high_freq_factor"]
    smooth = (rope["original_max_position_embeddings"] / lengths - rope["low_freq_factor"]) / (
        rope["high_freq_factor"] - rope["low_freq_factor"])
    between = 1 / ((1 - smooth) / rope["factor"] + smooth)
    return numpy.where(lengths < high, 1, numpy.where(lengths > low, rope["factor"], between)).astype(numpy.float32)


def permuted(weight, heads):
    return weight.reshape(heads, 2, len(weight) // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def add_tensors(writer, architecture, model, kinds=lambda name: Type.F32):
    config = model.config
    kind = {v: k for k, v in gguf.MODEL_ARCH_NAMES.items()}[architecture]
    names = gguf.get_tensor_name_map(kind, value(config, "num_hidden_layers", "n_layer"))
    dequantized = {}
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    for name, parameter in sorted(model.state_dict().items()):
        if name in tied or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        weight = parameter.float().numpy()
        if architecture in PAIRED and ".q_proj." in name:
            weight = permuted(weight, config.num_attention_heads)
        if architecture in PAIRED and ".k_proj." in name:
            weight = permuted(weight, config.num_key_value_heads)
        if architecture.startswith("gemma") and name.endswith("norm.weight"):
            weight = weight + 1
        if architecture == "gpt2" and name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight")):
            weight = weight.T
        stored_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        kind = kinds(stored_name)
        random = numpy.random.default_rng(1)
        data = random_blocks(kind, *weight.shape, 0.0005, random) if kind in SUPER_BLOCKS else stored(kind, weight)
        writer.add_tensor(stored_name, numpy.ascontiguousarray(data), raw_dtype=kind)
        wide = gguf.quants.dequantize(data, kind) if kind != Type.F32 else data
        dequantized[name] = torch.tensor(numpy.ascontiguousarray(wide, dtype=numpy.float32))
    return dequantized


def add_letters(writer):
    """A tokenizer, without which llama.cpp doesn't open a model."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(["<|endoftext|>"] + [chr(ord("a") + i) for i in range(26)] + [str(i) for i in range(9)] + ["ab"])
    writer.add_token_types([3] + [1] * 36)
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)


def write_models(folder):
    for name, (architecture, config) in MODELS.items():
        model = small_model(config)
        kinds = lambda part: Type.F32
        if name.endswith("-half"):
            model = model.half().float()
            kinds = lambda part: Type.F16 if part.endswith(".weight") and "norm" not in part else Type.F32
        model.save_pretrained(folder / name)
        (folder / name / "generation_config.json").unlink(missing_ok=True)
        writer = gguf.GGUFWriter(folder / name / "model.gguf", architecture)
        describe(writer, architecture, model.config)
        add_letters(writer)
        add_tensors(writer, architecture, model, kinds)
        write(writer)
        compare_with_llama_cpp(folder / name / "model.gguf", model, PROMPT)


# ---- a whole model with a tokenizer

KINDS = {"token_embd": Type.Q8_0, "attn_q": Type.Q4_1, "attn_k": Type.Q4_0, "attn_v": Type.Q5_0, "attn_output": Type.Q5_1,
         "ffn_gate": Type.BF16, "ffn_up": Type.F16, "ffn_down": Type.Q6_K}


def kind(name):
    part = name.split(".")[-2]
    return Type.Q4_K if name.startswith("blk.1.ffn_down") else KINDS.get(part, Type.F32)


def write_whole(folder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(TOKENIZER)
    vocabulary = json.loads((TOKENIZER / "tokenizer.json").read_text())
    config = LlamaConfig(vocab_size=len(tokenizer), hidden_size=64, intermediate_size=256, num_hidden_layers=2,
                         max_position_embeddings=128, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True)
    model = small_model(config)
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama")
    describe(writer, "llama", config)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    added = {token["id"]: token for token in vocabulary["added_tokens"]}
    writer.add_token_list(tokenizer.convert_ids_to_tokens(range(len(tokenizer))))
    writer.add_token_types([1 if id not in added else 3 if added[id]["special"] else 4 for id in range(len(tokenizer))])
    merges = vocabulary["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    dequantized = add_tensors(writer, "llama", model, kind)
    write(writer)
    unpermuted = {name: weight if "_proj" not in name or not name.endswith(("q_proj.weight", "k_proj.weight")) else
                  torch.tensor(back(weight.numpy(), 4 if "q_proj" in name else 2)) for name, weight in dequantized.items()}
    model.load_state_dict(unpermuted, strict=False)
    model.tie_weights()
    prompt = tokenizer.encode("Mary went to the kitchen. 42", add_special_tokens=False)
    with torch.no_grad():
        logits = model.double()(torch.tensor([prompt])).logits[0]
    texts = [dict(text=text, tokens=tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))
             for text in TEXTS]
    reference = dict(texts=texts, prompt=prompt, logits=logits.flatten().tolist(), end=tokenizer.eos_token_id)
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")
    compare_with_llama_cpp(folder / "model.gguf", model.float(), prompt, 0.2)


# ---- a tokenizer of SentencePiece

SPECIAL = {"<unk>": 2, "<s>": 3, "</s>": 3}  # the types of llama.cpp


def write_pieces(folder):
    """Trains a tokenizer, whose pieces and scores the converter writes as they are."""
    text = Path(__file__).parent.parent / "LICENSE"
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / "tokenizer"), model_type="bpe", vocab_size=500, byte_fallback=True,
        character_coverage=1.0, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=True, split_digits=True, allow_whitespace_only_pieces=True, pad_id=-1, minloglevel=2)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    config = LlamaConfig(**GROUPED, **dict(SIZES, vocab_size=500, num_hidden_layers=1, tie_word_embeddings=True))
    model = small_model(config)
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama")
    describe(writer, "llama", config)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    tokens = [pieces.id_to_piece(id) for id in range(500)]
    writer.add_token_list(tokens)
    writer.add_token_scores([pieces.get_score(id) for id in range(500)])
    writer.add_token_types([6 if pieces.is_byte(id) else SPECIAL.get(tokens[id], 1) for id in range(500)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    add_tensors(writer, "llama", model, lambda name: Type.F16 if "norm" not in name else Type.F32)
    write(writer)
    tokenizer = LlamaTokenizer.from_pretrained(folder, legacy=True)
    texts = []
    for text in TEXTS:
        ids = pieces.encode(text)
        by_transformers = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        if ids != by_transformers and not text.startswith(" "):  # before which transformers 5 puts no other space
            raise SystemExit(f"{text!r}: transformers has {by_transformers}, sentencepiece {ids}")
        texts.append(dict(text=text, tokens=ids))
    (folder / "reference.json").write_text(json.dumps(dict(texts=texts, begin=1, end=2)) + "\n")
    (folder / "tokenizer.model").unlink()
    (folder / "tokenizer.vocab").unlink()


def back(weight, heads):
    return numpy.ascontiguousarray(
        weight.reshape(heads, len(weight) // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape))


def compare_with_llama_cpp(file, model, prompt, tolerance=0.01):
    """llama.cpp rounds the factors of products, to binary16 or 8 bits, so it agrees to two or one digits only."""
    try:
        import xllamacpp
    except ImportError:
        return
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.n_ctx = 64
    parameters.n_gpu_layers = 0
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    answer = server.handle_completions(dict(prompt=prompt, max_tokens=1, logprobs=10, temperature=0.0))
    theirs = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    with torch.no_grad():
        ours = torch.log_softmax(model(torch.tensor([prompt])).logits[0, -1].double(), 0)
    worst = max(abs(each["logprob"] - ours[each["id"]].item()) for each in theirs)
    print(f"{file.parent.name}: llama.cpp's logarithms of probabilities differ by at most {worst:.5f}")
    if worst > tolerance:
        raise SystemExit(f"{file}: llama.cpp computes something else: {theirs}, {ours}")


if __name__ == "__main__":
    for_formats, whole = Path(sys.argv[1]), Path(sys.argv[2])
    for_formats.mkdir(parents=True, exist_ok=True)
    whole.mkdir(parents=True, exist_ok=True)
    (whole / "pieces").mkdir(exist_ok=True)
    write_types(for_formats)
    write_models(for_formats)
    write_whole(whole)
    write_pieces(whole / "pieces")
