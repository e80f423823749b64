"""Finding out in which form a data set comes."""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import IO

from nnlib.dataset_files import array_file, idx_files, picture_folders
from nnlib.dataset_files.container import NO_LIMITS, Container, DatasetError, Files, Folder, Limits, ZipContainer
from nnlib.dataset_files.part import Published
from nnlib.dataset_files.picture_folders import Decode

ARRAYS, ZIP = ".npz", ".zip"
FEW = 5  # names of files in a message
FORMS = "four IDX files such as train-images-idx3-ubyte, one .npz file, or a folder of PNG pictures for each class"


def opened(path: Path) -> Container:
    """The files at a path: those of a folder, a single one, or all whose names begin like this: of EMNIST, for example,
    `folder/emnist-letters`."""
    if path.is_dir():
        return Folder(path)
    folder = str(path.parent)
    if path.is_file():
        return from_files({path.name: _opening(path)}, NO_LIMITS, folder)
    beginning = {}
    if path.parent.is_dir():
        those = [each for each in path.parent.iterdir() if each.name.startswith(f"{path.name}-") and each.is_file()]
        beginning = {each.name: _opening(each) for each in those}
    if not beginning:
        raise DatasetError(f"{path}: expected a folder or a file with a data set, found none")
    return Files(folder, path.name, beginning)


def _opening(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def from_files(files: Mapping[str, Callable[[], IO[bytes]]], limits: Limits, where: str = "") -> Container:
    """The container of files {name: what opens it}; what is in a zip file, if that is the only one."""
    name = next(iter(files))
    if len(files) == 1 and PurePath(name).suffix.lower() == ZIP:
        return ZipContainer(files[name](), f"{where}/{name}" if where else name, limits)
    return Files(where, PurePath(name).stem, files)


def published(container: Container, limits: Limits, decode: Decode | None) -> Published:
    """The data set in these files. Raises DatasetError if there is none, or more than `limits`."""
    if found := idx_files.find(container):
        return idx_files.read(container, found, limits)
    arrays = [name for name in container.at_top if name.lower().endswith(ARRAYS)]
    if len(arrays) == 1:
        return array_file.read(container, arrays[0], limits)
    if pictures := picture_folders.find(container):
        if decode is None:
            raise DatasetError(f"{container.where}: expected what reads pictures, got none")
        return picture_folders.read(container, pictures, limits, decode)
    came = ", ".join(container.at_top[:FEW]) or "none of them"
    raise DatasetError(f"{container.where or came}: expected {FORMS}, got {came}")
