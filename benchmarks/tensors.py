"""Files in the safetensors format, and how far their tensors are from each other, by Python's standard library alone."""
import array
import json
import operator
import struct

CODES = {"F32": "f", "F64": "d"}


def write(path, tensors):
    """tensors: name -> (dtype, shape, bytes)"""
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


def read(path):
    """name -> array of numbers, shapes flattened"""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start, tensors = file.tell(), {}
        for name, entry in header.items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                file.seek(start + begin)
                tensors[name] = array.array(CODES[entry["dtype"]], file.read(end - begin))
        return tensors


def difference(a, b):
    return list(map(operator.sub, a, b))


def relative_error(found, true, names):
    """Of all tensors of these names together, by their Euclidean norm."""
    norm = lambda arrays: sum(sum(map(operator.mul, a, a)) for a in arrays) ** 0.5
    return norm(difference(found[name], true[name]) for name in names) / norm(true[name] for name in names)
