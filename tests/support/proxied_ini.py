"""An ini file for a server behind a proxy: the shipped one, with the limits and the database of tests."""

import configparser
import os

from tests.support.paths import TOP

INI = """\
[pipeline:main]
pipeline = proxies theme chat

[filter:proxies]
use = config:{top}/paster.ini#proxies

[filter:theme]
use = config:{top}/{theme}#theme

[app:chat]
use = config:{top}/tests/config/chat.ini#chat

[server:main]
use = config:{top}/tests/config/chat.ini
"""


def write_proxied_ini(folder, lines, theme="tests/config/chat.ini", **proxies):
    """Write chat.ini into `folder`, and return its path.

    `lines`: documented lines that override the file's; `theme`: the ini file with the theme's settings; `proxies`:
    more settings of the filter.
    """
    ini = configparser.RawConfigParser()
    ini.read_string(INI.format(top=TOP, theme=theme))
    ini.read_string(lines)
    for name, value in proxies.items():
        ini.set("filter:proxies", name, value)
    path = os.path.join(folder, "chat.ini")
    with open(path, "w") as file:
        ini.write(file)
    return path
