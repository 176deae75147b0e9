"""What the stages of the race found: rows of a table, and figures."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Optional


@dataclass(frozen=True)
class Line:
    """One contestant at one task. Times are milliseconds a query; vrec's was taken beside the other's."""

    rows: int
    task: str
    contestant: str
    milliseconds: Optional[float] = None
    vrec_milliseconds: Optional[float] = None
    recall10: Optional[float] = None
    recall100: Optional[float] = None
    bytes_a_vector: Optional[float] = None

    def ratio(self) -> Optional[float]:
        if self.milliseconds is None or self.vrec_milliseconds is None:
            return None
        return self.milliseconds / self.vrec_milliseconds


@dataclass
class Report:
    lines: list[Line] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        print("  " + ", ".join(part for part in (line.task, line.contestant, *_named(line)) if part), flush=True)

    def figure(self, name: str, value: float) -> None:
        self.figures[f"vectors.{name}"] = value
        print(f"  {name} {value:.3f}", flush=True)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    def extend_from(self, path: Path) -> None:
        found = json.loads(path.read_text(encoding="utf-8"))
        self.lines += [Line(**line) for line in found["lines"]]
        self.figures.update(found["figures"])

    def table(self) -> str:
        """Markdown, rows in the order they came."""
        heading = (
            "Rows", "Task", "Contestant", "ms a query", "vrec's ms beside it", "ratio", "recall@10", "recall@100",
            "bytes a vector",
        )
        lines = [heading, ("---:", "---", "---", *["---:"] * 6)]
        for line in self.lines:
            lines.append((
                f"{line.rows:,}", line.task, line.contestant, _number(line.milliseconds, ".4g"),
                _number(line.vrec_milliseconds, ".4g"), _number(line.ratio(), ".2f"), _number(line.recall10, ".4f"),
                _number(line.recall100, ".4f"), _number(line.bytes_a_vector, ".0f"),
            ))
        return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def _number(value: Optional[float], form: str) -> str:
    return "" if value is None else format(value, form)


def _named(line: Line) -> list[str]:
    named = (
        ("", line.milliseconds, ".4g", " ms"), ("vrec ", line.vrec_milliseconds, ".4g", " ms"),
        ("ratio ", line.ratio(), ".2f", ""), ("recall@10 ", line.recall10, ".4f", ""),
        ("recall@100 ", line.recall100, ".4f", ""), ("", line.bytes_a_vector, ".0f", " bytes a vector"),
    )
    return [f"{before}{value:{form}}{after}" for before, value, form, after in named if value is not None]
