#!/usr/bin/env python3
"""llama.cpp's side of gguf: greedy decoding of several sequences at once, by llama-cpp-python.

    llama_cpp_decode.py WORKLOAD [RESULTS]

WORKLOAD is a JSON object with gguf's options as keys. All sequences are in one batch, as llama.cpp's own server has them. Prints what it measured as one JSON line; with RESULTS it writes there instead the scores after each prompt, as floats.
"""
import ctypes
import json
import statistics
import sys
import time

import llama_cpp
import numpy


class Decoder:

    def __init__(self, o):
        self.o = o
        model_parameters = llama_cpp.llama_model_default_params()
        model_parameters.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(o["base"].encode(), model_parameters)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        most = o["sequences"] * (o["prompt"] + o["tokens"])
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = most
        parameters.n_batch = parameters.n_ubatch = max(32, o["sequences"] * o["prompt"])
        parameters.n_seq_max = o["sequences"]
        parameters.n_threads = parameters.n_threads_batch = o["threads"]
        parameters.kv_unified = o["sequences"] == 1
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        self.batch = llama_cpp.llama_batch_init(parameters.n_batch, 0, 1)

    def scores(self, tokens, past):
        """The scores of what follows each sequence, after these tokens of each."""
        batch, at = self.batch, 0
        for sequence, row in enumerate(tokens):
            for i, token in enumerate(row):
                batch.token[at], batch.pos[at], batch.n_seq_id[at], batch.seq_id[at][0] = token, past + i, 1, sequence
                batch.logits[at] = i == len(row) - 1
                at += 1
        batch.n_tokens = at
        if llama_cpp.llama_decode(self.context, batch):
            raise SystemExit("llama.cpp didn't decode")
        lasts = [(i + 1) * len(tokens[0]) - 1 for i in range(len(tokens))]
        return [numpy.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.context, i), (self.vocabulary,)) for i in lasts]

    def prompts(self):
        o = self.o
        ids = [(7919 * i + 13) % self.vocabulary for i in range(o["sequences"] * o["prompt"])]
        return [ids[i * o["prompt"]:(i + 1) * o["prompt"]] for i in range(o["sequences"])]

    def write(self):
        """The likeliest tokens after the prompts."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        tokens, past = self.prompts(), 0
        for _ in range(self.o["tokens"]):
            scores = self.scores(tokens, past)
            past += len(tokens[0])
            tokens = [[int(row.argmax())] for row in scores]


def main():
    o = json.loads(sys.argv[1])
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    it = Decoder(o)
    if len(sys.argv) > 2:
        numpy.concatenate(it.scores(it.prompts(), 0)).astype("float32").tofile(sys.argv[2])
        return
    times = []
    for _ in range(o["warmup"] + o["repeats"]):
        start = time.perf_counter()
        it.write()
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(times[o["warmup"]:]), "system": llama_cpp.llama_print_system_info().decode()}))


main()
