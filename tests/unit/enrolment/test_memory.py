"""Private keys are written to memory, whole or not at all."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from corda_operator.enrolment.errors import UnusableError
from corda_operator.enrolment.memory import MemoryDirectory, file_system_of

MOUNTS = """\
22 28 0:21 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/x
23 22 0:22 / /run rw,nosuid shared:2 - tmpfs tmpfs rw
24 23 8:1 /volumes/a /run/corda rw - ext4 /dev/sda1 rw
25 22 8:1 / /data rw - ext4 /dev/sda1 rw
26 22 0:40 / /data rw - tmpfs tmpfs rw
27 22 0:41 / /with\\040space rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc", "overlay"),
        ("/run", "tmpfs"),
        ("/run/other/deep", "tmpfs"),
        ("/run/corda", "ext4"),
        ("/run/corda/certificates", "ext4"),
        ("/runner", "overlay"),
        ("/data/x", "tmpfs"),
        ("/with space/x", "tmpfs"),
    ],
)
def test_the_deepest_and_last_mount_tells_where_a_path_is(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


@pytest.fixture
def memory() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(dir="/dev/shm"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    if file_system_of(tmp_path, Path("/proc/self/mountinfo").read_text()) == "tmpfs":
        pytest.skip("this machine's temporary files are in memory")
    return tmp_path


def test_a_directory_on_a_disk_is_refused_and_not_made(disk: Path) -> None:
    with pytest.raises(UnusableError, match=r'expected tmpfs.*medium "Memory"'):
        MemoryDirectory(disk / "corda")
    assert not (disk / "corda").exists()


def test_a_link_in_memory_that_leads_to_a_disk_is_refused(memory: Path, disk: Path) -> None:
    (memory / "corda").symlink_to(disk)
    with pytest.raises(UnusableError, match="expected tmpfs"):
        MemoryDirectory(memory / "corda")


def test_a_developer_may_allow_a_disk(disk: Path) -> None:
    MemoryDirectory(disk / "corda", allow_disk=True).write("file", b"content")
    assert (disk / "corda/file").read_bytes() == b"content"


def test_files_are_their_owners_alone_whatever_was_there_before(memory: Path) -> None:
    directory = MemoryDirectory(memory)
    (memory / "file").write_bytes(b"old")
    (memory / "file").chmod(0o666)
    directory.write("file", b"new")
    directory.write("certificates/store", b"keys")
    assert (memory / "file").read_bytes() == b"new"
    modes = [stat.S_IMODE((memory / each).stat().st_mode) for each in ("file", "certificates/store", "certificates")]
    assert modes == [0o600, 0o600, 0o700]
    assert sorted(each.name for each in memory.rglob("*")) == ["certificates", "file", "store"]


def test_what_cannot_be_written_leaves_what_was_there(memory: Path) -> None:
    directory = MemoryDirectory(memory)
    # A file can't replace a folder.
    (memory / "file/below").mkdir(parents=True)
    with pytest.raises(UnusableError, match="can't be written"):
        directory.write("file", b"content")
    assert [each.name for each in memory.iterdir()] == ["file"]
