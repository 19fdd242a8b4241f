"""Faults that a step can raise, and identities that it can record."""

import mmap
import os
import resource
import signal
import threading
import time

BLOCK = 16 * 1024 * 1024

KEPT = []  # What exhausting faults took.


def raise_exception():
    raise RuntimeError("an injected exception")


def dereference_null():
    import ctypes

    ctypes.memset(0, 1, 1)


def loop_for_ever():
    while True:
        pass


def overflow_stack():
    # Ends in RecursionError: sys.setrecursionlimit stands between a program and its stack.
    return 1 + overflow_stack()


def exhaust_memory():
    with open("/proc/self/statm", encoding="ascii") as statm:
        in_use = int(statm.read().split()[0]) * mmap.PAGESIZE
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (in_use + 4 * BLOCK, hard))
    try:
        while True:
            KEPT.append(mmap.mmap(-1, BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    except (OSError, MemoryError):
        return


def exhaust_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 64), hard))
    try:
        while True:
            KEPT.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        return


def wait_for_ever():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def change_locale():
    import locale

    locale.setlocale(locale.LC_ALL, "C.UTF-8")


def on_signal(_number, _frame):
    pass


FAULTS = {
    "uncaught_exception": raise_exception,
    "abort": os.abort,
    "null_dereference": dereference_null,
    "exit": lambda: os._exit(7),
    "kill_own_task": lambda: signal.pthread_kill(threading.get_ident(), signal.SIGKILL),
    "endless_loop": loop_for_ever,
    "stack_overflow": overflow_stack,
    "memory_exhaustion": exhaust_memory,
    "descriptor_exhaustion": exhaust_descriptors,
    "deadlock": wait_for_ever,
    "locale": change_locale,
    "working_directory": lambda: os.chdir("/proc"),
    "umask": lambda: os.umask(0o123),
    "signal_disposition": lambda: signal.signal(signal.SIGUSR2, on_signal),
    "environment": lambda: os.environ.__setitem__("ASSAY_PROBE", "1"),
}


def cpu_of_task():
    with open("/proc/thread-self/stat", encoding="ascii", errors="replace") as stat:
        return int(stat.read().rsplit(")", 1)[1].split()[36])


def locale_is_set():
    import locale

    return int(locale.setlocale(locale.LC_ALL) != "C")


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def can_allocate():
    try:
        mmap.mmap(-1, BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        return 1
    except (OSError, MemoryError):
        return 0


def can_open():
    try:
        os.close(os.open("/dev/null", os.O_RDONLY))
        return 1
    except OSError:
        return 0


def switches(voluntary):
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return usage.ru_nvcsw if voluntary else usage.ru_nivcsw


IDENTITIES = {
    "process": lambda _: os.getpid(),
    "kernel_task": lambda _: threading.get_native_id(),
    "cpu": lambda _: cpu_of_task(),
    "time_ns": lambda _: time.monotonic_ns(),
    "task_cpu_time_ns": lambda _: time.thread_time_ns(),
    # id() tells objects apart that live at the same time, which is what an address is asked for.
    "thread_local_address": lambda _: id(thread_local_cells()),
    "heap_address": lambda world: id(world.heap),
    "voluntary_switches": lambda _: switches(True),
    "involuntary_switches": lambda _: switches(False),
    "locale": lambda _: locale_is_set(),
    "working_directory": lambda _: os.stat(".").st_ino,
    "umask": lambda _: current_umask(),
    "signal_disposition": lambda _: int(signal.getsignal(signal.SIGUSR2) is on_signal),
    "environment": lambda _: int("ASSAY_PROBE" in os.environ),
    "can_allocate": lambda _: can_allocate(),
    "can_open": lambda _: can_open(),
}
