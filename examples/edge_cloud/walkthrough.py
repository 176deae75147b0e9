#!/usr/bin/env python3
"""Knowledge from everyone, learning at home: one service and three sets, played through with the `vrec` command.

    walkthrough.py --command vrec --catalog catalog.jsonl --folder DIR [--model DIR --runtime LIBRARY]

1. A service records what its viewers watched, trains on it and signs a pack.
2. Three sets, which know the catalogue and nobody, check the signature and take the pack.
3. A household on each watches two videos, and gets what the viewers of the service went on with. No event left the set.
4. The household on the first set agrees to share: its events go to the service under pseudonyms, with times rounded.
5. The service learns them and signs the next pack, sent as a delta; what the household found out is on the other sets.

The viewers are made up. Uses the standard library only. Prints what each step, by its number, came to, and as its last
line a JSON object with what each step found.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import subprocess
from pathlib import Path

DAY_MS = 86_400_000
START_MS = 1_767_225_600_000
GROUP, VIEWERS, TAGS = 8, 12, ("course", "space", "family", "crime", "nature")
SETS = ("living-room", "kitchen", "cabin")
PLACES = 10
# Households that found the same video, a third more than viewers of an interest.
SHARING = 16


class Walkthrough:
    def __init__(self, options: argparse.Namespace) -> None:
        self.command, self.folder = options.command.resolve(), options.folder.resolve()
        self.catalog = options.catalog.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("VREC_")}
        for name in ("model", "runtime"):
            if getattr(options, name):
                self.environment[f"VREC_{name.upper()}"] = str(getattr(options, name).resolve())
        videos = [json.loads(line) for line in self.catalog.read_text(encoding="utf-8").splitlines()]
        self.titles = {video["id"]: video["title"] for video in videos}
        # Of each interest some videos, in the order in which the service's viewers watch them.
        taken: set[str] = set()
        self.interests: dict[str, list[str]] = {}
        for tag in TAGS:
            tagged = [video["id"] for video in videos if tag in video.get("tags", []) and video["id"] not in taken]
            self.interests[tag] = tagged[:GROUP]
            taken.update(tagged[:GROUP])
        # Watched by nobody until a household finds it.
        self.discovery = next(video["id"] for video in videos if video["id"] not in taken)

    def vrec(self, store: str, *arguments: object) -> str:
        line = [self.command, "--store", self.folder / store, "--format", "json", "--quiet", *arguments]
        ended = subprocess.run(list(map(str, line)), env=self.environment, check=True, text=True, stdout=subprocess.PIPE)
        return ended.stdout

    def new_store(self, store: str) -> None:
        self.vrec(store, "init")
        self.vrec(store, "import", "--ignore-unknown", self.catalog)

    def record(self, store: str, events: list[dict[str, object]]) -> None:
        path = self.folder / "events.jsonl"
        path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        self.vrec(store, "import", "--events", path)

    def watched(self, profile: str, videos: list[str], day: int) -> list[dict[str, object]]:
        at = [START_MS + (day + place) * DAY_MS for place in range(len(videos))]
        return [
            {"kind": "complete", "profile": profile, "video_id": video, "time_utc_ms": time}
            for video, time in zip(videos, at, strict=True)
        ]

    def list(self, store: str, profile: str) -> list[str]:
        lines = self.vrec(store, "recommend", "--profile", profile, "--ranking", "blend", "--limit", PLACES).splitlines()
        return [json.loads(line)["id"] for line in lines]

    def pack(self, number: int, *arguments: object) -> Path:
        self.vrec("service", "train")
        path = self.folder / f"{number}.pack"
        self.vrec("service", "pack", "export", "--line", "walkthrough", "--number", number,
                  "--signing-key-file", self.folder / "signing-key", *arguments, path)
        return path

    def import_pack(self, store: str, pack: Path) -> None:
        self.vrec(store, "pack", "import", "--trust", self.folder / "public-key", pack)

    def start_service(self) -> None:
        (self.folder / "signing-key").write_bytes(os.urandom(32))
        (self.folder / "salt").write_bytes(os.urandom(32))
        key = self.vrec("service", "pack", "public-key", "--signing-key-file", self.folder / "signing-key")
        (self.folder / "public-key").write_text(key)
        self.new_store("service")
        for place, videos in enumerate(self.interests.values()):
            for viewer in range(VIEWERS):
                # Some began later than others.
                self.record("service", self.watched(f"viewer-{place}-{viewer}", videos[viewer % 2 :], 10 * viewer))

    def pseudonym(self, video: str) -> str:
        salt = (self.folder / "salt").read_bytes()
        return hmac.new(salt, b"video\0" + video.encode(), hashlib.sha256).hexdigest()[:32]

    def shared_events(self, store: str, profile: str, number: int) -> list[dict[str, object]]:
        """What the service makes of an anonymised export: it has the salt, so that it can name the videos of its catalogue."""
        exported = self.vrec(store, "export", "--profile", profile, "--anonymised", "--salt-file", self.folder / "salt")
        assert not any(video in exported for video in self.titles), "an export under pseudonyms names no video"
        videos = {self.pseudonym(video): video for video in self.titles}
        records = [json.loads(line) for line in exported.splitlines()]
        return [
            {"kind": record["kind"], "profile": f"shared-{number}", "video_id": videos[record["video"]],
             "time_utc_ms": record["time_utc_ms"] + place}
            for place, record in enumerate(record for record in records if record["record"] == "event")
        ]

    def run(self) -> dict[str, object]:
        self.start_service()
        first = self.pack(1)
        print(f"1. The service trained on {len(self.interests) * VIEWERS} viewers: a pack of {first.stat().st_size} bytes.")
        found: dict[str, object] = {"first_pack_bytes": first.stat().st_size}
        found["households"] = {}
        for store, (tag, videos) in zip(SETS, self.interests.items(), strict=False):
            self.new_store(store)
            self.record(store, self.watched("home", videos[2:4], 400))
            alone = self.list(store, "home")
            self.import_pack(store, first)
            with_pack = self.list(store, "home")
            found["households"][store] = {"next": videos[4], "alone": alone, "with_pack": with_pack}
            print(f"2. {store} checked the signature and took the pack.")
            print(f"3. {store} watched two of {tag!r}. The viewers went on with {self.titles[videos[4]]!r}: "
                  f"alone {place_of(videos[4], alone)}, with the pack {place_of(videos[4], with_pack)}.")
        # Several households like it, each found the same video after the second of the courses.
        courses = self.interests["course"]
        shared = []
        for number in range(SHARING):
            self.record("living-room", self.watched(f"home-{number}", [courses[1], self.discovery], 420))
            shared += self.shared_events("living-room", f"home-{number}", number)
        self.record("service", shared)
        second = self.pack(2, "--base", first)
        print(f"4. {len(shared)} events came back under pseudonyms.")
        print(f"5. The service learned them: the next pack is a delta of {second.stat().st_size} bytes.")
        self.record("cabin", self.watched("guest-room", [courses[1]], 430))
        before = self.list("cabin", "guest-room")
        self.import_pack("cabin", second)
        after = self.list("cabin", "guest-room")
        found |= {"second_pack_bytes": second.stat().st_size, "discovery": self.discovery, "before": before, "after": after}
        print(f"5. {self.titles[self.discovery]!r} in the cabin: before the next pack "
              f"{place_of(self.discovery, before)}, after it {place_of(self.discovery, after)}.")
        return found


def place_of(video: str, listed: list[str]) -> str:
    return f"at place {listed.index(video) + 1}" if video in listed else f"not among {PLACES}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("command", "catalog", "folder"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("model", "runtime"):
        parser.add_argument(f"--{name}", type=Path)
    print(json.dumps(Walkthrough(parser.parse_args()).run(), ensure_ascii=False))


if __name__ == "__main__":
    main()
