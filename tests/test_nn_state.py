"""Networks in files: what is written comes back, what is damaged or hostile does not; and from and to PyTorch."""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import random
import signal
import stat
import struct
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from effort import IS_THOROUGH, scaled

import nn
from autograd import Value
from nn import archive

ROOT = Path(nn.__file__).parent.parent


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="needs PyTorch: pip install torch")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.npz"


@pytest.fixture
def net() -> nn.MLP:
    return nn.MLP(2, [3, 1], ["relu", None], seed=0)


def bits(array: Any) -> list[str]:
    return [float(x).hex() for x in np.ravel(array)]


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def contents(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def write_members(path: Path, content: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in content.items():
            file.writestr(name, data)


def npy(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), **options)
    return file.getvalue()


def npy_with_header(header: str, numbers: bytes = bytes(24)) -> bytes:
    padded = header + " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode("latin-1") + numbers


class TestRoundTrip:
    def test_a_loaded_network_is_the_one_that_was_saved(self, net: nn.MLP, path: Path) -> None:
        extremes = [5e-324, -5e-324, 1.7976931348623157e308, -0.0, 0.1, 1 / 3, -2.2250738585072014e-308]
        P = net.parameter_vector()
        P[: len(extremes)] = extremes
        net.load_vector(P)
        net.save(path)
        again = nn.load(path)
        assert type(again) is nn.MLP
        assert repr(again) == repr(net) == "MLP(2 → 3 → 1, relu → linear, 13 parameters)"
        assert bits(again.parameter_vector()) == bits(P)
        assert [p.label for p in again.parameters()] == [p.label for p in net.parameters()]

    def test_names_and_shapes_are_those_of_pytorchs_state_dict_and_numpy_reads_them(self, path: Path) -> None:
        net = nn.MLP(784, [16, 16, 10], seed=0)
        net.save(str(path))
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != "description.json"}
        assert {name: array.shape for name, array in arrays.items()} == {
            "layers.0.weight": (16, 784),
            "layers.0.bias": (16,),
            "layers.1.weight": (16, 16),
            "layers.1.bias": (16,),
            "layers.2.weight": (10, 16),
            "layers.2.bias": (10,),
        }
        assert all(array.tolist() == net.state()[name].tolist() for name, array in arrays.items())
        assert json.loads(members(path)["description.json"]) == {
            "module": "MLP",
            "sizes": [784, 16, 16, 10],
            "activations": ["sigmoid"] * 3,
        }

    def test_the_same_network_gives_the_same_bytes(self, net: nn.MLP, path: Path, tmp_path: Path) -> None:
        net.save(path)
        nn.load(path).save(tmp_path / "again.npz")
        assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()
        with zipfile.ZipFile(path) as file:
            assert {member.date_time for member in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_a_network_of_ones_own_is_loaded_into_one(self, path: Path) -> None:
        class Two(nn.Module):
            def __init__(self, seed: int) -> None:
                self.parts = {"left": nn.Layer(2, 2, seed=seed), "right": nn.Neuron(2, seed=seed)}
                self.scale = Value(float(seed), "s")

        Two(1).save(path)
        other = Two(2)
        assert nn.load(path, other) is other
        assert bits(other.parameter_vector()) == bits(Two(1).parameter_vector())
        with pytest.raises(
            ValueError, match=r"has the parameters of 'Two'; create that network, .* nn\.load\(path, net\)"
        ):
            nn.load(path)

    @pytest.mark.parametrize(
        "array", [np.zeros(0), np.zeros((3, 0, 2)), np.float64(3.0), np.arange(6.0).reshape(2, 3).T]
    )
    @pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2"])
    def test_arrays_of_any_shape_order_and_precision_are_read(self, path: Path, array: Any, kind: str) -> None:
        write_members(path, {"description.json": b"{}", "a.npy": npy(np.asarray(array).astype(kind, order="K"))})
        found = archive.read(path)[0]["a"]
        assert (found.dtype, found.shape, found.tolist()) == (float, np.shape(array), np.asarray(array).tolist())
        assert found.flags.writeable

    def test_an_array_of_numpys_format_2_is_read(self, path: Path) -> None:
        write_members(path, {"description.json": b"{}", "a.npy": npy([1.0, 2.0], version=(2, 0))})
        assert archive.read(path)[0]["a"].tolist() == [1.0, 2.0]


class TestHostileFiles:
    def refuse(self, path: Path, message: str) -> None:
        """Loading fails with a ValueError that names the file, with and without a network, and changes nothing."""
        net = nn.MLP(2, [3, 1], ["relu", None], seed=5)
        before = bits(net.parameter_vector())
        for load in (lambda: nn.load(path), lambda: nn.load(path, net)):
            with pytest.raises(ValueError, match=message) as raised:
                load()
            assert str(path) in str(raised.value)
            assert len(str(raised.value)) < 1000
        assert bits(net.parameter_vector()) == before

    @pytest.fixture
    def content(self, net: nn.MLP, path: Path) -> dict[str, bytes]:
        net.save(path)
        return members(path)

    def test_a_file_cut_short_anywhere_is_refused(self, net: nn.MLP, path: Path) -> None:
        net.save(path)
        whole = path.read_bytes()
        for length in {*range(0, len(whole), 1 if IS_THOROUGH else 3), len(whole) - 1}:
            path.write_bytes(whole[:length])
            with pytest.raises(ValueError, match="cannot be read"):
                nn.load(path)

    def test_a_byte_changed_anywhere_is_refused_or_does_not_matter(self, net: nn.MLP, path: Path) -> None:
        net.save(path)
        whole, expected = path.read_bytes(), bits(net.parameter_vector())
        rng, harmless = random.Random(0), 0
        places = range(0, len(whole), 1 if IS_THOROUGH else 3)
        for place in places:
            for change in (1 << rng.randrange(8), rng.randrange(1, 256))[: scaled(2)]:
                damaged = bytearray(whole)
                damaged[place] ^= change
                path.write_bytes(damaged)
                try:
                    again = nn.load(path)
                except ValueError as error:
                    assert str(path) in str(error)  # noqa: PT017  most of thousands raise, a few may not
                else:
                    harmless += 1
                    assert repr(again) == repr(net)
                    assert bits(again.parameter_vector()) == expected
        assert harmless < 0.25 * scaled(2) * len(places)

    @pytest.mark.parametrize(
        "data", [b"", b"PK\x05\x06" + bytes(18), b"PK\x03\x04", b"hello", bytes(10_000), pickle.dumps([1])]
    )
    def test_what_is_no_such_archive_is_refused(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        self.refuse(path, "cannot be read: (it is not an .npz file|it has no description)")

    def test_an_npz_file_of_numpy_without_a_description_is_refused(self, path: Path) -> None:
        np.savez(path, a=np.zeros(3))
        self.refuse(path, r"it has no description\.json, so nn did not write it")

    def test_pickled_objects_are_refused_and_never_run(self, path: Path, content: dict[str, bytes]) -> None:
        ran = path.with_name("ran")

        class Bomb:
            def __reduce__(self) -> tuple[Any, ...]:
                return os.mkdir, (str(ran),)

        content["layers.0.bias.npy"] = npy(np.array([Bomb(), 1.0, 2.0], dtype=object), allow_pickle=True)
        write_members(path, content)
        self.refuse(path, r"'layers\.0\.bias\.npy' must hold floats, got type '\|O'")
        content["layers.0.bias.npy"] = pickle.dumps(Bomb())
        write_members(path, content)
        self.refuse(path, r"'layers\.0\.bias\.npy' is not an array in NumPy's format")
        assert not ran.exists()

    @pytest.mark.parametrize(
        "array",
        [
            np.zeros(3, int),
            np.zeros(3, bool),
            np.zeros(3, complex),
            np.zeros(3, "S8"),
            np.zeros(3, "U2"),
            np.zeros(3, "M8[s]"),
            np.zeros(3, [("x", "f8")]),
            np.zeros(3, np.longdouble),
        ],
        ids=lambda array: array.dtype.str,
    )
    def test_an_array_of_anything_but_floats_is_refused(
        self, path: Path, content: dict[str, bytes], array: np.ndarray
    ) -> None:
        write_members(path, {**content, "layers.0.bias.npy": npy(array)})
        self.refuse(path, "must hold floats, got type .*")

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_numbers_that_are_not_finite_are_refused(
        self, path: Path, content: dict[str, bytes], number: float
    ) -> None:
        write_members(path, {**content, "layers.0.bias.npy": npy([0.0, number, 0.0])})
        self.refuse(path, r"'layers\.0\.bias\.npy' contains NaN or infinity")

    @pytest.mark.parametrize(
        ("header", "message"),
        [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }",
                r"claims the shape \(4,\), but has 24 bytes",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
                r"claims the shape \(2,\), but has 24 bytes",
            ),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", "claims the shape"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999, 999), }", "claims the shape"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -3), }", "header .* is damaged"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",), }", "header .* is damaged"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "1, " * 99 + "3), }", "header .* is damaged"),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3L,), }",
                "header .* is damaged, or not one that NumPy",
            ),
            ("{'descr': '<f8', 'fortran_order': 1, 'shape': (3,), }", "header .* is damaged"),
            ("{'descr': '<f8', 'shape': (3,), }", "header .* is damaged"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (3.0,), }", "header .* is damaged"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': None, }", "header .* is damaged"),
            ("[" * 5000, "header .* is damaged"),
            ("__import__('os').mkdir('ran')", "header .* is damaged"),
            ("", "header .* is damaged"),
        ],
    )
    def test_a_header_that_lies_or_is_not_numpys_is_refused(
        self, path: Path, content: dict[str, bytes], header: str, message: str
    ) -> None:
        write_members(path, {**content, "layers.0.bias.npy": npy_with_header(header)})
        self.refuse(path, message)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x93NUMPY",
            b"\x93NUMPY\x01\x00",
            b"\x93NUMPY\x03\x00" + bytes(100),
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(100),
            b"\x93NUMPY\x01\x00\xff\xff" + bytes(100),
            b"NUMPY" + bytes(100),
        ],
    )
    def test_a_member_that_is_no_array_is_refused(self, path: Path, content: dict[str, bytes], data: bytes) -> None:
        write_members(path, {**content, "layers.0.bias.npy": data})
        self.refuse(path, "not an array in NumPy's format|it is damaged|claims to have|is damaged")

    def test_a_compressed_file_is_refused_before_it_is_unpacked(self, path: Path, content: dict[str, bytes]) -> None:
        """So that a few bytes cannot become many, as in a zip bomb."""
        zeros = bytes(50_000_000)
        bomb = npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (6250000,), }", zeros)
        write_members(path, {**content, "layers.0.bias.npy": bomb}, zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 300_000
        self.refuse(path, "'description.json' is compressed or encrypted")

    def test_members_that_lie_on_top_of_each_other_are_refused(self, path: Path, content: dict[str, bytes]) -> None:
        """A central directory may name one stretch of the file many times, so that it seems long without being so."""
        big = npy(np.zeros(10_000))
        names = [f"{i:04}.npy" for i in range(50)]
        write_members(path, {"description.json": b"{}", names[0]: big})
        data = path.read_bytes()
        end = data.rindex(b"PK\x05\x06")
        entries = data[data.index(b"PK\x01\x02") : end]
        last = entries[entries.rindex(b"PK\x01\x02") :]
        copies = b"".join(last.replace(names[0].encode(), name.encode()) for name in names[1:])
        directory = entries + copies
        count = 1 + len(names)
        tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), data.index(b"PK\x01\x02"), 0)
        path.write_bytes(data[: data.index(b"PK\x01\x02")] + directory + tail)
        assert len(zipfile.ZipFile(path).namelist()) == count
        self.refuse(path, "its members claim to be longer than the file")

    def test_two_members_of_one_name_are_refused(self, path: Path, content: dict[str, bytes]) -> None:
        write_members(path, content)
        with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as file:
            file.writestr("layers.0.bias.npy", content["layers.0.bias.npy"])
        self.refuse(path, "two of its members have the same name")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda c: c.pop("layers.0.bias.npy"), "layers.0.bias"),
            (lambda c: c.update({"layers.2.bias.npy": npy([1.0])}), "layers.2.bias"),
            (lambda c: c.update({"../../layers.npy": npy([1.0])}), "layers"),
            (lambda c: c.update({"layers.0.weight.npy": npy(np.zeros((2, 3)))}), "layers.0.weight"),
            (lambda c: c.update({"readme.txt": b"hello"}), "contains 'readme.txt', which is not an array"),
            (lambda c: c.update({"folder/": b""}), "contains 'folder/', which is not an array"),
            (lambda c: c.update({"description.json": b"[1, 2]"}), "its description.json is not a JSON object"),
            (lambda c: c.update({"description.json": b"{"}), "it is damaged .JSONDecodeError"),
            (lambda c: c.update({"description.json": b"\xff\xfe\xfd"}), "it is damaged .UnicodeDecodeError"),
            (lambda c: c.update({"description.json": b"[" * 60_000}), "it is damaged .RecursionError"),
            (lambda c: c.update({"description.json": b" " * 70_000}), "its description.json has 70,000 bytes"),
        ],
    )
    def test_other_members_than_those_of_the_network_are_refused(
        self, path: Path, content: dict[str, bytes], change: Callable[[dict[str, bytes]], Any], message: str
    ) -> None:
        change(content)
        write_members(path, content)
        self.refuse(path, message)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"module": "os.system"}, "has the parameters of 'os.system'"),
            ({"module": ["MLP"]}, "has the parameters of"),
            ({"sizes": [10**9, 10**9, 1]}, "its arrays must be those of a network"),
            ({"sizes": [2, 3]}, "its arrays must be those of a network"),
            ({"sizes": [2] * 20_000}, "its arrays must be those of a network"),
            ({"sizes": [2]}, "its sizes must be"),
            ({"sizes": None}, "its sizes must be .*, got None"),
            ({"sizes": [2.0, 3.0, 1.0]}, "its sizes must be"),
            ({"sizes": [True, 3, 1]}, "its sizes must be"),
            ({"sizes": [2, -3, 1]}, "its arrays must be those of a network"),
            ({"activations": ["relu"]}, "activation must be one for all layers or a list of 2, one per layer, got 1"),
            ({"activations": ["relu", "__import__"]}, "activation must be .*, got '__import__'.*ag.operation"),
            ({"activations": ["relu", "dot"]}, "got dot, which takes several"),
            ({"activations": "relu"}, "its activations must be .*, got 'relu'"),
            ({"activations": [None, None]}, "its activations must be"),
            ({"activations": ["relu", None]}, "its activations must be"),
        ],
    )
    def test_a_description_that_does_not_fit_is_refused(
        self, path: Path, content: dict[str, bytes], change: dict[str, Any], message: str
    ) -> None:
        description = {**json.loads(content["description.json"]), **change}
        write_members(path, {**content, "description.json": json.dumps(description).encode()})
        with pytest.raises(ValueError, match=message) as raised:
            nn.load(path)
        assert str(path) in str(raised.value)
        assert len(str(raised.value)) < 1000

    def test_what_is_no_file_is_refused_without_waiting(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=f"{tmp_path} must be a regular file, got a folder"):
            nn.load(tmp_path)
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match="pipe must be a regular file, got a FIFO"):
            nn.load(tmp_path / "pipe")
        with pytest.raises(FileNotFoundError):
            nn.load(tmp_path / "nothing.npz")


class TestSaving:
    def test_nothing_but_the_file_is_left_behind(self, net: nn.MLP, path: Path) -> None:
        for _ in range(2):
            net.save(path)
        assert contents(path.parent) == ["net.npz"]

    def test_a_network_that_is_not_finite_is_not_saved_and_the_old_file_stays(self, net: nn.MLP, path: Path) -> None:
        net.save(path)
        old = path.read_bytes()
        net.layers[1].bias[0].data = math.nan
        with pytest.raises(ValueError, match=r"layers\.1\.bias must be finite to be saved, got NaN or infinity"):
            net.save(path)
        assert path.read_bytes() == old
        assert contents(path.parent) == ["net.npz"]

    def test_a_description_that_could_not_be_read_back_is_not_saved(self, path: Path) -> None:
        with pytest.raises(ValueError, match=r"the description must have at most 65,536 bytes, got 70,0.."):
            archive.write(path, {}, {"text": "x" * 70_000})
        with pytest.raises(TypeError, match="not JSON serializable"):
            archive.write(path, {}, {"net": nn})
        assert contents(path.parent) == []

    @pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
    def test_description_has_at_most_65536_bytes(self, path: Path, size: int) -> None:
        """What may be written may be read, to the byte; the limit counts bytes, not characters."""
        empty = json.dumps({"é": ""}, ensure_ascii=False, indent=1).encode()
        description = {"é": "x" * (size - len(empty))}
        written = json.dumps(description, ensure_ascii=False, indent=1).encode()
        assert len(written) == size
        write_members(path, {"description.json": written})
        if size <= 65_536:
            assert archive.read(path) == ({}, description)
            archive.write(path, {}, description)
            assert members(path) == {"description.json": written}
            return
        with pytest.raises(ValueError, match=r"its description.json has 65,537 bytes"):
            archive.read(path)
        with pytest.raises(ValueError, match="at most 65,536 bytes, got 65,537"):
            archive.write(path, {}, description)

    @pytest.mark.parametrize("length", [9_999, 10_000, 10_001])
    @pytest.mark.parametrize(("version", "length_format"), [(b"\1\0", "<H"), (b"\2\0", "<I")])
    def test_header_has_at_most_10000_bytes(self, path: Path, version: bytes, length_format: str, length: int) -> None:
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
        padded = header.ljust(length - 1) + b"\n"
        content = b"\x93NUMPY" + version + struct.pack(length_format, length) + padded + struct.pack("<2d", 3.0, 4.0)
        write_members(path, {"description.json": b"{}", "a.npy": content})
        if length <= 10_000:
            assert archive.read(path)[0]["a"].tolist() == [3.0, 4.0]
        else:
            with pytest.raises(ValueError, match=f"the header of 'a.npy' claims to have {length:,} bytes"):
                archive.read(path)

    def test_members_are_stored_for_any_tool(self, net: nn.MLP, path: Path) -> None:
        net.save(path)
        with zipfile.ZipFile(path) as file:
            assert {member.external_attr >> 16 for member in file.infolist()} == {0o644}
            assert {member.compress_type for member in file.infolist()} == {zipfile.ZIP_STORED}
            assert file.namelist()[0] == "description.json"

    def test_a_folder_a_device_and_a_missing_folder_are_refused(self, net: nn.MLP, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError, match="must be a file, got a folder or a device; name a file"):
            net.save(tmp_path)
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(IsADirectoryError, match="pipe must be a file, got a folder or a device"):
            net.save(tmp_path / "pipe")
        with pytest.raises(FileNotFoundError, match=r"there is no folder .*missing"):
            net.save(tmp_path / "missing" / "net.npz")
        assert contents(tmp_path) == ["pipe"]
        assert (tmp_path / "pipe").is_fifo()

    def test_a_link_is_followed_and_permissions_are_kept(self, net: nn.MLP, path: Path) -> None:
        real = path.with_name("real.npz")
        real.touch()
        real.chmod(0o640)
        path.symlink_to(real)
        net.save(path)
        assert path.is_symlink()
        assert stat.S_IMODE(real.stat().st_mode) == 0o640
        assert nn.load(real).sizes == net.sizes

    def test_a_new_file_has_the_permissions_of_any_new_file(self, net: nn.MLP, path: Path) -> None:
        net.save(path)
        plain = path.with_name("plain")
        plain.touch()
        assert path.stat().st_mode == plain.stat().st_mode

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write to everything")
    def test_a_write_protected_file_stays_as_it_is(self, net: nn.MLP, path: Path) -> None:
        path.touch()
        path.chmod(0o444)
        with pytest.raises(PermissionError, match="write-protected"):
            net.save(path)
        assert path.read_bytes() == b""

    def test_the_numbers_are_on_the_disk_before_the_name_and_the_name_before_save_returns(
        self, net: nn.MLP, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[str] = []
        fsync, replace = os.fsync, Path.replace

        def recorded_fsync(descriptor: int) -> None:
            steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
            fsync(descriptor)

        def recorded_replace(self: Path, target: Path) -> Path:
            steps.append("rename")
            return replace(self, target)

        monkeypatch.setattr(os, "fsync", recorded_fsync)
        monkeypatch.setattr(Path, "replace", recorded_replace)
        net.save(path)
        assert steps == ["file", "rename", "folder"]

    def test_a_full_disk_leaves_the_old_file_whole(self, net: nn.MLP, path: Path) -> None:
        net.save(path)
        old = path.read_bytes()
        program = f"""
            import resource, signal, nn
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
            try:
                nn.MLP(20, [30, 10], seed=1).save({str(path)!r})
            except OSError as error:
                print(error.strerror)
        """
        assert _python(program).communicate()[0] == "File too large\n"
        assert path.read_bytes() == old
        assert contents(path.parent) == ["net.npz"]

    @pytest.mark.parametrize("arrays", [0, 1, 3])
    def test_a_save_killed_in_the_middle_leaves_the_old_file_whole(self, net: nn.MLP, path: Path, arrays: int) -> None:
        """The program is killed after it has handed over so many arrays of four to be written."""
        net.save(path)
        old = path.read_bytes()
        program = f"""
            import sys, time, nn
            from nn import archive

            class Slow(dict):
                def items(self):
                    for count, item in enumerate(super().items()):
                        if count == {arrays}:
                            print("now", flush=True)
                            time.sleep(600)
                        yield item

            net = nn.MLP(2, [3, 1], seed=9)
            archive.write({str(path)!r}, Slow(net.state()), net.description())
        """
        process = _python(program)
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert path.read_bytes() == old

    def test_a_save_killed_at_any_moment_leaves_the_old_network_or_the_new_one(self, path: Path) -> None:
        """A program that saves over and over is killed again and again; the file always holds one whole network."""
        program = f"""
            import itertools, nn
            nets = [nn.MLP(40, [30, 5], init=nn.initializers.constant(value)) for value in (1.0, 2.0)]
            for i in itertools.count():
                nets[i % 2].save({str(path)!r})
                if i == 1:
                    print("now", flush=True)
        """
        rng, found = random.Random(0), set()
        for _ in range(scaled(15)):
            process = _python(program)
            assert process.stdout is not None
            assert process.stdout.readline() == "now\n"
            time.sleep(rng.uniform(0.0, 0.02))
            process.kill()
            process.communicate()
            weights = nn.load(path).layers[0].weight
            found.add(weights[0, 0].data)
            assert {w.data for w in weights.flat} == {weights[0, 0].data}
        assert found <= {1.0, 2.0}


def _python(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


# --- what stands in for PyTorch where it is not installed: modules with the attributes that are read


class Tensor:
    """An array with the methods of a tensor."""

    def __init__(self, array: Any) -> None:
        self.array = np.array(array, dtype=np.float32)

    def detach(self) -> Tensor:
        return self

    cpu = detach

    def double(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return self.array.astype(float)


def stand_in() -> Any:
    """Return a module with what is used of ``torch``."""

    class Sequential(list):  # type: ignore[type-arg]
        def __init__(self, *modules: Any) -> None:
            super().__init__(modules)

    class Linear:
        def __init__(self, fan_in: int, width: int, bias: bool = True, dtype: Any = None) -> None:
            self.in_features, self.out_features, self.dtype = fan_in, width, dtype
            grid = np.arange(width * fan_in).reshape(width, fan_in)
            self.weight, self.bias = Tensor(grid / 8.0), Tensor(np.arange(width) / 4.0) if bias else None

        def named_parameters(self) -> list[tuple[str, Any]]:
            return [("weight", self.weight), ("bias", self.bias)]

        def load_state_dict(self, state: dict[str, Any]) -> None:
            self.weight, self.bias = state["weight"], state["bias"]

        def __repr__(self) -> str:
            return f"Linear({self.in_features}, {self.out_features})"

    def kind(name: str, **defaults: Any) -> Any:
        def start(self: Any, *args: Any, **settings: Any) -> None:
            vars(self).update({**defaults, **dict(zip(defaults, args, strict=False)), **settings})

        return type(name, (), {"__init__": start, "__repr__": lambda self: f"{name}({vars(self)})"})

    kinds = [
        *(kind(name) for name in ("Sigmoid", "Tanh", "ReLU", "SiLU", "Identity", "Flatten")),
        kind("Dropout", p=0.5),
        kind("LeakyReLU", negative_slope=0.01),
        kind("ELU", alpha=1.0),
        kind("Softplus", beta=1.0, threshold=20.0),
        kind("GELU", approximate="none"),
        kind("Softmax", dim=None),
    ]
    names = {made.__name__: made for made in [Sequential, Linear, *kinds]}
    return SimpleNamespace(nn=SimpleNamespace(**names), float64="float64", from_numpy=Tensor)


@pytest.fixture
def standing_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = stand_in()
    monkeypatch.setitem(sys.modules, "torch", made)
    return made.nn


class TestStandIn:
    """What is asked of PyTorch, where it may be missing."""

    def test_networks_come_back(self, standing_in: Any) -> None:
        for activation in TORCHED:
            net = nn.MLP(3, [4, 2], [activation, "linear"], seed=1)
            net.load_vector(np.round(net.parameter_vector() * 64.0) / 64.0)
            twin = nn.to_torch(net)
            assert [type(x).__name__ for x in twin].count("Linear") == 2
            assert len(twin) == 2 + (activation != "linear")
            assert {x.dtype for x in twin if type(x).__name__ == "Linear"} == {"float64"}
            again = nn.from_torch(twin)
            assert repr(again) == repr(net)
            assert bits(again.parameter_vector()) == bits(net.parameter_vector())

    def test_twins_are_the_same_functions(self, standing_in: Any) -> None:
        for name, settings in {
            "leaky_relu": {"negative_slope": 0.01},
            "elu": {"alpha": 1.0},
            "softplus": {"beta": 1.0, "threshold": 40.0},
            "gelu": {"approximate": "none"},
            "softmax": {"dim": -1},
            "tanh": {},
        }.items():
            assert vars(nn.to_torch(nn.MLP(2, [2], name))[1]) == settings

    def test_nested_modules_and_transparent_ones(self, standing_in: Any) -> None:
        t = standing_in
        theirs = t.Sequential(
            t.Flatten(), t.Sequential(t.Linear(4, 3), t.ReLU()), t.Identity(), t.Linear(3, 2), t.Softmax(dim=1)
        )
        net = nn.from_torch(theirs)
        assert repr(net) == "MLP(4 → 3 → 2, relu → softmax, 23 parameters)"
        assert net.layers[0].weight[1, 2].data == 6 / 8
        assert net.layers[1].bias[1].data == 0.25

    @pytest.mark.parametrize(
        ("kind", "allowed", "refused"),
        [
            ("LeakyReLU", [(), (0.01,)], [(0.3,)]),
            ("ELU", [(), (1.0,)], [(0.5,)]),
            ("GELU", [(), ("none",)], [("tanh",)]),
            ("Softplus", [(), (1.0,), (1.0, 5.0)], [(2.0,)]),
            ("Softmax", [(-1,), (1,)], [(), (0,)]),
        ],
    )
    def test_other_functions_are_refused(self, standing_in: Any, kind: str, allowed: Any, refused: Any) -> None:
        t = standing_in
        for settings in allowed:
            net = nn.from_torch(t.Sequential(t.Linear(2, 2), getattr(t, kind)(*settings)))
            assert net.layers[0].activation.name.replace("_", "") == kind.lower()
        for settings in refused:
            with pytest.raises(ValueError, match=rf"^{kind} must have the arguments .*got {kind}\("):
                nn.from_torch(t.Sequential(t.Linear(2, 2), getattr(t, kind)(*settings)))

    def test_what_has_no_counterpart_is_refused(self, standing_in: Any) -> None:
        t = standing_in
        for modules in (
            [],
            [t.Linear(2, 2), t.Dropout(0.5)],
            [t.Linear(2, 2, bias=False)],
            [t.ReLU(), t.Linear(2, 2)],
            [t.Linear(2, 2), t.ReLU(), t.ReLU()],
            [t.Linear(2, 2), t.Linear(3, 1)],
        ):
            with pytest.raises(ValueError, match=r".{20}"):
                nn.from_torch(t.Sequential(*modules))
        with pytest.raises(TypeError, match="Linear"):
            nn.from_torch(t.Linear(2, 2))
        with pytest.raises(ValueError, match="sin"):
            nn.to_torch(nn.MLP(2, [2], "sin"))
        with pytest.raises(TypeError, match="Layer"):
            nn.to_torch(nn.Layer(2, 2))  # type: ignore[arg-type]


TORCHED = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "softmax", "linear"]


class TestTorch:
    @pytest.mark.parametrize("activation", TORCHED)
    def test_a_network_and_its_twin_in_pytorch_compute_the_same(self, torch: Any, activation: str) -> None:
        net = nn.MLP(3, [5, 4, 2], [activation, None, activation], seed=1, init="normal")
        twin, X = nn.to_torch(net), 20.0 * np.random.default_rng(0).normal(size=(50, 3))
        assert twin(torch.from_numpy(X)).detach().numpy() == pytest.approx(net.predict(X), rel=1e-12, abs=1e-14)
        again = nn.from_torch(twin)
        assert repr(again) == repr(net)
        assert bits(again.parameter_vector()) == bits(net.parameter_vector())

    def test_the_twin_has_weights_of_its_own_in_double_precision(self, torch: Any) -> None:
        net = nn.MLP(3, [2], seed=1)
        twin = nn.to_torch(net)
        before = net.parameter_vector()
        with torch.no_grad():
            for parameter in twin.parameters():
                assert parameter.dtype == torch.float64
                assert parameter.requires_grad
                parameter += 1.0
        assert bits(net.parameter_vector()) == bits(before)
        again = nn.from_torch(twin)
        again.load_vector(again.parameter_vector() + 1.0)
        assert bits(np.concatenate([p.detach().ravel() for p in twin.parameters()])) == bits(before + 1.0)

    def test_a_sequential_of_pytorch_with_single_precision_nesting_and_a_repeated_module(self, torch: Any) -> None:
        relu = torch.nn.ReLU()
        theirs = torch.nn.Sequential(
            torch.nn.Flatten(),
            torch.nn.Sequential(torch.nn.Linear(4, 3), relu, torch.nn.Linear(3, 3), relu),
            torch.nn.Identity(),
            torch.nn.Linear(3, 2),
            torch.nn.Softmax(dim=1),
        )
        net = nn.from_torch(theirs)
        assert repr(net) == "MLP(4 → 3 → 3 → 2, relu → relu → softmax, 35 parameters)"
        X = np.random.default_rng(0).normal(size=(5, 4))
        assert net.predict(X) == pytest.approx(theirs.double()(torch.from_numpy(X)).detach().numpy(), rel=1e-13)

    def test_a_state_dict_of_linears_is_a_state(self, torch: Any) -> None:
        class Net(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layers = torch.nn.ModuleList([torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)])

        theirs, net = Net().double(), nn.MLP(3, [4, 2])
        net.load_state(theirs.state_dict())
        assert list(net.state()) == list(theirs.state_dict())
        theirs.load_state_dict({name: torch.from_numpy(array + 1.0) for name, array in net.state().items()})
        expected = torch.nn.utils.parameters_to_vector(theirs.parameters()).detach().numpy()
        assert bits(net.parameter_vector() + 1.0) == bits(expected)

    def test_what_has_no_counterpart_is_refused(self, torch: Any) -> None:
        t = torch.nn
        for modules, message in [
            ([], "sequential must contain a Linear, got none"),
            ([t.Conv2d(1, 1, 1)], r"sequential must contain only Linears and Sigmoid, .*, got Conv2d"),
            ([t.Linear(2, 2), t.Dropout(0.5)], "got Dropout"),
            ([t.Linear(2, 2, bias=False)], "a Linear must have biases"),
            ([t.ReLU(), t.Linear(2, 2)], "an activation must follow a Linear"),
            ([t.Linear(2, 2), t.ReLU(), t.ReLU()], "an activation must follow a Linear"),
            ([t.Linear(2, 2), t.LeakyReLU(0.3)], "LeakyReLU must have the arguments .* to be leaky_relu"),
            ([t.Linear(2, 2), t.ELU(0.5)], "ELU must have the arguments .* to be elu"),
            ([t.Linear(2, 2), t.GELU("tanh")], "GELU must have the arguments .* to be gelu"),
            ([t.Linear(2, 2), t.Softplus(2.0)], "Softplus must have the arguments .* to be softplus"),
            ([t.Linear(2, 2), t.Softmax(dim=0)], "Softmax must have the arguments .* to be softmax"),
            ([t.Linear(2, 2), t.Linear(3, 1)], r"must have the shape \(1, 2\)"),
        ]:
            with pytest.raises(ValueError, match=message):
                nn.from_torch(t.Sequential(*modules))
        with pytest.raises(TypeError, match=r"sequential must be a torch\.nn\.Sequential, got Linear"):
            nn.from_torch(t.Linear(2, 2))
        with pytest.raises(ValueError, match="activation must have a module in PyTorch, got sin"):
            nn.to_torch(nn.MLP(2, [2], "sin"))
        with pytest.raises(TypeError, match="net must be an MLP, got Layer"):
            nn.to_torch(nn.Layer(2, 2))  # type: ignore[arg-type]
        damaged = t.Sequential(t.Linear(2, 2))
        with torch.no_grad():
            damaged[0].bias[0] = math.nan
        with pytest.raises(ValueError, match=r"layers\.0\.bias must be finite, got NaN or infinity"):
            nn.from_torch(damaged)

    def test_without_pytorch_the_message_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "torch", None)
        for use in (lambda: nn.to_torch(nn.MLP(2, [1])), lambda: nn.from_torch(None)):
            with pytest.raises(ImportError, match="PyTorch is not installed; pip install torch"):
                use()
