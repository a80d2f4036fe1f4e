#!/usr/bin/env python3
"""Build a wheel of each distribution, and a constraints file for pip with the tested versions.

python tools/make_wheels.py FOLDER
"""

import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DISTRIBUTIONS = ("pyramid_sockjs", ".")
NOT_SOURCES = ("artifacts", "build", "dist", "eggs", "node_modules", "parts", "var", "develop-eggs", "__pycache__")
#: The npm packages needed for the wheel.
SOCKJS = os.path.join("node_modules", "sockjs-client")
CONSTRAINTS = "constraints.txt"


def main():
    """Build the wheels and the constraints file in the folder given on the command line."""
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.endswith(".whl"):
            os.remove(os.path.join(folder, name))
    for name in DISTRIBUTIONS:
        build(name, folder)
    with open(os.path.join(folder, CONSTRAINTS), "w") as file:
        file.writelines(f"{name}=={version}\n" for name, version in sorted(versions().items()))


def build(name, folder):
    """Build the wheel of the distribution in folder `name` from a copy, because setuptools writes into the sources."""
    with tempfile.TemporaryDirectory() as place:
        pip_wheel(copied(name, place), folder)


def copied(name, place):
    """Copy the sources of the distribution in folder `name` into the folder `place`; return the path of the copy."""
    source = os.path.join(place, "source")
    shutil.copytree(os.path.join(TOP, name), source, ignore=unwanted)
    if name == ".":
        shutil.copytree(os.path.join(TOP, SOCKJS), os.path.join(source, SOCKJS))
    return source


def pip_wheel(source, folder):
    """Build a wheel from a folder or from a source distribution.  Raises SystemExit with pip's output."""
    command = [os.path.join(TOP, ".venv", "bin", "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    command += ["wheel", "--no-deps", "--no-build-isolation", "-w", folder, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own command
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def unwanted(path, names):
    """Return those of `names`, in the folder `path`, that are not sources."""
    top = os.path.samefile(path, TOP)
    return [
        name
        for name in names
        if name in NOT_SOURCES
        or name.startswith(".")
        or name.endswith(".egg-info")
        or (top and name == "pyramid_sockjs")
    ]


def versions():
    """Return the versions in versions.cfg by distribution."""
    found = {}
    with open(os.path.join(TOP, "versions.cfg")) as file:
        for line in file:
            name, equals, version = line.partition(" = ")
            if equals and not name.startswith("#"):
                found[name.strip()] = version.strip()
    return found


if __name__ == "__main__":
    main()
