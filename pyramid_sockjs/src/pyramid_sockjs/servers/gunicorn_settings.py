"""The settings of our gunicorn worker besides gunicorn's own."""

from typing import Any

from gunicorn.config import Setting, validate_pos_int


class ConnectionsPerAddress(Setting):
    """See `desc`."""

    name = "connections_per_address"
    section = "Worker Processes"
    cli = ["--connections-per-address"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 500
    desc = """\
        Maximum number of simultaneous connections from one client address; 0 for no limit.

        An IPv6 /64 network counts as one address.  WebSockets are not counted.
        """


class ConnectionsPerSecond(Setting):
    """See `desc`."""

    name = "connections_per_second"
    section = "Worker Processes"
    cli = ["--connections-per-second"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 100
    desc = """\
        Maximum number of new connections per second from one client address; 0 for no limit.

        Excess connections are delayed.  An IPv6 /64 network counts as one address.
        """


class WriteTimeout(Setting):
    """See `desc`."""

    name = "write_timeout"
    section = "Worker Processes"
    cli = ["--write-timeout"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 60
    desc = """\
        Write timeout in seconds: connections whose clients do not read are cut.
        """


class DrainTime(Setting):
    """See `desc`."""

    name = "drain_time"
    section = "Worker Processes"
    cli = ["--drain-time"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 0
    desc = """\
        Seconds for which a worker that has to end still accepts connections, and sends new clients elsewhere.

        New clients get 503, so that a load balancer uses other servers.  Then sessions are closed, and only then does
        the worker stop listening.  Must be less than `graceful_timeout`, which limits the whole shutdown.
        0: stop listening immediately.
        """


#: The settings of this worker besides gunicorn's own.
SETTINGS = (ConnectionsPerAddress, ConnectionsPerSecond, WriteTimeout, DrainTime)


def speed_up(cfg: Any) -> None:
    """Make the values of the settings attributes of `cfg`, which otherwise searches for them in its `__getattr__`.

    Each request reads dozens of settings, a tenth of the cost of a WebSocket handshake.  Nothing changes them while a
    worker serves.
    """
    vars(cfg).update({name: setting.get() for name, setting in cfg.settings.items()})
