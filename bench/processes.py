"""Memory and CPU time of processes, from the kernel's counters."""

import os

#: The names in /proc/slabinfo of the kernel's caches for an idle connection.
SOCKET_CACHES = ("TCP", "TCPv6", "sock_inode_cache", "filp", "dentry", "eventpoll_epi", "eventpoll_pwq", "ep_head")


def family(pid):
    """Return `pid` and its descendants."""
    found = [pid]
    for each in found:
        try:
            with open(f"/proc/{each}/task/{each}/children") as children:
                found += map(int, children.read().split())
        except OSError:
            continue  # it has just exited
    return found


def memory(pids):
    """Return the memory of the processes in bytes; shared pages are counted once."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            total += sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))
    return total


def cpu(pids):
    """Return the CPU time of the processes in seconds."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def kernel_memory():
    """Return the bytes that this machine's kernel uses for sockets, without data in transit (needs root)."""
    total = 0
    with open("/proc/slabinfo") as slabs:
        for line in slabs:
            name, *numbers = line.split()
            if name in SOCKET_CACHES:
                total += int(numbers[0]) * int(numbers[2])
    return total
