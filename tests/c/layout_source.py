"""Writes a C file whose assembly tells the layout of every struct of a header.

The file is compiled to assembly only, so that the layout of any machine a compiler knows can be read
without a C library for it: each line of the form "#LAYOUT struct.field offset size" is one field.

    python3 layout_source.py include/vrec.h > layout.c
"""

import re
import sys
from pathlib import Path

STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)\n\} \1;", re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FUNCTION_POINTER = re.compile(r"\(\*(\w+)\)\s*\(")
LAST_NAME = re.compile(r"(\w+)$")


def field_name(declaration: str) -> str:
    found = FUNCTION_POINTER.search(declaration) or LAST_NAME.search(declaration)
    if found is None:
        raise SystemExit(f"no field name in: {declaration}")
    return found.group(1)


def structs(header: str) -> list[tuple[str, list[str]]]:
    """Each struct's name with the names of its fields, in the header's order."""
    return [
        (name, [field_name(part.strip()) for part in body.split(";") if part.strip()])
        for name, body in STRUCT.findall(COMMENT.sub("", header))
    ]


def line(label: str, offset: str, size: str) -> str:
    return f'    __asm__ volatile("\\n#LAYOUT {label} %c0 %c1" : : "i"({offset}), "i"({size}));'


def main() -> None:
    found = structs(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if not found:
        raise SystemExit("the header has no structs")
    print("#include <vrec.h>\n\nvoid layout(void);\n\nvoid layout(void)\n{")
    for struct, fields in found:
        print(line(struct, "0", f"sizeof({struct})"))
        for field in fields:
            print(line(f"{struct}.{field}", f"offsetof({struct}, {field})", f"sizeof((({struct} *)0)->{field})"))
    print("}")


if __name__ == "__main__":
    main()
