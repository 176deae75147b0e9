"""Makes packs whose signature and hashes are right, and whose network that reads histories in order is hostile.

Each starts as a copy of a sound pack: its section 101 gets the network of a folder with another step, and the pack is
signed again with the key of pack_keys.h, as docs/packs.md has it.

    python3 hostile_networks.py PACK SEQUENCE_FOLDER OUTPUT_FOLDER
"""

import hashlib
import json
import shutil
import struct
import sys
from pathlib import Path

from broken_models import external_tensor, field, nested_graphs

NETWORK = 101
HEADER_AT = 80
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

WIDTH = 8
FLOAT, INT64, DOUBLE = 1, 7, 11


# --- Ed25519: RFC 8032, sections 5.1.5 and 5.1.6 -----------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


def base_point() -> tuple:
    square = (BASE_Y * BASE_Y - 1) * pow(D * BASE_Y * BASE_Y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    x = P - x if x % 2 else x
    return x, BASE_Y, 1, x * BASE_Y % P


def add(one: tuple, other: tuple) -> tuple:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiplied(factor: int, point: tuple) -> bytes:
    """The product, compressed."""
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    inverse = pow(result[2], -1, P)
    x, y = result[0] * inverse % P, result[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def signature(message: bytes) -> bytes:
    hashed = hashlib.sha512(SEED).digest()
    secret = int.from_bytes(hashed[:32], "little") & ((1 << 254) - 8) | 1 << 254
    public = multiplied(secret, base_point())
    number = lambda *parts: int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L  # noqa: E731
    nonce = number(hashed[32:], message)
    point = multiplied(nonce, base_point())
    return point + ((nonce + number(point, public, message) * secret) % L).to_bytes(32, "little")


# --- XXH3 of 128 bits, of more than 240 bytes: its specification, version 0.2.0, "XXH3 Algorithm: Long Inputs" ----------

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
PRIMES_32 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
PRIMES_64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
LANES = 8
STRIPE, STRIPES = 8 * LANES, (len(SECRET) - 8 * LANES) // 8
MASK = (1 << 64) - 1


def lanes(content: bytes, at: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{LANES}Q", content, at)


def accumulate(sums: list[int], content: bytes, at: int, secret_at: int) -> None:
    for lane, (value, secret) in enumerate(zip(lanes(content, at), lanes(SECRET, secret_at))):
        key = value ^ secret
        sums[lane ^ 1] = sums[lane ^ 1] + value & MASK
        sums[lane] = sums[lane] + (key & 0xFFFFFFFF) * (key >> 32) & MASK


def merged(sums: list[int], secret_at: int, start: int) -> int:
    keys = [one ^ secret for one, secret in zip(sums, lanes(SECRET, secret_at))]
    for one, other in zip(keys[::2], keys[1::2]):
        start += one * other & MASK ^ one * other >> 64
    start &= MASK
    start = (start ^ start >> 37) * 0x165667919E3779F9 & MASK
    return start ^ start >> 32


def xxh3(content: bytes) -> bytes:
    """The hash of 128 bits, the lowest byte first."""
    sums = [PRIMES_32[2], *PRIMES_64[:4], PRIMES_32[1], PRIMES_64[4], PRIMES_32[0]]
    for stripe in range((len(content) - 1) // STRIPE):
        accumulate(sums, content, stripe * STRIPE, stripe % STRIPES * 8)
        # The stripes of a whole block, where more follows it.
        if stripe % STRIPES == STRIPES - 1:
            scrambled = zip(sums, lanes(SECRET, len(SECRET) - STRIPE))
            sums = [(one ^ one >> 47 ^ secret) * PRIMES_32[0] & MASK for one, secret in scrambled]
    accumulate(sums, content, len(content) - STRIPE, len(SECRET) - STRIPE - 7)
    low = merged(sums, 11, len(content) * PRIMES_64[0] & MASK)
    high = merged(sums, len(SECRET) - STRIPE - 11, ~(len(content) * PRIMES_64[1]) & MASK)
    return struct.pack("<QQ", low, high)


# --- the pack: docs/packs.md -------------------------------------------------------------------------


def read_varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (content[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if content[at - 1] < 128:
            return value, at


def fields(message: bytes):
    """Numbers and values of varints and of what has a length, and the bytes that each field stands in."""
    at = 0
    while at < len(message):
        start = at
        key, at = read_varint(message, at)
        value, at = read_varint(message, at)
        if key & 7 == 2:
            value, at = message[at : at + value], at + value
        yield key >> 3, value, message[start:at]


def frame(content: bytes) -> bytes:
    """Zstandard that compresses nothing: RFC 8878, sections 3.1.1.1 and 3.1.1.2."""
    parts = [content[at : at + (1 << 16)] for at in range(0, len(content), 1 << 16)] or [b""]
    blocks = [
        struct.pack("<I", len(part) << 3 | (place == len(parts) - 1))[:3] + part for place, part in enumerate(parts)
    ]
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content)) + b"".join(blocks)


def with_network(pack: bytes, network: bytes | None) -> bytes:
    """The pack with this network in the place of its own, or without one."""
    end = HEADER_AT + struct.unpack_from("<I", pack, 12)[0]
    header, bodies, at = b"", [], end
    for number, value, raw in fields(pack[HEADER_AT:end]):
        if number == 6:
            section = {number: value for number, value, _ in fields(value)}
            bodies.append(pack[at : at + section[3]])
            at += section[3]
            if section[1] == NETWORK and network is None:
                bodies[-1] = raw = b""
            elif section[1] == NETWORK:
                bodies[-1] = frame(network)
                raw = field(6, field(1, NETWORK) + field(2, len(network)) + field(3, len(bodies[-1])) 
                            + field(4, hashlib.sha256(bodies[-1]).digest()) + field(5, xxh3(network)))
        header += raw
    prefix = pack[:12] + struct.pack("<I", len(header))
    return prefix + signature(prefix + header) + header + b"".join(bodies)


# --- networks ----------------------------------------------------------------------------------------


def filled(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content + bytes(-len(content) % 4)


def network_of(folder: Path, step: bytes) -> bytes:
    """The network in a folder with another step, whose size and hash its manifest tells."""
    manifest = json.loads((folder / "vrec-sequence.json").read_text(encoding="utf-8"))
    manifest["files"]["step"] |= {"bytes": len(step), "sha256": hashlib.sha256(step).hexdigest()}
    files = [json.dumps(manifest).encode(), step]
    files += [(folder / manifest["files"][role]["name"]).read_bytes() for role in ("items", "projection")]
    return b"".join(map(filled, files))


def value_info(name: str, shape: list[int], element_type: int = FLOAT) -> bytes:
    dimensions = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, element_type) + field(2, dimensions)))


def node(operator: str, inputs: str, outputs: str, *attributes: bytes, place: int = 1) -> bytes:
    """A node of a graph, or, with the place 7, of a function."""
    ends = [field(1, name) for name in inputs.split()] + [field(2, name) for name in outputs.split()]
    return field(place, b"".join(ends) + field(4, operator) + b"".join(field(5, attribute) for attribute in attributes))


def whole(name: str, value: int) -> bytes:
    return field(1, name) + field(3, value) + field(20, 2)


def graph_attribute(name: str, graph: bytes) -> bytes:
    return field(1, name) + field(6, graph) + field(20, 5)


def tensor(name: str, shape: list[int], content: bytes, element_type: int = FLOAT) -> bytes:
    sizes = b"".join(field(1, size) for size in shape)
    return field(5, sizes + field(2, element_type) + field(8, name) + field(9, content))


def numbers(name: str, *values: int) -> bytes:
    return tensor(name, [len(values)], struct.pack(f"<{len(values)}q", *values), INT64)


def reals(name: str, shape: list[int], value: float) -> bytes:
    count = 1
    for size in shape:
        count *= size
    return tensor(name, shape, struct.pack("<f", value) * count)


INPUTS = field(11, value_info("state", [1, WIDTH])) + field(11, value_info("item", [1, WIDTH]))
OUTPUT = field(12, value_info("next", [1, WIDTH]))
NEXT = node("Add", "state item", "next")


def graph_of(*parts: bytes, inputs: bytes = INPUTS, output: bytes = OUTPUT) -> bytes:
    return b"".join(parts) + field(2, "step") + inputs + output


def model_of(*parts: bytes, inputs: bytes = INPUTS, output: bytes = OUTPUT) -> bytes:
    return onnx(graph_of(*parts, inputs=inputs, output=output))


def onnx(graph: bytes) -> bytes:
    return field(1, 8) + field(8, field(2, 17)) + field(7, graph)


def inputs_of(state: bytes) -> bytes:
    return field(11, state) + field(11, value_info("item", [1, WIDTH]))


def other_shapes() -> dict:
    """Graphs that are honest, and no step."""
    return {
        "other-input": model_of(node("Add", "before item", "next"), inputs=inputs_of(value_info("before", [1, WIDTH]))),
        "one-input-more": model_of(NEXT, inputs=INPUTS + field(11, value_info("time", [1, 1]))),
        "other-output": model_of(node("Add", "state item", "after"), output=field(12, value_info("after", [1, WIDTH]))),
        "wide-output": model_of(
            node("Concat", "state item", "next", ACROSS), output=field(12, value_info("next", [1, 2 * WIDTH]))),
        "narrow-input": model_of(NEXT, inputs=inputs_of(value_info("state", [1, 4]))),
        "input-of-whole-numbers": model_of(NEXT, inputs=inputs_of(value_info("state", [1, WIDTH], INT64))),
        "input-of-doubles": model_of(NEXT, inputs=inputs_of(value_info("state", [1, WIDTH], DOUBLE))),
        "weights-of-doubles": model_of(NEXT, tensor("weights", [1, 1], bytes(8), DOUBLE)),
        "product-of-others": model_of(reals("weights", [5, 8], 1), node("MatMul", "state weights", "next")),
        "nothing-known": model_of(node("Add", "state nowhere", "next")),
        "circle": model_of(node("Add", "state next", "sum"), node("Add", "sum item", "next")),
        "twice": model_of(NEXT, node("Sub", "state item", "next")),
        # The processor ends who divides so.
        "least-by-minus-one": model_of(
            numbers("least", -(2**63)), numbers("minus_one", -1), node("Div", "least minus_one", "cut"),
            node("Split", "state cut", "part", ACROSS), node("Add", "part item", "next")),
        "turned-and-not": model_of(
            reals("weights", [WIDTH, WIDTH], 1), node("Gemm", "state weights", "next", whole("transB", 1), whole("transB", 0))),
    }


def other_files() -> dict:
    """What is no graph, or one that takes more than it brings."""
    sound = model_of(NEXT)
    return {
        "empty": b"",
        "no-onnx": b"GIF89a, not ONNX at all",
        "truncated": sound[: len(sound) // 2],
        "without-graph": field(1, 8),
        "external-data": model_of(NEXT, field(5, external_tensor())),
        "external-in-a-branch": model_of(NEXT, node("If", "state", "never", graph_attribute(
            "then_branch", field(5, external_tensor())))),
        "nested": nested_graphs(2_000),
        "function": sound + field(25, field(1, "Add") + field(4, "a") + field(4, "b") + field(5, "c") + field(10, "")
                                  + node("Identity", "a", "c", place=7)),
    }


ACROSS = whole("axis", 1)


def cut_to_next(name: str, rows: int, columns: int) -> bytes:
    """From a table of this shape to `next`, by operators that a step may hold."""
    return (
        numbers("rows", 1, rows - 1) + numbers("columns", WIDTH, columns - WIDTH)
        + node("Split", f"{name} rows", "row other_rows", whole("axis", 0))
        + node("Split", "row columns", "cell other_cells", ACROSS) + node("Add", "item cell", "next")
    )


def doubled(times: int) -> bytes:
    nodes = [node("Concat", f"double{place} double{place}", f"double{place + 1}", ACROSS) for place in range(times)]
    return node("Concat", "state item", "double0", ACROSS) + b"".join(nodes)


def largest_added(name: str) -> bytes:
    return node("ReduceMax", name, "most", whole("keepdims", 1)) + node("Add", "state most", "next")


def loop() -> bytes:
    """Goes on until a condition fails that never does."""
    body = (
        node("Identity", "going", "still") + node("Identity", "carried", "on") + field(2, "body")
        + field(11, value_info("turn", [], INT64)) + field(11, value_info("going", [], 9))
        + field(11, value_info("carried", [1, WIDTH]))
        + field(12, value_info("still", [], 9)) + field(12, value_info("on", [1, WIDTH]))
    )
    return model_of(
        tensor("always", [], b"\1", 9), tensor("turns", [], struct.pack("<q", 2**62), INT64),
        node("Loop", "turns always state", "next", graph_attribute("body", body)),
    )


def greedy() -> dict:
    """Graphs that ask for more than any step needs: terabytes, or time without an end."""
    terabyte = numbers("shape", 1 << 20, 1 << 18)
    chain = [node("Tanh", f"value{place}", f"value{place + 1}") for place in range(5_000)]
    squares = [node("MatMul", f"square{place} square{place}", f"square{place + 1}") for place in range(200)]
    squared = node("MatMul", "tall wide", "square0") + b"".join(squares) + cut_to_next("square200", 1_024, 1_024)
    scalars = {"from": 0, "to": 1e12, "by": 1}
    return {
        "huge-constant": model_of(terabyte, node("ConstantOfShape", "shape", "huge"), largest_added("huge")),
        "huge-expansion": model_of(terabyte, numbers("column", WIDTH, 1), node("Reshape", "state column", "tall"),
                                   node("Expand", "tall shape", "huge"), largest_added("huge")),
        "huge-range": model_of(*(tensor(name, [], struct.pack("<f", value)) for name, value in scalars.items()),
                               node("Range", "from to by", "huge"), largest_added("huge")),
        "described-at-length": model_of(NEXT) + field(6, "text" * (1 << 17)),
        "empty-nodes": model_of(NEXT, b"\x0a\0" * (1 << 20)),
        "endless-loop": loop(),
        "doubling": model_of(doubled(40), numbers("cut", WIDTH, 2**44 - WIDTH),
                             node("Split", "double40 cut", "cell other_cells", ACROSS), node("Add", "cell item", "next")),
        "doubling-past-all-numbers": model_of(doubled(70), node("Split", "double70", "next other_cells", ACROSS)),
        "long-chain": model_of(node("Add", "state item", "value0"), *chain, node("Tanh", "value5000", "next")),
        # The runtime would compute these when it opens the graph.
        "products": model_of(reals("tall", [1_024, 1], 0.0), reals("wide", [1, 1_024], 0.0), squared),
        "promised-weights": model_of(NEXT, tensor("weights", [1 << 20, 1 << 20], b"")),
        "promised-past-all-numbers": model_of(NEXT, tensor("weights", [1 << 62, 1 << 62], b"")),
        "weights-below-nothing": model_of(NEXT, tensor("weights", [(1 << 64) - 8, (1 << 64) - 8], bytes(256))),
        "parts-past-all-numbers": model_of(numbers("parts", 2**62, 2**62), node("Split", "state parts", "next rest", ACROSS)),
    }


def without_numbers() -> dict:
    return {
        "weights-that-are-no-numbers": model_of(reals("weights", [1, WIDTH], float("nan")),
                                    node("Add", "state weights", "sum"), node("Add", "sum item", "next")),
        "zero-by-zero": model_of(node("Div", "state item", "next")),
        # Nothing tells before a watch: the first step is of zeros, as a trial is.
        "endless-later": model_of(reals("most", [1, WIDTH], 3e38), node("Mul", "item most", "large"),
                                  node("Mul", "large most", "next")),
        "no-number-later": model_of(reals("most", [1, WIDTH], 3e38), node("Mul", "item most", "large"),
                                    node("Mul", "large most", "endless"), node("Sub", "endless endless", "next")),
    }


def main() -> None:
    pack, sequence, output = map(Path, sys.argv[1:])
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    (output / "without.pack").write_bytes(with_network(pack.read_bytes(), None))
    sound = (sequence / "step.onnx").read_bytes()
    # Nothing says which of two formats the bytes have: the ONNX Runtime's own begins like this, and ONNX takes it for a name.
    steps = {"sound": sound, "two-formats": field(2, b"\0\0ORTM" + bytes(64)) + sound}
    for name, step in (steps | other_shapes() | other_files() | greedy() | without_numbers()).items():
        (output / f"{name}.pack").write_bytes(with_network(pack.read_bytes(), network_of(sequence, step)))


if __name__ == "__main__":
    main()
