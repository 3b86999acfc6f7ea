"""The stand-alone verifier: whatever is changed in a pack is found, and nothing fed to it makes it fall over."""

import ast
import copy
import json
import random
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evidence import verifier
from tests.once import *  # noqa: F403  (fixtures)
from tests.papers.conftest import make_both
from tests.papers.packing import WELL, check, entries, packed, run, sealed, sha, told, zipped

pytestmark = pytest.mark.django_db
ROUNDS = 12


@pytest.fixture(scope="module")
def rows(cast):
    cast = make_both(cast)
    cast.paper, cast.data = packed(cast.case)
    return cast


@pytest.fixture
def data(rows) -> bytes:
    return rows.data


@pytest.fixture
def files(data) -> dict[str, bytes]:
    return entries(data)


def flipped(data: bytes, at: int, by: int) -> bytes:
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


def test_it_needs_nothing_but_an_old_python():
    tree = ast.parse(Path(verifier.__file__).read_text(), feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported <= {
        "__future__", "argparse", "collections", "hashlib", "json", "os", "re", "stat", "sys", "typing", "zipfile"
    }  # fmt: skip


def test_any_byte_flipped_in_any_entry_is_found_by_name(files, data, tmp_path):
    """Once behind the ZIP's back, once with the ZIP's own sums made to fit, once in the unpacked folder."""
    chance, target = random.Random(4), tmp_path / "pack.zip"
    folder = tmp_path / "out"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    assert check(folder) == check(zipped(files, target)) == []
    with zipfile.ZipFile(tmp_path / "raw.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    raw = (tmp_path / "raw.zip").read_bytes()
    for name, content in files.items():
        begin = raw.index(content)
        places = {0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(ROUNDS))}
        for at in places:
            by = chance.randrange(1, 256)
            changed = flipped(content, at, by)
            target.write_bytes(flipped(raw, begin + at, by))
            of_zip = check(target)
            of_sums = check(zipped(files | {name: changed}, target))
            (folder / name).write_bytes(changed)
            of_folder = check(folder)
            (folder / name).write_bytes(content)
            named = "manifest" if name == "manifest.sha256" else name
            for found in (of_zip, of_sums, of_folder):
                assert any(named in line for line in found), (name, at, by, found)


def test_what_is_missing_too_much_or_renamed_is_named(files, tmp_path):
    target, original = tmp_path / "pack.zip", next(iter(files))
    for name in files:
        rest = {each: content for each, content in files.items() if each != name}
        assert any(name in line for line in check(zipped(rest, target))), name
        renamed = rest | {f"{name}x": files[name]}
        assert any(name in line for line in check(zipped(renamed, target))), name
    assert check(zipped(files | {"more.txt": b""}, target)) == ["more.txt: is not in the manifest"]
    twice = [*files.items(), (original, b"other")]
    with pytest.warns(UserWarning, match="Duplicate"):
        zipped(twice, target)
    assert f"{original}: is in the ZIP twice" in check(target)
    swapped = dict(files)
    first, second = [name for name in files if name.startswith("originals/")]
    swapped[first], swapped[second] = files[second], files[first]
    assert len(check(zipped(swapped, target))) == 2


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a\\b", "C:evil", "a//b", "./a", "originals/../x", "évil", "a/", ".hidden"]
)
def test_no_name_leads_out_of_the_pack(files, tmp_path, name):
    found = check(zipped(files | {name: b"evil"}, tmp_path / "pack.zip"))
    assert len(found) == 1 and "no pack has" in found[0]
    assert [each.name for each in tmp_path.iterdir()] == ["pack.zip"]


def test_a_forged_log_is_found_though_the_manifest_fits(files, tmp_path):
    target = tmp_path / "pack.zip"

    def after(change, of_manifest=lambda manifest: None) -> list[str]:
        log, manifest = told(files, "log.json"), told(files)
        change(log)
        of_manifest(manifest)
        return check(zipped(sealed(files | {"log.json": json.dumps(log).encode()}, manifest), target))

    assert after(lambda log: None) == []

    def first(log):
        return log["pieces"][0]["events"]

    def changed(log):
        first(log)[0]["payload"] = first(log)[0]["payload"].replace('"operator"', '"customer"')

    def rechained(log):
        changed(log)
        event = first(log)[0]
        event["hash"] = verifier.chained("", event["payload"])

    assert any("event 1 (uploaded) was changed" in line for line in after(changed))
    assert any("event 2 (stored) does not follow" in line for line in after(rechained))
    assert any("tells otherwise of what was received" in line for line in after(rechained))
    assert any("events are missing" in line for line in after(lambda log: first(log).pop(0)))
    assert any("ends with event 1" in line for line in after(lambda log: first(log).pop()))
    assert any("has no events" in line for line in after(lambda log: first(log).clear()))
    assert any("has no events" in line for line in after(lambda log: log["pieces"].pop()))
    assert any("twice" in line for line in after(lambda log: log["pieces"].append(copy.deepcopy(log["pieces"][0]))))
    assert any("not in the manifest" in line for line in after(lambda log: None, lambda m: m["pieces"].pop()))

    def other(log):
        a, b = (each["events"] for each in log["pieces"])
        a[:], b[:] = list(b), list(a)

    assert any("tells of something else" in line for line in after(other))
    for key, value in (("taken_at", "2026-01-01T00:00:00+00:00"), ("reduced", True), ("uploaded_at", "x")):
        found = after(lambda log: None, lambda manifest, k=key, v=value: manifest["pieces"][0].update({k: v}))
        assert any("tells otherwise" in line for line in found), key


def test_a_forged_log_of_what_was_asked_for_is_found_though_the_manifest_fits(files, tmp_path):
    def after(change, of_manifest=lambda manifest: None) -> list[str]:
        log, manifest = told(files, "log.json"), told(files)
        change(log["asked"][0]["events"])
        of_manifest(manifest["asked"][0])
        content = sealed(files | {"log.json": json.dumps(log).encode()}, manifest)
        return check(zipped(content, tmp_path / "pack.zip"))

    def changed(events):
        events[0]["payload"] = events[0]["payload"].replace('"label_photo"', '"box_mark_photo"')

    def rechained(events):
        changed(events)
        events[0]["hash"] = verifier.chained("", events[0]["payload"])

    def another(events):
        changed(events)
        for each, before in zip(events, ["", *events], strict=False):
            each["payload"] = each["payload"].replace('"ticket":', '"ticket":9')
            each["previous"] = before and before["hash"]
            each["hash"] = verifier.chained(each["previous"], each["payload"])

    assert after(lambda events: None) == []
    assert any("event 1 (asked) was changed" in line for line in after(changed))
    assert any("event 2 (asked) does not follow" in line for line in after(rechained))
    assert any("event 1 (asked) tells of something else" in line for line in after(another))
    assert any("events are missing" in line for line in after(lambda events: events.pop(0)))
    for cut in (lambda events: events.pop(), lambda events: events.clear()):
        assert any("ends with event" in line for line in after(cut))
    assert any("the manifest says 9" in line for line in after(lambda events: None, lambda m: m.update(events=9)))


def test_seals_follow_from_one_another(files, tmp_path):
    log = told(files, "log.json")
    ids = [each["id"] for chain in log["pieces"] + log["asked"] for each in chain["events"]]

    def seal(number, first, last, previous, **more):
        it = {"number": number, "at": "x", "first": first, "last": last, "count": 99, "previous": previous}
        return it | {"hash": f"{number}" * 64} | more

    one, two = seal(1, 1, min(ids), ""), seal(2, min(ids) + 1, max(ids), "1" * 64)
    for seals, word in (
        ([one, two], ""), ([two], "no seal"), ([one, two | {"previous": "0" * 64}], "does not follow"),
        ([two, one], "not come after"), ([one | {"previous": "a"}, two], "first one"),
        ([one, two | {"count": 0}], "fewer events"), ([one, seal(4, max(ids), max(ids), "3" * 64)], "no seal"),
    ):  # fmt: skip
        log = told(files, "log.json") | {"seals": seals}
        data = sealed(files | {"log.json": json.dumps(log).encode()}, told(files))
        found = check(zipped(data, tmp_path / "pack.zip"))
        assert any(word in line for line in found) if word else found == [], (seals, found)


def test_a_whole_forgery_is_found_by_the_hash_that_the_sender_tells(rows, files, tmp_path):
    forged = sealed(files, told(files) | {"ticket": "AS-2026-999999"})
    target = zipped(forged, tmp_path / "pack.zip")
    assert check(target) == []
    assert "not the one told" in check(target, rows.paper.manifest_sha256)[0]
    whole = zipped(files, tmp_path / "whole.zip")
    assert check(whole, rows.paper.manifest_sha256.upper()) == []


def test_what_is_no_pack_is_told_in_words(files, data, tmp_path):
    def huge(archive):
        archive.writestr("manifest.json", b" " * (verifier.MOST_JSON + verifier.CHUNK + 1), zipfile.ZIP_DEFLATED)

    samples: dict[str, bytes] = {
        "empty": b"", "text": b"no zip", "half": data[: len(data) // 2], "tail": data[100:],
        "nested": b"[" * 100_000, "latin": b"\xff{}", "twice": b'{"format": 1, "format": 1}',
        **{f"form-{n}": each for n, each in enumerate((b"null", b"[]", b"{}", b'"x"', b"1e999",
            b'{"format":"aftersales-evidence-pack/1"}',
            b'{"format":"aftersales-evidence-pack/1","files":[1],"pieces":3}',
            b'{"format":"aftersales-evidence-pack/9","files":[],"pieces":[]}'))},
    }  # fmt: skip
    for name, content in samples.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(content)
        if name in ("nested", "latin", "twice") or name.startswith("form"):
            zipped(files | {"manifest.json": content, "manifest.sha256": f"{sha(content)}  manifest.json\n"}, path)
        code, said = run(path)
        assert code == 1 and said.count("\n") >= 2, (name, said)
    with zipfile.ZipFile(tmp_path / "huge.zip", "w") as archive:
        huge(archive)
    assert any("far too large" in line for line in check(tmp_path / "huge.zip"))
    assert run(tmp_path / "nowhere.zip")[0] == 1
    chance = random.Random(9)
    for _ in range(150):
        bent = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            at = chance.choice((chance.randrange(len(bent)), len(bent) - chance.randrange(1, 900)))
            bent[at] = chance.randrange(256)
        (tmp_path / "bent.zip").write_bytes(bent)
        check(tmp_path / "bent.zip")


def test_values_of_any_kind_in_manifest_and_log_end_in_words(files, tmp_path):
    chance, target = random.Random(7), tmp_path / "pack.zip"
    odd = [None, 1, -1, 2.5, True, "", "x", "\x1b[2J", [], {}, [[]], {"a": 1}, 10**30]

    def spots(value, found):
        for key in value if isinstance(value, dict) else range(len(value)):
            found.append((value, key))
            if isinstance(value[key], dict | list):
                spots(value[key], found)
        return found

    for _ in range(200):
        manifest, log = told(files), told(files, "log.json")
        where, key = chance.choice(spots(chance.choice((manifest, log)), []))
        where[key] = chance.choice(odd)
        content = json.dumps(manifest).encode()
        changed = files | {
            "manifest.json": content, "manifest.sha256": f"{sha(content)}  manifest.json\n".encode(),
            "log.json": json.dumps(log).encode(),
        }  # fmt: skip
        assert not any("\x1b" in line for line in check(zipped(changed, target)))


def test_a_bomb_is_not_unpacked_and_an_encrypted_file_is_named(files, tmp_path):
    name = next(iter(files))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in files.items():
            archive.writestr(each, bytes(200 * 1024 * 1024) if each == name else content)
    assert any(f"{name}: is longer" in line for line in check(tmp_path / "bomb.zip"))
    data = bytearray(zipped(files, tmp_path / "pack.zip").read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    (tmp_path / "pack.zip").write_bytes(data)
    assert f"{name}: is encrypted" in check(tmp_path / "pack.zip")


def test_links_in_a_folder_are_not_followed(files, tmp_path):
    folder = tmp_path / "out"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    name = next(iter(files))
    shutil.move(folder / name, tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    found = check(folder)
    assert f"{name}: is no file" in found and f"{name}: is missing" in found and "loop: is no file" in found


def test_the_command_does_the_same(rows, files, data, tmp_path, capsys):
    (tmp_path / "pack.zip").write_bytes(data)
    call_command("verify_pack", str(tmp_path / "pack.zip"), manifest=rows.paper.manifest_sha256)
    assert capsys.readouterr().out == WELL
    zipped(files | {"more.txt": b""}, tmp_path / "more.zip")
    with pytest.raises(CommandError, match="1 wrong"):
        call_command("verify_pack", str(tmp_path / "more.zip"))
    assert capsys.readouterr().out == "more.txt: is not in the manifest\n"
