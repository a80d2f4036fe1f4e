"""A self-hosted chat in which everyone reads a room through a translator."""

from typing import Any


def main(global_config: dict[str, str], **options: str) -> Any:
    """Return the WSGI application: the factory for PasteDeploy.

    Raises ConfigurationError, which names the setting, for an invalid value.
    """
    from piratechat.application import application  # commands start in half the time without it

    return application(options)
