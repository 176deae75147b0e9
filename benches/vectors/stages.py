"""One stage of the race, in a process of its own: everything about one number of rows.

    stages.py STAGE --library L --build B --report FILE ...

    text      recall on real vectors (glosses.py), for every way of keeping exact values
    10k       a call from C, where what surrounds the scan shows most
    100k      bandwidth, peers, batches of 32, instruction sets, reads beside a writer
    200k      two threads, ways of keeping exact values, the sign stage
    1m        bandwidth, peers, filters, two threads, the sign stage

Each peer is built, raced against vrec in turns (timing.py) and let go before the next, so that a
million rows fit in some 8 GB. bench.py runs the stages and puts their reports together.
"""

from __future__ import annotations

import argparse
import gc
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Optional

# Before numpy and faiss are loaded: no threads but those that are asked for.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

import exact  # noqa: E402
import glosses  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402
import synthetic  # noqa: E402
import timing  # noqa: E402
from report import Line, Report  # noqa: E402
from scoring import EXACT_VALUES, Engine, Failure, Query, Setting, Videos  # noqa: E402

K = 10
TIMED_QUERIES = 16
TIMED_QUERIES_OF_MANY_ROWS = 8  # so that a round stays short, and there are more of them
MANY_ROWS = 500_000
CHECKED_QUERIES = 48
BATCH = 32
# What the scan reads of a row: 4 bits an element and a scale. Rows of 8 bits would be twice as much.
SCALE_BYTES = 4
READERS_KEPT = 3
CALLS_FROM_C = 400
WRITES_A_SECOND, WRITTEN_AT_ONCE, WRITING_SECONDS = 1_000, 100, 4
SCAN = "k = 10"


def milliseconds(least: np.ndarray, queries: int = 1) -> float:
    return float(least.mean()) * 1e3 / queries


class Stage:
    """A catalogue of vectors, vrec's engine on it, and the report."""

    def __init__(self, arguments: argparse.Namespace, report: Report, catalogue: synthetic.Catalogue) -> None:
        self.library, self.build, self.seconds = arguments.library, arguments.build, arguments.seconds
        self.label = arguments.stage
        self.report, self.catalogue = report, catalogue
        self.rows = len(catalogue.vectors)
        self.queries = catalogue.queries[: TIMED_QUERIES_OF_MANY_ROWS if self.rows >= MANY_ROWS else TIMED_QUERIES]
        self.engine = self.new_engine(Setting())
        self.ask = self.asking(self.engine)

    def new_engine(self, setting: Setting) -> Engine:
        start = time.perf_counter()
        engine = Engine(self.library, setting, self.catalogue.vectors.shape[1])
        engine.add(self.catalogue.vectors, self.catalogue.keep50, self.catalogue.keep1)
        took = time.perf_counter() - start
        print(f"  vrec on {engine.instruction_set()}: {self.rows:,} rows added in {took:.1f} s, {setting}", flush=True)
        return engine

    def asking(self, engine: Engine, tag: Optional[str] = None) -> timing.Work:
        ready = [Query.of(query, K, tag) for query in self.queries]
        return lambda number: engine.ask(ready[number])

    def race(self, contestants: Mapping[str, timing.Work], clock: Callable[[], float] = time.process_time
             ) -> dict[str, np.ndarray]:
        return timing.race(contestants, len(self.queries), self.seconds, clock)

    def recall_of(self, engine: Engine, k: int, tag: Optional[str] = None, keep: Optional[np.ndarray] = None) -> float:
        return recall_of(engine, self.catalogue.vectors, self.catalogue.queries[:CHECKED_QUERIES], k, tag, keep)

    # Against the memory

    def bandwidth(self) -> None:
        """vrec beside the fastest ways of reading as many bytes as its scan reads."""
        row = self.catalogue.vectors.shape[1] // 2 + SCALE_BYTES
        ways, size = measure.readers(measure.opened(self.build), self.rows * row)
        first = timing.race(ways, 3, self.seconds / 2)
        fastest = sorted(ways, key=lambda name: first[name].min())[:READERS_KEPT]
        least = self.race({"vrec": self.ask, **{name: ways[name] for name in fastest}})
        best = min(fastest, key=lambda name: least[name].min())
        speed = size / least[best].min()
        vrec = float(least["vrec"].mean())
        plain = size / first[measure.PLAIN].min()
        print(f"  one core reads {speed / 1e9:.2f} GB/s ({best}), {plain / 1e9:.2f} GB/s with no pains taken", flush=True)
        self.report.add(Line(
            self.rows, SCAN, "vrec", milliseconds(least["vrec"]), recall10=self.recall_of(self.engine, 10),
            recall100=self.recall_of(self.engine, 100), bytes_a_vector=self.engine.memory_bytes() / self.rows,
        ))
        self.report.add(Line(self.rows, "reading 4 bits an element", best, size / speed * 1e3, vrec * 1e3))
        whole = self.rows * (self.catalogue.vectors.shape[1] + SCALE_BYTES)
        self.report.add(Line(self.rows, "reading 8 bits an element", "at that bandwidth", whole / speed * 1e3, vrec * 1e3))
        self.report.figure(f"{self.label}.bandwidth_share", self.rows * row / vrec / speed)
        self.report.figure(f"{self.label}.vs_int8_at_full_bandwidth", whole / speed / vrec)
        self.report.figure(f"{self.label}.bandwidth_gb_per_second", speed / 1e9)

    # Against the peers

    def peers(self, beside_flat: Callable[[peers.Faiss], None]) -> None:
        """Each peer in turn; `beside_flat` is called while faiss Flat is there."""
        figures = {peers.FLAT: "vs_faiss_flat", "faiss SQ8": "vs_faiss_sq8", "usearch exact i8": "vs_usearch_i8"}
        right = exact.nearest(self.catalogue.vectors, self.queries, K)
        for name, make in peers.for_rows(self.rows).items():
            try:
                peer = make(self.catalogue.vectors)
            except ImportError as problem:
                print(f"  {name} is left out: {problem}", flush=True)
                continue
            line = self.against(peer, right)
            if name in figures:
                self.report.figure(f"{self.label}.{figures[name]}", line.ratio())
            if name == peers.FLAT:
                beside_flat(peer)
            del peer
            gc.collect()

    def against(self, peer: peers.Peer, right: np.ndarray) -> Line:
        found = np.vstack([peer.search(query[None], K) for query in self.queries])
        least = self.race({"vrec": self.ask, "peer": lambda number: peer.search(self.queries[number : number + 1], K)})
        line = Line(
            self.rows, SCAN, peer.name, milliseconds(least["peer"]), milliseconds(least["vrec"]),
            exact.recall(found, right), bytes_a_vector=peer.bytes_a_vector,
        )
        self.report.add(line)
        return line

    def batches(self, flat: peers.Faiss) -> None:
        """Batches of 32, against faiss multiplying matrices, and against faiss as it comes."""
        blocks = [self.catalogue.queries[start : start + BATCH] for start in range(0, len(self.queries) * BATCH, BATCH)]
        ready = [Query.of(block, K) for block in blocks]
        found = [rows for query in ready[:2] for rows in self.engine.rows(query)]
        right = exact.nearest(self.catalogue.vectors, np.concatenate(blocks[:2]), K)
        least = self.race({
            "vrec": lambda number: self.engine.ask(ready[number]),
            "blas": lambda number: flat.search_by_blas(blocks[number], K),
            "flat": lambda number: flat.search(blocks[number], K),
        })
        vrec = milliseconds(least["vrec"], BATCH)
        task = f"batch of {BATCH}"
        self.report.add(Line(self.rows, task, "vrec", vrec, recall10=exact.recall(found, right)))
        for name, contestant in (("blas", "faiss Flat, BLAS threshold lowered"), ("flat", "faiss Flat")):
            self.report.add(Line(self.rows, task, contestant, milliseconds(least[name], BATCH), vrec))
        self.report.figure(f"{self.label}.batch{BATCH}_vs_faiss_blas", least["blas"].mean() / least["vrec"].mean())
        products = self.rows * self.catalogue.vectors.shape[1]
        if multiplying := measure.multiplying(measure.opened(self.build), products):
            limit = milliseconds(timing.race({"limit": multiplying}, 3, self.seconds / 4)["limit"])
            self.report.add(Line(self.rows, "multiplying 8-bit numbers", "AVX2, from registers", limit, vrec))
            self.report.figure(f"{self.label}.batch{BATCH}_limit_vs_faiss_blas", milliseconds(least["blas"], BATCH) / limit)

    def instruction_sets(self, flat: peers.Faiss) -> None:
        """vrec held to older instruction sets, against faiss as it comes."""
        for name in ("avx2", "sse4.1"):
            try:
                engine = self.new_engine(Setting(instruction_set=name))
            except Failure as problem:
                print(f"  {name} is left out: {problem}", flush=True)
                continue
            least = self.race({
                "forced": self.asking(engine), "flat": lambda number: flat.search(self.queries[number : number + 1], K),
            })
            forced = milliseconds(least["forced"])
            self.report.add(Line(self.rows, f"{SCAN}, vrec with {name}", peers.FLAT, milliseconds(least["flat"]), forced,
                                 self.recall_of(engine, K)))
            self.report.figure(f"{self.label}.{name.replace('.', '')}_vs_faiss_flat", milliseconds(least["flat"]) / forced)
            engine.close()

    # Filters

    def filters(self, flat: peers.Faiss) -> None:
        for tag, keep in (("keep1", self.catalogue.keep1), ("keep50", self.catalogue.keep50)):
            flat.keep(keep)
            self.check_filter(tag, keep)
            filtered = self.asking(self.engine, tag)
            codes = self.catalogue.vectors.shape[1] // 2
            least = self.race({
                "vrec": self.ask, "filtered": filtered,
                "limit": measure.rows_reader(measure.opened(self.build), self.rows, codes, np.flatnonzero(keep)),
                "flat": lambda number: flat.search_kept(self.queries[number : number + 1], K),
            })
            vrec, other = milliseconds(least["filtered"]), milliseconds(least["flat"])
            task = f"{SCAN}, a filter keeps {keep.mean():.0%}"
            self.report.add(Line(self.rows, task, "vrec", vrec, recall10=self.recall_of(self.engine, K, tag, keep)))
            self.report.add(Line(self.rows, task, "faiss Flat with a bitmap", other, vrec))
            limit = milliseconds(least["limit"])
            self.report.add(Line(self.rows, task, "reading 4 bits an element of the rows kept", limit, vrec))
            self.report.figure(f"{self.label}.{tag}_vs_faiss", other / vrec)
            self.report.figure(f"{self.label}.{tag}_limit_vs_faiss", other / limit)
            self.report.figure(f"{self.label}.{tag}_over_all", vrec / milliseconds(least["vrec"]))

    def check_filter(self, tag: str, keep: np.ndarray) -> None:
        for query in self.queries:
            (rows,) = self.engine.rows(Query.of(query, 100, tag))
            if not keep[rows].all():
                raise AssertionError(f"a row without the tag {tag} was returned")

    # Other settings

    def two_threads(self, figure: str) -> None:
        """One thread and two, beside what two gain where nothing but memory is read."""
        engine = self.new_engine(Setting(search_threads=2))
        size = self.rows * (self.catalogue.vectors.shape[1] // 2 + SCALE_BYTES)
        reading = measure.one_and_two(measure.opened(self.build), size)
        least = self.race({"one": self.ask, "two": self.asking(engine), "reading by one": reading["one"],
                           "reading by two": reading["two"]}, time.perf_counter)
        for name, task, prefix, suffix in (("vrec", SCAN, "", ""), ("reading", "reading 4 bits an element", "reading by ", "_limit")):
            one, two = milliseconds(least[f"{prefix}one"]), milliseconds(least[f"{prefix}two"])
            self.report.add(Line(self.rows, f"{task}, wall time", f"{name}, one thread; on the right two", one, two))
            self.report.figure(f"{figure}{suffix}", one / two)
        engine.close()

    def variant(self, name: str, setting: Setting) -> None:
        """Another setting of vrec beside the default one."""
        engine = self.new_engine(setting)
        least = self.race({"vrec": self.ask, "variant": self.asking(engine)})
        self.report.add(Line(
            self.rows, SCAN, f"vrec, {name}", milliseconds(least["variant"]), milliseconds(least["vrec"]),
            self.recall_of(engine, 10), self.recall_of(engine, 100), engine.memory_bytes() / self.rows,
        ))
        engine.close()

    def beside_a_writer(self) -> None:
        """Wall time of reads without and with a writer; changes the engine, so it comes last."""
        quiet = self.latencies(WRITING_SECONDS)
        count = WRITES_A_SECOND * WRITING_SECONDS
        nothing = np.zeros(WRITTEN_AT_ONCE, bool)
        batches = [
            Videos(self.catalogue.vectors[:WRITTEN_AT_ONCE], nothing, nothing, self.rows + start)
            for start in range(0, count, WRITTEN_AT_ONCE)
        ]
        writer = threading.Thread(target=write, args=(self.engine, batches))
        writer.start()
        busy = self.latencies(WRITING_SECONDS)
        writer.join()
        task = f"{SCAN}, wall time, {WRITES_A_SECOND} videos a second added beside"
        for part, share in (("median", 50), ("99th percentile", 99), ("longest", 100)):
            self.report.add(Line(
                self.rows, task, f"vrec, {part}; on the right without writes", float(np.percentile(busy, share)) * 1e3,
                float(np.percentile(quiet, share)) * 1e3,
            ))

    def latencies(self, seconds: float) -> np.ndarray:
        found = []
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            self.ask(len(found) % len(self.queries))
            found.append(time.perf_counter() - start)
        return np.array(found)


def write(engine: Engine, batches: list[Videos]) -> None:
    start = time.perf_counter()
    for number, batch in enumerate(batches):
        pause = start + number * WRITTEN_AT_ONCE / WRITES_A_SECOND - time.perf_counter()
        time.sleep(max(0.0, pause))
        batch.add_to(engine)


def recall_of(engine: Engine, vectors: np.ndarray, queries: np.ndarray, k: int, tag: Optional[str] = None,
              keep: Optional[np.ndarray] = None) -> float:
    found = [engine.rows(Query.of(query, k, tag))[0] for query in queries]
    return exact.recall(found, exact.nearest(vectors, queries, k, keep))


def scan(arguments: argparse.Namespace, report: Report, rows: int) -> Stage:
    return Stage(arguments, report, synthetic.opened(arguments.build, rows))


def stage_10k(arguments: argparse.Namespace, report: Report, rows: int) -> None:
    """A call from C, and what of it does not grow with the rows: twice the rows tell."""
    stage = scan(arguments, report, rows)
    loaded = measure.opened(arguments.build)
    twice = Stage(arguments, report, synthetic.opened(arguments.build, 2 * rows))
    ready = [Query.of(query, K) for query in stage.queries]

    def from_c(engine: Engine) -> float:
        seconds = [
            measure.call_from_c(loaded, engine.library, engine.handle, query.struct, CALLS_FROM_C) for query in ready
        ]
        return float(np.mean(seconds))

    once, more = from_c(stage.engine), from_c(twice.engine)
    python = milliseconds(stage.race({"vrec": stage.ask})["vrec"])
    report.add(Line(stage.rows, f"{SCAN}, called from C", "vrec", once * 1e3))
    report.add(Line(twice.rows, f"{SCAN}, called from C", "vrec", more * 1e3))
    report.add(Line(stage.rows, f"{SCAN}, called from Python", "vrec", python))
    report.figure(f"{arguments.stage}.call_over_its_rows", once / (more - once))


def stage_100k(arguments: argparse.Namespace, report: Report, rows: int) -> None:
    stage = scan(arguments, report, rows)

    def beside_flat(flat: peers.Faiss) -> None:
        stage.batches(flat)
        stage.instruction_sets(flat)

    stage.bandwidth()
    stage.peers(beside_flat)
    stage.beside_a_writer()


def stage_200k(arguments: argparse.Namespace, report: Report, rows: int) -> None:
    stage = scan(arguments, report, rows)
    stage.two_threads("two_threads")
    for name in EXACT_VALUES:
        stage.variant(f"exact values {name}", Setting(exact_values=name))
    stage.variant("sign stage", Setting(sign_stage=True))


def stage_1m(arguments: argparse.Namespace, report: Report, rows: int) -> None:
    stage = scan(arguments, report, rows)
    stage.bandwidth()
    stage.peers(stage.filters)
    stage.two_threads(f"{arguments.stage}.two_threads")
    stage.variant("sign stage", Setting(sign_stage=True))


def stage_text(arguments: argparse.Namespace, report: Report, rows: int) -> None:
    found = glosses.opened(arguments.build, arguments.library, arguments.model, arguments.runtime, rows)
    settings = {f"exact values {name}": Setting(exact_values=name) for name in EXACT_VALUES}
    for name, setting in {**settings, "sign stage": Setting(sign_stage=True)}.items():
        engine = Engine(arguments.library, setting, found.vectors.shape[1])
        engine.add(found.vectors)
        recalls = [recall_of(engine, found.vectors, found.queries, k) for k in (10, 100)]
        report.add(Line(len(found.vectors), "real texts", f"vrec, {name}", recall10=recalls[0], recall100=recalls[1]))
        if setting == Setting():
            report.figure("recall10", recalls[0])
            report.figure("recall100", recalls[1])
        engine.close()


STAGES = {
    "text": (stage_text, 20_480),
    "10k": (stage_10k, 10_000),
    "100k": (stage_100k, 100_000),
    "200k": (stage_200k, 200_000),
    "1m": (stage_1m, 1_000_000),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, meaning in (
        ("library", "libvrec.so"), ("model", "the model's folder"), ("runtime", "the ONNX Runtime library"),
        ("build", "build/bench-vectors, made by environment.py"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=meaning)
    parser.add_argument("--seconds", type=float, default=8.0, help="of timing for each pair (default: 8)")
    parser.add_argument("--shrink", type=int, default=1, help="divides all numbers of rows, to try the program")


def main() -> None:
    parser = argparse.ArgumentParser(description="Run one stage of the race.")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--report", type=Path, required=True, help="where to put what was found")
    add_arguments(parser)
    arguments = parser.parse_args()
    report = Report()
    run, rows = STAGES[arguments.stage]
    run(arguments, report, rows // arguments.shrink)
    report.save(arguments.report)


if __name__ == "__main__":
    main()
