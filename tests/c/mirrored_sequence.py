"""Makes a network of another: its videos in the opposite order, so that each leads to the one before.

    python3 mirrored_sequence.py GOOD_FOLDER OUTPUT_FOLDER
"""

import hashlib
import json
import shutil
import struct
import sys
from pathlib import Path

good, made = map(Path, sys.argv[1:])
shutil.rmtree(made, ignore_errors=True)
shutil.copytree(good, made)
table = (made / "items.bin").read_bytes()
count = struct.unpack_from("<I", table)[0]
row = (len(table) - 4) // count
# Of each row the length of the id, and the id, filled up: the tiny network's ids are of one letter.
ids = [table[at : at + 8] for at in range(4, len(table), row)]
rest = [table[at + 8 : at + row] for at in range(4, len(table), row)]
mirrored = table[:4] + b"".join(name + values for name, values in zip(reversed(ids), rest, strict=True))
(made / "items.bin").write_bytes(mirrored)
manifest = json.loads((made / "vrec-sequence.json").read_text(encoding="utf-8"))
manifest["name"] = "mirrored-sequence"
manifest["files"]["items"] |= {"bytes": len(mirrored), "sha256": hashlib.sha256(mirrored).hexdigest()}
(made / "vrec-sequence.json").write_text(json.dumps(manifest), encoding="utf-8")
