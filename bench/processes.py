"""Memory and CPU time of processes, as the kernel counts them."""

import os

#: What the kernel keeps for a connection that says nothing: the names of its caches in /proc/slabinfo.
SOCKET_CACHES = ("TCP", "TCPv6", "sock_inode_cache", "filp", "dentry", "eventpoll_epi", "eventpoll_pwq", "ep_head")


def family(pid):
    """Return `pid` and the processes that it has started, and those that these have."""
    found = [pid]
    for each in found:
        try:
            with open(f"/proc/{each}/task/{each}/children") as children:
                found += map(int, children.read().split())
        except OSError:
            continue  # it has just ended
    return found


def memory(pids):
    """Return the bytes that the processes hold, each page counted once."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            total += sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))
    return total


def cpu(pids):
    """Return the seconds that the processes have computed."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def kernel_memory():
    """Return the bytes that the kernel of this machine keeps for sockets, without what is under way (needs root)."""
    total = 0
    with open("/proc/slabinfo") as slabs:
        for line in slabs:
            name, *numbers = line.split()
            if name in SOCKET_CACHES:
                total += int(numbers[0]) * int(numbers[2])
    return total
