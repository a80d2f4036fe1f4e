#!/usr/bin/env python3
"""Follow the Containerfile in a fresh Debian, and serve a chat from it: python3 tools/container.py [FOLDER].

No container engine is needed, but root, debootstrap, util-linux and iproute2.  The system is installed into FOLDER,
or into a temporary folder. FOLDER should be outside of the checkout, because some linters follow the links in the
system.  Debian packages come from the sources of this machine's apt, and Python packages from those of its pip; the
Containerfile's own steps do everything else, in a chroot.  The server then runs as in a container: as process 1, as
the image's user, with a read-only root file system and its own network.
"""

import ast
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from containerfile import Image, Refused, parsed

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT = 120.0
NEEDED = ("debootstrap", "unshare", "nsenter", "chroot", "ip")
#: Prefix of commands for steps and the server: they have their own process ids and mounts, which end with them.
ISOLATED = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: The folder in the new root for files that pip's settings name.
FILES = "/mnt/pip"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
#: A script for sh: its arguments are the root, folders of this machine that the step needs, and the step.
STEP = """
set -e
root=$1; folders=$2; shift 2
for folder in $folders; do mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"; done
exec "$@"
"""
#: A script for sh: the root, and a command.  Volumes stay writable, because they are mounted before the remount.
AS_CONTAINER = """
set -e
root=$1; volumes=$2; shift 2
ip link set lo up
mount --bind "$root" "$root"
for volume in $volumes; do mount --bind "$root$volume" "$root$volume"; done
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec "$@"
"""
#: Requests of a visitor's browser, run by the image's own Python.
VISIT = """
import os, re, urllib.request
def get(path):
    with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}{path}", timeout=30) as answer:
        return answer.status, answer.read().decode()
assert get("/healthz") == (200, "ok\\n"), get("/healthz")
status, page = get("/")
assert status == 200 and 'name="csrf_token"' in page, page
styles = re.findall(r'href="(/theme/[^"]+[.]css)"', page)
assert styles and get(styles[0])[0] == 200, page
"""


def main() -> None:
    """Follow the Containerfile in the folder given on the command line, or in a temporary one."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if os.geteuid() or missing:
        sys.exit(f"This needs root, and these programs: {', '.join(missing or NEEDED)}.")
    with open(os.path.join(TOP, "Containerfile"), encoding="utf-8") as file:
        try:
            image = parsed(file.read())
        except Refused as refused:
            sys.exit(f"Containerfile: {refused}")
    if len(sys.argv) > 1:
        follow(image, os.path.abspath(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(prefix="piratechat-container-") as folder:
            follow(image, folder)


def follow(image: Image, folder: str) -> None:
    """Build the root in `folder`, and serve from it twice.  Raises SystemExit with the error."""
    root = fresh(folder, image)
    environment, folders = pip_settings(root)
    for number, (name, rest) in enumerate(image.steps, 1):
        say(f"step {number} of {len(image.steps)}: {name} {rest if isinstance(rest, str) else ' '.join(rest)}")
        if name == "COPY":
            copy(os.path.join(folder, "context"), root, list(rest))
        else:
            step = ["sh", "-c", STEP, "-", root, " ".join(folders), *chroot(root, environment, "sh", "-c", str(rest))]
            run([*ISOLATED, f"--mount-proc={root}/proc", *step])
    shutil.rmtree(root + FILES)
    for what in ("a new volume", "the same volume again"):
        serve(root, image, os.path.join(folder, "log"))
        say(f"served with {what}: healthy, pages are there, and SIGTERM ends it")


def fresh(folder: str, image: Image) -> str:
    """Create a root of the image's Debian release, and the context of the steps; return the root."""
    root, context = os.path.join(folder, "root"), os.path.join(folder, "context")
    for path in (root, context):
        if os.path.isdir(path):
            shutil.rmtree(path)
    os.makedirs(context)
    debs = os.path.join(folder, "debs")
    os.makedirs(debs, exist_ok=True)
    say(f"installing Debian {image.release} (takes a few minutes)")
    run(["debootstrap", "--variant=minbase", f"--cache-dir={debs}", image.release, root, mirror(image.release)])
    say("building wheels of the chat")
    run([sys.executable, os.path.join(TOP, "tools", "make_wheels.py"), context])
    return root


def mirror(release: str) -> str:
    """Return the mirror that this machine's apt uses, for any release.  Raises SystemExit if there is none."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL) $(CODENAME)"]
    lines = {tuple(line.split()) for line in run(command).splitlines()}
    found = sorted((codename != release, site) for site, label, codename in lines if label == "Debian")
    if not found:
        sys.exit("apt on this machine has no source of Debian's packages.")
    return found[0][1]


def pip_settings(root: str) -> tuple[dict[str, str], list[str]]:
    """Return environment variables with this machine's settings of pip, and the folders that these settings name.

    Files named in the settings are copied into the root.
    """
    environment = {name: os.environ[name] for name in PROXIES if name in os.environ} | {"PATH": PATH}
    folders = []
    os.makedirs(root + FILES)
    for line in run([os.path.join(TOP, ".venv", "bin", "python"), "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        words = ast.literal_eval(value).split()
        for number, word in enumerate(words):
            path = word.removeprefix("file://")
            if os.path.isfile(path):
                words[number] = os.path.join(FILES, os.path.basename(path))
                shutil.copyfile(path, root + words[number])
            elif path.startswith("/") and os.path.isdir(path):
                # The files of an index are next to it.
                folders.append(os.path.dirname(path) if name.endswith("index-url") else path)
        environment[f"PIP_{name.rpartition('.')[2].upper().replace('-', '_')}"] = " ".join(words)
    return environment, sorted(set(folders))


def chroot(root: str, environment: dict[str, str], *words: str, user: str = "0:0") -> list[str]:
    """Return the command that runs `words` in the root, with only this environment."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    return ["chroot", f"--userspec={user}", "--groups=", root, "env", "-i", *variables, *words]


def copy(context: str, root: str, words: list[str]) -> None:
    """Copy the files matching all words but the last into the folder named by the last word."""
    target = root + words[-1]
    os.makedirs(target, exist_ok=True)
    for pattern in words[:-1]:
        found = glob.glob(os.path.join(context, pattern))
        if not found:
            sys.exit(f"COPY {pattern}: there is no such file.")
        for path in found:
            shutil.copy(path, target)


def serve(root: str, image: Image, log: str) -> None:
    """Serve from the root, check the chat, and stop it.  Raises SystemExit with the log after an error."""
    user = "{}:{}".format(*(image.user or (0, 0)))
    started = f'cd {image.folder} && exec "$@"'
    command = chroot(root, image.environment, "sh", "-c", started, "-", *image.command, user=user)
    with open(log, "w", encoding="utf-8") as file:
        server = subprocess.Popen(  # noqa: S603 -- our own command
            [*ISOLATED, "--net", "sh", "-c", AS_CONTAINER, "-", root, " ".join(image.volumes), *command],
            stdout=file,
            stderr=file,
        )
    try:
        first = process_1(server)
        wait_until_healthy(server, first, image)
        inside(first, image, "python3", "-Ic", VISIT)
        owner = os.stat(f"/proc/{first}").st_uid
        if not image.user or owner != image.user[0] or owner == 0:
            sys.exit(f"the server runs as user {owner}")
        os.kill(first, signal.SIGTERM)
        if server.wait(TIMEOUT):
            sys.exit(f"after SIGTERM the server ended with {server.returncode}")
    except (subprocess.SubprocessError, SystemExit) as error:
        with open(log, encoding="utf-8") as file:
            sys.exit(f"{file.read()}{error}")
    finally:
        server.kill()
        server.wait()


def process_1(server: "subprocess.Popen[bytes]") -> int:
    """Return the process id, outside of the container, of the container's first process."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and server.poll() is None:
        with open(f"/proc/{server.pid}/task/{server.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        if children:
            return int(children[0])
        time.sleep(0.05)
    sys.exit("the server did not start")


def wait_until_healthy(server: "subprocess.Popen[bytes]", first: int, image: Image) -> None:
    """Run the image's health check until it succeeds.  Raises SystemExit after a timeout."""
    end = time.monotonic() + TIMEOUT
    while server.poll() is None and time.monotonic() < end:
        try:
            inside(first, image, *image.health)
        except subprocess.CalledProcessError:
            time.sleep(0.2)
        else:
            return
    sys.exit("the server is not healthy")


def inside(first: int, image: Image, *words: str) -> None:
    """Run a command in the container whose first process is `first`.  Raises subprocess.SubprocessError."""
    variables = [f"{name}={value}" for name, value in {**image.environment, "PORT": str(image.ports[0])}.items()]
    uid, gid = image.user or (0, 0)
    enter = ["nsenter", f"--target={first}", "--mount", "--net", "--pid", "--root"]
    enter += [f"--setuid={uid}", f"--setgid={gid}", "env", "-i", *variables]
    subprocess.run([*enter, *words], check=True, capture_output=True, timeout=TIMEOUT)  # noqa: S603 -- likewise


def run(command: list[str]) -> str:
    """Run a command, and return its output.  Raises SystemExit with the output if it fails."""
    done = subprocess.run(  # noqa: S603 -- our own commands
        command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def say(text: str) -> None:
    """Print a progress message."""
    print(f"== {text}", flush=True)  # noqa: T201 -- that is its purpose


if __name__ == "__main__":
    main()
