#!/usr/bin/env python3
"""Makes golden.bin: what MiniLM says of the lines of golden.txt, computed by numpy alone.

    tests/bert/golden.py ~/.cache/rapport/minilm

Written from the papers on BERT (Devlin et al. 2018) and WordPiece, not from the program's code, so
that both agreeing says something. 384 numbers of four bytes a line, little-endian.
"""

import json
import math
import sys
import unicodedata
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TOKENS_MAX, TAIL_TOKENS = 256, 64
erf = np.vectorize(math.erf, otypes=[np.float64])


def weights(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    kinds = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = (8 + length + at for at in entry["data_offsets"])
            out[name] = np.frombuffer(data[start:end], kinds[entry["dtype"]]).reshape(entry["shape"])
    return {name: value.astype(np.float64) for name, value in out.items() if value.dtype != np.int64}


def is_punctuation(c):
    return 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126 or (
        unicodedata.category(c).startswith("P")
    )


def is_han(c):
    return any(a <= ord(c) <= b for a, b in [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0x20000, 0x2CEAF)])


def words(text):
    out, word = [], ""
    for c in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(c)
        if category == "Mn" or c in "\0\ufffd" or (category in ("Cc", "Cf") and c not in "\t\n\r"):
            continue
        if c.isspace() or is_punctuation(c) or is_han(c):
            out += [word] if word else []
            word = ""
            out += [] if c.isspace() else [c]
        else:
            word += c
    return out + ([word] if word else [])


def pieces(word, vocabulary):
    out, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start and ("##" if start else "") + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return ["[UNK]"]
        out.append(("##" if start else "") + word[start:end])
        start = end
    return out


def norm(x, scale, shift):
    mean, spread = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(spread + 1e-12) * scale + shift


def embedding(ids, w, n_layers, n_heads):
    at = "embeddings."
    x = w[at + "word_embeddings.weight"][ids] + w[at + "position_embeddings.weight"][: len(ids)]
    x = norm(x + w[at + "token_type_embeddings.weight"][0], w[at + "LayerNorm.weight"], w[at + "LayerNorm.bias"])

    def dense(x, name):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    for n in range(n_layers):
        at = f"encoder.layer.{n}."
        split = lambda y: y.reshape(len(ids), n_heads, -1).transpose(1, 0, 2)
        q, k, v = (split(dense(x, at + "attention.self." + name)) for name in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        p = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (p / p.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), -1)
        ln = at + "attention.output.LayerNorm"
        x = norm(x + dense(mixed, at + "attention.output.dense"), w[ln + ".weight"], w[ln + ".bias"])
        h = dense(x, at + "intermediate.dense")
        h = h * 0.5 * (1 + erf(h / math.sqrt(2)))
        ln = at + "output.LayerNorm"
        x = norm(x + dense(h, at + "output.dense"), w[ln + ".weight"], w[ln + ".bias"])
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def main():
    model = Path(sys.argv[1])
    config = json.loads((model / "config.json").read_text())
    w = weights(model / "model.safetensors")
    vocabulary = {word: n for n, word in enumerate((model / "vocab.txt").read_text().split("\n"))}
    rows = []
    for line in (HERE / "golden.txt").read_text().splitlines():
        found = [p for word in words(line.replace("\\n", "\n")) for p in pieces(word, vocabulary)]
        ids = [vocabulary[t] for t in ["[CLS]", *found, "[SEP]"]]
        if len(ids) > TOKENS_MAX:
            ids = ids[: TOKENS_MAX - TAIL_TOKENS] + ids[-TAIL_TOKENS:]
        rows.append(embedding(ids, w, config["num_hidden_layers"], config["num_attention_heads"]))
    np.array(rows, "<f4").tofile(HERE / "golden.bin")


main()
