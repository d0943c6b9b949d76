"""Index generations: how an engine's files are written, sealed, switched to and checked.

    index/
      CURRENT                 the name of the generation in use
      00000007-5f0c1d2e/      the engine's files, and manifest.json with the size and SHA-256 of each
      00000006-9b1a44c0/      the last good one before it
      .new-*  .old-*          what a killed writer left behind

A generation is never altered once CURRENT has named it. The next one begins as hard links to its files, is brought up
to date by the engine, synced, hashed, and only then named: a reader sees the old or the new, whole. Whatever the files
hold and whether a generation is recent enough is for `archive` to judge; here bytes are held against the manifest.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from itudocs.archive import disk
from itudocs.errors import ArchiveDamaged
from itudocs.model import Record

MANIFEST = "manifest.json"
CURRENT = "CURRENT"
_NAME = re.compile(r"(\d{8,18})-[0-9a-f]{8}")
_CURRENT = re.compile(r"(\d{8,18}-[0-9a-f]{8})\n")


class FileState(Record, frozen=True, kw_only=True):
    """A file as it was sealed: size in bytes, SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Origin(Record, frozen=True, kw_only=True):
    """What an index was made with and from: it must be made anew when any of this but `seq` and `letters` changes.

    Attributes:
        engine, engine_version: the engine that wrote the files.
        fields: fingerprint of the rows of `itudocs.fields`.
        store: the random name of the store.
        seq: the last change of the store that the index holds.
        letters: how many letters it holds.
    """

    engine: str
    engine_version: str
    fields: str
    store: str
    seq: int
    letters: int


class Manifest(Record, frozen=True, kw_only=True):
    """The seal of a generation. `checksum` is the SHA-256 of the manifest itself with an empty `checksum`."""

    generation: str
    made: str
    origin: Origin
    files: dict[str, FileState]
    checksum: str = ""

    def sealed(self) -> bytes:
        """The manifest as written, its checksum filled in."""
        bare = msgspec.json.encode(msgspec.structs.replace(self, checksum=""))
        return msgspec.json.encode(msgspec.structs.replace(self, checksum=hashlib.sha256(bare).hexdigest())) + b"\n"


class Generation(Record, frozen=True, kw_only=True):
    """A generation on the disk. `folder` also holds the manifest, which is no file of the engine's."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.manifest.generation

    @property
    def origin(self) -> Origin:
        return self.manifest.origin


_Stamp = tuple[tuple[str, int, int, int], ...]  # name, size, time, inode of every file


class Generations:
    """The folder of generations. Reading needs no lock; `publish` and `clean` are called under the archive's.

    Args:
        folder: `index/` of the archive; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._verified: dict[str, _Stamp] = {}  # fully hashed by this process, and what the files looked like then

    # -- reading ---------------------------------------------------------------------------------------------------

    def current(self) -> str | None:
        """The name in CURRENT; `None` where there is no such file.

        Raises:
            ArchiveDamaged: it holds no name.
        """
        path = self.folder / CURRENT
        try:
            found = _CURRENT.fullmatch(path.read_bytes().decode("ascii", "replace"))
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise _damaged(path, fault.strerror or "it cannot be read") from fault
        if found is None:
            raise _damaged(path, "it names no generation")
        return found[1]

    def names(self) -> tuple[str, ...]:
        """Generations in the folder, newest first, whole or not."""
        try:
            found = [entry for entry in os.listdir(self.folder) if _NAME.fullmatch(entry)]
        except FileNotFoundError:
            return ()
        return tuple(sorted(found, key=lambda name: (int(name.partition("-")[0]), name), reverse=True))

    def load(self, name: str) -> Generation:
        """Read and check a generation's manifest, not yet its files.

        Raises:
            ArchiveDamaged: the manifest is missing or is not what was written.
        """
        path = self.folder / name / MANIFEST
        try:
            data = path.read_bytes()
            manifest = msgspec.json.decode(data, type=Manifest)
        except FileNotFoundError as fault:
            if not path.parent.exists():
                raise _damaged(self.folder / CURRENT, f"the generation {name} is missing") from fault
            raise _damaged(path, "the file is missing") from fault
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise _damaged(path, "it cannot be read as a manifest") from fault
        except OSError as fault:
            raise _damaged(path, fault.strerror or "it cannot be read") from fault
        # Held against its own encoding, so that not one byte of it can differ.
        if manifest.sealed() != data or manifest.generation != name:
            raise _damaged(path, "its checksum differs")
        return Generation(folder=path.parent, manifest=manifest)

    def check(self, generation: Generation) -> None:
        """Hold a generation's files against its manifest: by SHA-256 the first time, by size and time after that.

        Raises:
            ArchiveDamaged: a file is missing, is not what was written, or does not belong there.
        """
        stamp, faults = _look(generation)
        if not faults and self._verified.get(generation.name) == stamp:
            return
        for path, what in faults or _hash(generation):
            self._verified.pop(generation.name, None)
            raise _damaged(path, what)
        self._verified[generation.name] = stamp

    def faults(self, generation: Generation) -> Iterator[tuple[Path, str]]:
        """Every file of a generation that is not what was written, and what is wrong with it. Hashes all of them."""
        _, faults = _look(generation)
        yield from faults
        seen = {path for path, _ in faults}
        yield from ((path, what) for path, what in _hash(generation) if path not in seen)

    def forget(self, name: str) -> None:
        """Check a generation fully the next time, whatever this process has seen."""
        self._verified.pop(name, None)

    # -- writing ---------------------------------------------------------------------------------------------------

    def publish(
        self,
        write: Callable[[Path], None],
        *,
        origin: Origin,
        base: Generation | None,
        keep: Iterable[str],
        announce: Callable[[str], None],
    ) -> Generation:
        """Make the next generation and switch to it.

        Args:
            write: brings the index in a folder up to date: hard links to the files of `base`, or empty. It may replace
                and unlink files, not alter them.
            origin: what goes into the manifest.
            base: a checked generation to start from.
            keep: generations that stay beside the new one; all others are removed.
            announce: called with the new name when the files are on the disk and before the switch.

        Raises:
            ArchiveDamaged: the base's files changed meanwhile.
            ArchiveError: the disk is full or cannot be written to; the generation in use stays in use.
        """
        with disk.told(self.folder, "writing the index"):
            self.folder.mkdir(exist_ok=True)
            fresh = self.folder / f".new-{os.getpid()}-{secrets.token_hex(4)}"
            fresh.mkdir()
            try:
                inherited = self._link(base, fresh) if base else {}
                write(fresh)
                generation = self._seal(fresh, origin=origin, base=base, inherited=inherited)
                announce(generation.name)
                os.rename(fresh, generation.folder)
                disk.sync(self.folder)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)  # gives the space back; `clean` takes what is left
                raise
            disk.write_durably(self.folder / CURRENT, generation.name.encode() + b"\n")
            self._verified[generation.name], _ = _look(generation)
            self.clean(keep=[generation.name, *keep])
        return generation

    def _link(self, base: Generation, fresh: Path) -> dict[int, str]:
        """Begin with the base's files. Returns their inodes and names."""
        shared = {}
        for name in base.manifest.files:
            old, new = base.folder / name, fresh / name
            new.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(old, new, follow_symlinks=False)
            except FileNotFoundError as fault:
                raise _damaged(old, "the file is missing") from fault
            except OSError:
                shutil.copyfile(old, new, follow_symlinks=False)  # a file system without hard links
            shared[new.lstat().st_ino] = name
        return shared

    def _seal(self, fresh: Path, *, origin: Origin, base: Generation | None, inherited: dict[int, str]) -> Generation:
        """Sync and hash every file, and write the manifest over them."""
        files = {}
        for path in _files(fresh):
            name = path.relative_to(fresh).as_posix()
            status = path.lstat()
            files[name] = FileState(size=status.st_size, sha256=disk.sha256_of(path))
            disk.sync(path)
            source = inherited.get(status.st_ino)
            if base is not None and source is not None and files[name] != base.manifest.files[source]:
                # Or damage done to the base after it was checked would be sealed as if it had been written.
                raise _damaged(base.folder / source, "it changed while the next generation was made from it")
        number = max((int(name.partition("-")[0]) for name in self.names()), default=0) + 1
        name = f"{number:08d}-{secrets.token_hex(4)}"
        manifest = Manifest(generation=name, made=disk.now(), origin=origin, files=dict(sorted(files.items())))
        data = manifest.sealed()
        with open(fresh / MANIFEST, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        for folder, _, _ in os.walk(fresh, topdown=False):
            disk.sync(Path(folder))
        return Generation(folder=self.folder / name, manifest=msgspec.json.decode(data, type=Manifest))

    def clean(self, *, keep: Iterable[str] | None = None) -> None:
        """Remove what killed writers left behind and, given names to keep, every other generation."""
        try:
            entries = os.listdir(self.folder)
        except FileNotFoundError:
            return
        kept = None if keep is None else set(keep)
        gone, renamed = [], False
        for entry in entries:
            path = self.folder / entry
            if _NAME.fullmatch(entry) and kept is not None and entry not in kept:
                # Out of sight first, and durably: a half-removed generation must not look like a damaged one.
                old = self.folder / f".old-{entry}"
                with contextlib.suppress(OSError):
                    os.rename(path, old)
                    path, renamed = old, True
                self._verified.pop(entry, None)
            elif not entry.startswith((".new-", ".old-")):
                continue
            gone.append(path)
        if renamed:
            disk.sync(self.folder)
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)


def _look(generation: Generation) -> tuple[_Stamp, list[tuple[Path, str]]]:
    """What a generation's files look like from outside, and what already that shows to be wrong."""
    stamp = []
    faults = []
    missing = dict.fromkeys(generation.manifest.files)
    for path in _files(generation.folder):
        name = path.relative_to(generation.folder).as_posix()
        if name == MANIFEST:
            continue
        state = generation.manifest.files.get(name)
        if state is None:
            faults.append((path, "the file is not in the manifest"))
            continue
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        del missing[name]
        if not stat.S_ISREG(status.st_mode):
            faults.append((path, "it is no ordinary file"))
        elif status.st_size != state.size:
            faults.append((path, f"its size is {status.st_size} bytes instead of {state.size}"))
        stamp.append((name, status.st_size, status.st_mtime_ns, status.st_ino))
    faults += [(generation.folder / name, "the file is missing") for name in missing]
    return tuple(stamp), faults


def _hash(generation: Generation) -> Iterator[tuple[Path, str]]:
    for name, state in generation.manifest.files.items():
        path = generation.folder / name
        try:
            if disk.sha256_of(path) != state.sha256:
                yield path, "its SHA-256 is not the one in the manifest"
        except FileNotFoundError:
            yield path, "the file is missing"
        except OSError as fault:
            yield path, fault.strerror or "it cannot be read"


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if Path(place, name).is_symlink()]  # not walked into, nor to be overlooked
        for name in sorted([*names, *links]):
            yield Path(place, name)


def _damaged(path: Path, what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"{path}: the index is damaged ({what}). It is made anew from the store at the next search, or by "
        f"`itudocs rebuild`."
    )
