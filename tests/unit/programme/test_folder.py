"""Finding, copying and identifying programme folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import Terminal
from pipelines.model.forms import REGISTERED
from pipelines.model.programme import Programme
from pipelines.programme.folder import find
from pipelines.programme.init import copy_to


def test_found_by_name_and_by_path(tmp_path: Path) -> None:
    assert find("jiaxing").name == "jiaxing"
    assert find(str(tmp_path)) == tmp_path.resolve()


@pytest.mark.parametrize("name", ["hangzhou", "", "../jiaxing"])
def test_an_unknown_name_lists_the_bundled_ones(name: str) -> None:
    with pytest.raises(Terminal, match="jiaxing") as raised:
        find(name)
    assert raised.value.exit_code == 2


def test_init_makes_a_loadable_copy(tmp_path: Path, jiaxing: Programme, loaded: Callable[[Path], Programme]) -> None:
    copied = copy_to(tmp_path / "new" / "city")
    assert loaded(copied).version == jiaxing.version, "the version is of the content, not of the place"


def test_init_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(Terminal, match="not empty"):
        copy_to(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "file").write_text("")
    with pytest.raises(Terminal):
        copy_to(tmp_path / "file")


def test_init_accepts_an_empty_folder(tmp_path: Path) -> None:
    assert (copy_to(tmp_path) / "programme.toml").is_file()


def test_any_change_of_what_decides_a_verdict_is_another_version(
    folder: Path, loaded: Callable[[Path], Programme]
) -> None:
    before = loaded(folder).version
    with (folder / "targets.csv").open("a", encoding="utf-8") as file:
        file.write("annual_investment,330400,>=,1,2023,,\n")
    changed = loaded(folder).version
    assert changed != before
    (folder / "lists.csv").unlink()
    assert loaded(folder).version not in (before, changed)


def test_a_new_mailbox_makes_no_verdict_stale(folder: Path, loaded: Callable[[Path], Programme]) -> None:
    before = loaded(folder)
    with (folder / "contacts.csv").open("a", encoding="utf-8") as file:
        file.write("330402,*,county,统计报送岗二,,new-330402@example.invalid\n")
    after = loaded(folder)
    assert len(after.contacts) == len(before.contacts) + 1
    assert after.version == before.version


def test_what_editors_leave_behind_is_ignored(folder: Path, loaded: Callable[[Path], Programme]) -> None:
    before = loaded(folder).version
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "~$units.csv").write_bytes(b"x")
    assert loaded(folder).version == before


def test_a_link_to_a_file_that_is_gone_is_no_absent_file(folder: Path, loaded: Callable[[Path], Programme]) -> None:
    """The curve of the year was passed over, and the months were scored by the calendar."""
    (folder / "seasonal.csv").unlink()
    (folder / "seasonal.csv").symlink_to(folder.parent / "shared.csv")
    with pytest.raises(Terminal, match=r"seasonal\.csv.*链接所指的文件不在|points to is gone"):
        loaded(folder)


def test_optional_files_may_be_absent(permits_folder: Path, loaded: Callable[[Path], Programme]) -> None:
    (permits_folder / "contacts.csv").unlink()
    (permits_folder / "channels.toml").unlink()
    programme = loaded(permits_folder)
    assert (programme.members, programme.seasonal, programme.targets, programme.lists) == ((), {}, (), ())
    assert (programme.contacts, programme.channels, programme.alerting.alerts_from) == ((), (), None)
    shutil.rmtree(permits_folder / "forms")
    with pytest.raises(Terminal, match="forms"):
        loaded(permits_folder)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_files_saved_by_excel_and_notepad_load(folder: Path, loaded: Callable[[Path], Programme], bom: bytes) -> None:
    for name in ("units.csv", "calendar.csv", "method.toml", "programme.toml"):
        content = (folder / name).read_bytes().replace(b"\n", b"\r\n")
        (folder / name).write_bytes(bom + content)
    assert len(loaded(folder).roster.units) == 10


def test_registered_forms_may_leave_out_what_their_name_tells(
    folder: Path, jiaxing: Programme, loaded: Callable[[Path], Programme]
) -> None:
    """Folders made before forms could say it go on as they were."""
    known = ("order", "role", "amount", "identity", "history", "movements")
    stripped = 0
    for file in [folder / "forms" / f"{name}.toml" for name in REGISTERED.values()]:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(tuple(f"{key} = " for key in known))]
        stripped += len(lines) - len(kept)
        file.write_text("".join(kept), encoding="utf-8")
    assert stripped > 15
    forms = loaded(folder).forms
    told = {name: [getattr(form, key) for key in known] for name, form in forms.items()}
    assert told == {name: [getattr(form, key) for key in known] for name, form in jiaxing.forms.items()}
