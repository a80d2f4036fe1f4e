"""Run a Plone site together with a chat on this machine: bin/python tools/plone.py --help.

Plone has its own environment, parts/plone, which is created from tools/plone_site/requirements.txt.  The site, the
chat and nginx in front of both run under supervisor.  The folder VAR/plone has the configuration, which is
generated from the templates in etc/, the site's database and the logs. `make plone` runs this program.  SIGTERM or
Ctrl+C stops everything.
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time

from piratechat.secrets import kept_secret

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # bin/python does not

from supervised import (
    STARTING,
    TEMPLATES,
    TOP,
    Process,
    Values,
    answers,
    check_ports,
    common_values,
    filled,
    found,
    parsed,
    parser_of,
    run_supervisor,
    say,
    stop,
    ticks,
    write,
    write_settings,
)

#: The folder with Plone's requirements, and the script that creates the site.
PARTS = os.path.join(TOP, "tools", "plone_site")
#: The add-on, which is installed into Plone's environment.
ADD_ON = os.path.join(TOP, "examples", "collective.piratechat")
#: The site's id in zconsole; see make_site.py.
SITE = "site"
#: User id -> full name and roles; each member gets a random password.
MEMBERS = {
    "admin": ("admin", []),
    "erin": ("Erin Editor", ["Editor", "Contributor", "Reviewer"]),
    "mia": ("Mia Member", []),
}
#: Valid paths of the chat below the site.
PATH = re.compile(r"(?:/[a-z0-9-]+)+")


def main() -> None:
    """Build what is missing, start everything, and stop it when asked to."""
    asked = arguments()
    os.umask(0o077)  # stored files are private
    run_supervisor(prepared(asked), announce)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = parser_of("Run a Plone site together with a chat on this machine.")
    parser.add_argument("--below", default="", help="the path of the chat below the site, such as /chat; else a port")
    parser.add_argument("--build", action="store_true", help="only build Plone's environment")
    asked = parsed(parser, lambda _asked: 3)
    if asked.below and not PATH.fullmatch(asked.below):
        parser.error(f"--below {asked.below}: it must be a path such as /chat, without a slash at its end")
    if asked.build:
        built()
        sys.exit()
    return asked


def built() -> str:
    """Return the folder of Plone's environment, which is rebuilt when its requirements have changed."""
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
    """Run a program, and exit with an error if it fails."""
    done = subprocess.run(words, check=False, env={**os.environ, **environ})  # noqa: S603 -- programs of our own
    if done.returncode:
        stop(f"{' '.join(words)} failed with status {done.returncode}")


def prepared(asked: argparse.Namespace) -> dict[str, str]:
    """Write the configuration into VAR/plone, and create the site if necessary; return the values for templates."""
    venv = built()
    values = values_of(asked, venv)
    for folder in (values["RUN"], values["LOGS"], *(os.path.join(values["ZOPE"], name) for name in ("etc", "var"))):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    check_ports(asked.host, range(asked.port, asked.port + 2))
    check_ports("127.0.0.1", range(asked.port + 2, asked.port + 4))
    for name, template in (("zope.conf", "plone-zope.conf"), ("zope.ini", "plone-zope.ini")):
        write(values, os.path.join(values["ZOPE"], "etc", name), filled(template, values))
    shutil.copy(os.path.join(TEMPLATES, "plone-site.zcml"), os.path.join(values["ZOPE"], "etc", "site.zcml"))
    write_settings(asked.ini, values, "plone-chat.ini")
    for name in ("nginx.conf", "supervisord.conf"):
        write(values, name, filled(f"plone-{name}", values))
    make_site(values)
    return values


def values_of(asked: argparse.Namespace, venv: str) -> dict[str, str]:
    """Return the values for templates."""
    chat_port, gunicorn_port, plone_port = (str(asked.port + more) for more in (1, 2, 3))
    site = f"http://{asked.host}:{asked.port}"
    origin = site if asked.below else f"http://{asked.host}:{chat_port}"
    values = common_values(asked, "plone")
    values |= {
        "ZOPE": os.path.join(values["CLUSTER"], "zope"),
        "VENV": venv,
        "SITE": SITE,
        "CHAT_PORT": chat_port,
        "GUNICORN_PORT": gunicorn_port,
        "PLONE_PORT": plone_port,
        "NGINX": found("nginx", "nginx-light"),
        "PLONE_URL": site,
        "PLONE_INTERNAL_URL": site,
        "CHAT_PATH": asked.below,
        "CHAT_ORIGIN": origin,
        "CHAT_URL": origin + asked.below,
        "CHAT_INTERNAL_URL": f"http://127.0.0.1:{gunicorn_port}{asked.below}",
        "PLONE_SECRET": kept_secret(values["VAR"], "plone-secret"),
    }
    location = filled("plone-nginx-chat.conf", values)
    values["CHAT_LOCATION"] = location if asked.below else ""
    values["CHAT_SERVER"] = (
        "" if asked.below else f"\n    server {{\n        listen {asked.host}:{chat_port};\n{location}    }}\n"
    )
    return values


def make_site(values: Values) -> None:
    """Create the site and its members if necessary; their passwords are stored in VAR/plone/members.json."""
    members = os.path.join(values["CLUSTER"], "members.json")
    done = os.path.join(values["ZOPE"], "made")
    if os.path.exists(done):
        return
    say("creating the Plone site")
    shutil.rmtree(os.path.join(values["ZOPE"], "var"))  # an interrupted run may have left files
    os.makedirs(os.path.join(values["ZOPE"], "var"), mode=0o700)
    made = {user: (name, secrets.token_urlsafe(9), roles) for user, (name, roles) in MEMBERS.items()}
    write(values, members, json.dumps(made, indent=2))
    zconsole = os.path.join(values["VENV"], "bin", "zconsole")
    config = os.path.join(values["ZOPE"], "etc", "zope.conf")
    run(zconsole, "run", config, os.path.join(PARTS, "make_site.py"), PLONE_MEMBERS=members)
    with open(done, "w", encoding="utf-8"):
        pass


def announce(values: Values, supervisor: Process) -> None:
    """Print the URLs and the members' passwords when the site and the chat respond."""
    wanted = [f"{values['CHAT_URL']}/healthz", f"{values['PLONE_URL']}/login"]
    for _ in ticks(time.monotonic() + STARTING):
        if supervisor.poll() is not None:
            stop(f"supervisor exited immediately; see {values['LOGS']}/supervisord.log")
        if all(map(answers, wanted)):
            break
    else:
        stop(f"the site and the chat have not responded within {STARTING:.0f} s; see the files in {values['LOGS']}")
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
