"""Run a Plone site together with a chat on this machine: bin/python tools/plone.py --help.

Plone has its own environment, parts/plone, which is created from
tools/plone_site/requirements.txt.  The site, the chat and nginx in front of
both run under supervisor.  The folder VAR/plone has the configuration, which
is generated from the templates in etc/, the site's database and the logs.
`make plone` runs this program.  SIGTERM or Ctrl+C stops everything.
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # bin/python does not

import cluster
from cluster import TOP, say, stop

#: The folder of Plone's requirements and of the script that makes the site.
PARTS = os.path.join(TOP, "tools", "plone_site")
#: The add-on, which is installed beside Plone.
ADD_ON = os.path.join(TOP, "examples", "collective.piratechat")
#: What zconsole calls the site; see make_site.py.
SITE = "site"
#: User id -> full name and roles; each gets a password of its own.
MEMBERS = {
    "admin": ("admin", []),
    "erin": ("Erin Editor", ["Editor", "Contributor", "Reviewer"]),
    "mia": ("Mia Member", []),
}
#: The paths that the chat can have below the site.
PATH = re.compile(r"(?:/[a-z0-9-]+)+")
#: Seconds in which the chat and the site answer.
STARTING = 120.0

Values = Mapping[str, str]


def main() -> None:
    """Build what is missing, start everything, and end it when that is asked for."""
    asked = arguments()
    os.umask(0o077)  # what is kept is nobody else's
    values = prepared(asked)
    signal.signal(signal.SIGTERM, cluster.interrupt)
    supervisor = subprocess.Popen(  # noqa: S603 -- a program of our own
        [os.path.join(TOP, "bin", "supervisord"), "-c", os.path.join(values["CLUSTER"], "supervisord.conf")],
        start_new_session=True,  # Ctrl+C is for this process, which has everything end in its order
    )
    try:
        announce(values, supervisor)
        supervisor.wait()
    except KeyboardInterrupt:
        say("ending everything")
    finally:
        supervisor.terminate()
        supervisor.wait()


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description="Run a site of Plone with a chat beside it on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="the address that nginx listens on")
    parser.add_argument("--port", type=int, default=8080, help="nginx's port; those of the programs follow it")
    parser.add_argument("--ini", default=os.path.join(TOP, "paster.ini"), help="the settings of the chat")
    parser.add_argument("--var", default="var", help="the folder of everything that is kept")
    parser.add_argument("--below", default="", help="the path of the chat below the site, such as /chat; else a port")
    parser.add_argument("--build", action="store_true", help="only build Plone's environment")
    asked = parser.parse_args()
    if not os.path.isfile(asked.ini):
        parser.error(f"--ini {asked.ini}: there is no such file; paster.ini is one")
    if not 1 <= asked.port <= 65535 - 3:
        parser.error(f"--port {asked.port}: it must leave room for 3 more below 65536")
    if asked.below and not PATH.fullmatch(asked.below):
        parser.error(f"--below {asked.below}: it must be a path such as /chat, without a slash at its end")
    if asked.build:
        built()
        sys.exit()
    return asked


def built() -> str:
    """Return the folder of Plone's environment, made anew where its requirements have changed."""
    venv = os.path.join(TOP, "parts", "plone")
    with open(os.path.join(PARTS, "requirements.txt"), encoding="utf-8") as file:
        wanted = file.read()
    mark = os.path.join(venv, "requirements.built")
    with contextlib.suppress(OSError), open(mark, encoding="utf-8") as file:
        if file.read() == wanted:
            return venv
    say("building Plone (a minute or two, about 400 MB)")
    shutil.rmtree(venv, ignore_errors=True)
    run(sys.executable, "-m", "venv", venv)
    pip = [os.path.join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "-r", os.path.join(PARTS, "requirements.txt"))
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ADD_ON)
    with open(mark, "w", encoding="utf-8") as file:
        file.write(wanted)
    return venv


def run(*words: str, **environ: str) -> None:
    """Run a program to its end; stop where it fails."""
    done = subprocess.run(words, check=False, env={**os.environ, **environ})  # noqa: S603 -- programs of our own
    if done.returncode:
        stop(f"{' '.join(words)} failed with status {done.returncode}")


def prepared(asked: argparse.Namespace) -> dict[str, str]:
    """Write the configuration into VAR/plone, and make the site if there is none; return what was filled in."""
    venv = built()
    values = values_of(asked, venv)
    for folder in (values["RUN"], values["LOGS"], *(os.path.join(values["ZOPE"], name) for name in ("etc", "var"))):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    cluster.check_ports(asked.host, range(asked.port, asked.port + 2))
    cluster.check_ports("127.0.0.1", range(asked.port + 2, asked.port + 4))
    for name, template in (("zope.conf", "plone-zope.conf"), ("zope.ini", "plone-zope.ini")):
        cluster.write(values, os.path.join(values["ZOPE"], "etc", name), cluster.filled(template, values))
    shutil.copy(os.path.join(cluster.TEMPLATES, "plone-site.zcml"), os.path.join(values["ZOPE"], "etc", "site.zcml"))
    cluster.write_settings(asked.ini, values, "plone-chat.ini")
    for name in ("nginx.conf", "supervisord.conf"):
        cluster.write(values, name, cluster.filled(f"plone-{name}", values))
    make_site(values)
    return values


def values_of(asked: argparse.Namespace, venv: str) -> dict[str, str]:
    """Return what is filled into the templates."""
    var = os.path.abspath(asked.var)
    folder = os.path.join(var, "plone")
    run_folder = os.path.join(folder, "run")
    if len(run_folder) > cluster.MAX_SOCKET_PATH - len("/supervisor.sock.12345"):
        stop(f"the path {var} is too long for the sockets in it. Choose another folder: VAR=...")
    chat_port, gunicorn_port, plone_port = (str(asked.port + more) for more in (1, 2, 3))
    site = f"http://{asked.host}:{asked.port}"
    origin = site if asked.below else f"http://{asked.host}:{chat_port}"
    values = {
        "TOP": TOP,
        "VAR": var,
        "CLUSTER": folder,
        "RUN": run_folder,
        "LOGS": os.path.join(folder, "log"),
        "ZOPE": os.path.join(folder, "zope"),
        "VENV": venv,
        "SITE": SITE,
        "HOST": asked.host,
        "PORT": str(asked.port),
        "CHAT_PORT": chat_port,
        "GUNICORN_PORT": gunicorn_port,
        "PLONE_PORT": plone_port,
        # As root its workers would be somebody else, who may not enter the folder.
        "USER": "user root root;" if os.geteuid() == 0 else "",
        "NGINX": cluster.found("nginx", "nginx-light"),
        "PLONE_URL": site,
        "PLONE_INTERNAL_URL": site,
        "CHAT_PATH": asked.below,
        "CHAT_ORIGIN": origin,
        "CHAT_URL": origin + asked.below,
        "CHAT_INTERNAL_URL": f"http://127.0.0.1:{gunicorn_port}{asked.below}",
        "PLONE_SECRET": cluster.kept_secret(var, "plone-secret"),
    }
    location = cluster.filled("plone-nginx-chat.conf", values)
    values["CHAT_LOCATION"] = location if asked.below else ""
    values["CHAT_SERVER"] = (
        "" if asked.below else f"\n    server {{\n        listen {asked.host}:{chat_port};\n{location}    }}\n"
    )
    return values


def make_site(values: Values) -> None:
    """Make the site and its members, if there is none; their passwords are kept in VAR/plone/members.json."""
    members = os.path.join(values["CLUSTER"], "members.json")
    done = os.path.join(values["ZOPE"], "made")
    if os.path.exists(done):
        return
    say("making a site of Plone")
    shutil.rmtree(os.path.join(values["ZOPE"], "var"))  # what a run that was interrupted has left
    os.makedirs(os.path.join(values["ZOPE"], "var"), mode=0o700)
    made = {user: (name, secrets.token_urlsafe(9), roles) for user, (name, roles) in MEMBERS.items()}
    cluster.write(values, members, json.dumps(made, indent=2))
    zconsole = os.path.join(values["VENV"], "bin", "zconsole")
    config = os.path.join(values["ZOPE"], "etc", "zope.conf")
    run(zconsole, "run", config, os.path.join(PARTS, "make_site.py"), PLONE_MEMBERS=members)
    with open(done, "w", encoding="utf-8"):
        pass


def announce(values: Values, supervisor: subprocess.Popen[bytes]) -> None:
    """Say where everything is, and how to log in, once both answer."""
    wanted = [f"{values['CHAT_URL']}/healthz", f"{values['PLONE_URL']}/login"]
    for _ in cluster.ticks(time.monotonic() + STARTING):
        if supervisor.poll() is not None:
            stop(f"supervisor ended at once; {values['LOGS']}/supervisord.log says why")
        if all(map(cluster.answers, wanted)):
            break
    else:
        stop(f"the site and the chat do not answer after {STARTING:.0f} s; the files in {values['LOGS']} say why")
    with open(os.path.join(values["CLUSTER"], "members.json"), encoding="utf-8") as file:
        members = json.load(file)
    log_ins = "\n".join(f"     {user:8} {password:16} {name}" for user, (name, password, _roles) in members.items())
    say(
        f"Plone on {values['PLONE_URL']}/ and its chat on {values['CHAT_URL']}/ - Ctrl+C ends both\n"
        f"   Log in at {values['PLONE_URL']}/login as\n{log_ins}\n"
        f"   Logs are in {values['LOGS']}"
    )


if __name__ == "__main__":
    main()
