"""What the Python drivers have in common: requests, the log of events, the interpreter of steps.

A driver is this file followed by one of threading_units.py, asyncio_units.py and
multiprocessing_units.py, which defines `UNITS`. It speaks the protocol of docs/driver_protocol.md:
a request a line on standard input, an answer a line on standard output.

Events go to an anonymous shared mapping, so that they survive whatever a unit does to the process
that hosts it. A program runs in a child of the driver, which lives to tell how that one ended.
"""

import json
import mmap
import os
import resource
import select
import signal
import struct
import sys
import threading
import time
import traceback

VERSION = 1
CELLS = 64
GRACE_AFTER_REFUSAL_S = 1.0
KINDS = ("not_started", "running", "completed", "exited", "signalled", "threw", "gave_up",
         "unsupported")
DAMAGED = 1 << 63
BLOCK = 16 * 1024 * 1024

GLOBAL_CELLS = [0] * CELLS
THREAD = threading.local()
KEPT = []  # What exhausting faults took.

# What Python has no way to do, whatever the units are.
UNSUPPORTED = {
    ("op", "registers"): "Python has no access to registers",
    ("op", "recurse"): "Python's frames have no address on a machine stack",
    ("identity", "stack_address"): "Python's frames have no address on a machine stack",
    ("identity", "errno"): "Python turns errno into exceptions and does not show it",
    ("identity", "rounding_mode"): "Python has no access to the floating-point environment",
    ("fault", "errno"): "Python turns errno into exceptions and cannot set it",
    ("fault", "rounding_mode"): "Python has no access to the floating-point environment",
}


class Log:
    """Ends and events of all units, and the clocks of the run, in shared memory."""

    CLOCKS = struct.Struct("qq")  # Wall and CPU time in ns.
    HEAD = struct.Struct("qqqq160s")  # Events used, end, code, bytes of text, text.
    EVENT = struct.Struct("QqQ")

    def __init__(self, units):
        self.offsets = []
        at = self.CLOCKS.size
        for steps in units:
            self.offsets.append(at)
            at += self.HEAD.size + len(steps) * self.EVENT.size
        self.memory = mmap.mmap(-1, at)

    def append(self, unit, step, value, aux):
        at = self.offsets[unit]
        used = struct.unpack_from("q", self.memory, at)[0]
        self.EVENT.pack_into(self.memory, at + self.HEAD.size + used * self.EVENT.size, step,
                             value, aux)
        struct.pack_into("q", self.memory, at, used + 1)

    def end(self, unit, kind, code=0, what=""):
        text = what.encode("utf-8", "replace")[:160]
        used = struct.unpack_from("q", self.memory, self.offsets[unit])[0]
        self.HEAD.pack_into(self.memory, self.offsets[unit], used, KINDS.index(kind), code,
                            len(text), text)

    def kind(self, unit):
        return KINDS[self.HEAD.unpack_from(self.memory, self.offsets[unit])[1]]

    def answer(self, unit):
        at = self.offsets[unit]
        used, kind, code, size, text = self.HEAD.unpack_from(self.memory, at)
        start = at + self.HEAD.size
        events = self.EVENT.iter_unpack(self.memory[start:start + used * self.EVENT.size])
        return {"end": end_of(KINDS[kind], code, text[:size].decode("utf-8", "ignore")),
                "events": list(events)}


class World:
    """What the units of one program share."""

    def __init__(self, program, log):
        self.units = program["units"]
        self.log = log
        self.channels = [UNITS.make_channel() for _ in range(program["channels"])]
        self.locks = [UNITS.make_lock() for _ in range(program["locks"])]
        self.heap = [0] * CELLS
        private = mmap.mmap(-1, CELLS * 8, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        shared = mmap.mmap(-1, CELLS * 8)
        stack = [0] * CELLS  # Reached by the closure below: the cell of a frame that lives on.
        regions = {
            "heap": lambda: self.heap,
            "global": lambda: GLOBAL_CELLS,
            "stack": lambda: stack,
            "thread_local": thread_local_cells,
            "private_mapping": lambda: private_cells,
            "shared_mapping": lambda: shared_cells,
        }
        private_cells = memoryview(private).cast("q")
        shared_cells = memoryview(shared).cast("q")
        self.cells = lambda region: regions[region]()

    def load(self, step):
        return self.cells(step["region"])[step["cell"]]

    def store(self, step, value):
        self.cells(step["region"])[step["cell"]] = value


def thread_local_cells():
    if not hasattr(THREAD, "cells"):
        THREAD.cells = [0] * CELLS
    return THREAD.cells


def interpret(world, unit):
    """Runs the steps of a unit. A generator: yields what the unit waits for ("yield",),
    ("sleep", seconds), ("receive", channel) or ("lock", lock), and is sent what came of it."""
    for index, step in enumerate(world.units[unit]):
        value, aux = yield from run_step(world, step)
        world.log.append(unit, index, value, aux)


def run_step(world, step):
    op = step["op"]
    value, aux = 0, 0
    if op == "write":
        world.store(step, step["value"])
    elif op == "read":
        value = world.load(step)
    elif op == "add":
        # A load and a store as two calls: CPython gives up the GIL at calls and backward jumps
        # only, so that `cells[i] += 1` by itself would never be torn.
        for _ in range(step["count"]):
            seen = world.load(step)
            world.store(step, seen + step["value"])
    elif op == "add_across":
        for _ in range(step["count"]):
            seen = world.load(step)
            yield ("yield",)
            world.store(step, seen + step["value"])
    elif op == "yield":
        for _ in range(step["count"]):
            yield ("yield",)
    elif op == "spin":
        value = spin(step["value"])
    elif op == "spin_until":
        value, aux = spin_until(world, step)
    elif op == "sleep":
        value = time.monotonic_ns()
        yield ("sleep", step["value"] / 1e9)
        aux = time.monotonic_ns()
    elif op == "send":
        UNITS.send(world.channels[step["cell"]], message_of(step["value"], step["count"]))
    elif op == "receive":
        value, aux = event_of((yield ("receive", world.channels[step["cell"]])))
    elif op == "lock":
        yield ("lock", world.locks[step["cell"]])
    elif op == "unlock":
        world.locks[step["cell"]].release()
    elif op == "await_end":
        while world.log.kind(step["cell"]) in ("not_started", "running"):
            yield ("yield",)
    elif op == "fault":
        FAULTS[step["fault"]]()
    elif op == "record":
        value = IDENTITIES[step["identity"]](world)
    return value, aux


def spin(cpu_ns):
    start = time.thread_time_ns()
    while True:
        used = time.thread_time_ns() - start
        if used >= cpu_ns:
            return used


def spin_until(world, step):
    start = time.thread_time_ns()
    while True:
        reached = world.load(step) >= step["value"]
        used = time.thread_time_ns() - start
        if reached or used > step["count"] * 1000:
            return int(reached), used


def filling(value, size):
    """Bytes after the value repeat a pattern that depends on it, so that damage shows."""
    pattern = bytes((value * 31 + i * 7 + 1) & 255 for i in range(256))
    return (pattern * (size // 256 + 1))[8:size]


def message_of(value, size):
    return struct.pack("<q", value)[:size] + filling(value, size)


def event_of(message):
    value = struct.unpack("<q", message[:8].ljust(8, b"\0"))[0]
    whole = message[8:] == filling(value, len(message))
    return value, len(message) | (0 if whole else DAMAGED)


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


def text_of(error):
    return f"{type(error).__name__}: {error}"


def run_blocking(world, unit):
    """A unit that may block: carries out at once what the interpreter waits for."""
    world.log.end(unit, "running")
    try:
        steps = interpret(world, unit)
        result = None
        while True:
            wait = steps.send(result)
            result = UNITS.wait(wait)
    except StopIteration:
        world.log.end(unit, "completed")
    except Exception as error:
        world.log.end(unit, "threw", what=text_of(error))
        raise


def wait_blocking(wait, receive):
    """What is the same for threads and processes."""
    if wait[0] == "yield":
        os.sched_yield()
    elif wait[0] == "sleep":
        time.sleep(wait[1])
    elif wait[0] == "lock":
        wait[1].acquire()
    else:
        return receive(wait[1])
    return None


def end_of(kind, code=0, what=""):
    end = {"kind": kind}
    if code:
        end["code"] = code
    if what:
        end["what"] = what
    return end


def why_unsupported(program):
    unsupported = {**UNSUPPORTED, **UNITS.UNSUPPORTED}
    for steps in program["units"]:
        for step in steps:
            for field in ("op", "identity", "fault"):
                reason = unsupported.get((field, step.get(field)))
                if reason:
                    return reason
    return ""


def host_program(program, log):
    """The life of the child that hosts the units."""
    import locale

    locale.setlocale(locale.LC_ALL, "C")
    if program["one_core"]:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        world = World(program, log)
    except OSError as error:
        log.end(0, "not_started", what=f"channels and locks: {text_of(error)}")
        return
    wall, cpu = time.monotonic_ns(), cpu_ns()
    UNITS.run(world, program["bound_ns"] / 1e9)
    Log.CLOCKS.pack_into(log.memory, 0, time.monotonic_ns() - wall, cpu_ns() - cpu)


def cpu_ns():
    seconds = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        seconds += usage.ru_utime + usage.ru_stime
    return int(seconds * 1e9)


def gave_up_text(bound_s):
    return f"after {bound_s * 1e3:.0f} ms"


def wait_for_host(child, bound_s, log, count):
    """Waits for the child until the bound; returns its end and gives up its units if it hangs."""
    descriptor = os.pidfd_open(child)
    ended = select.select([descriptor], [], [], bound_s)[0]
    os.close(descriptor)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        what = gave_up_text(bound_s)
        for unit in range(count):
            if log.kind(unit) == "running":
                log.end(unit, "gave_up", what=what + "; its host was removed")
        return end_of("gave_up", what=what)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        return end_of("signalled", -code)
    return end_of("exited", code) if code else end_of("completed")


def run_program(program):
    reason = why_unsupported(program)
    if reason:
        units = [{"end": end_of("unsupported", what=reason), "events": []}] * len(program["units"])
        return {"version": VERSION, "host": end_of("completed"), "wall_ns": 0, "cpu_ns": 0,
                "units": units}
    log = Log(program["units"])
    child = os.fork()
    if child == 0:
        status = 1
        try:
            host_program(program, log)
            status = 0
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(status)
    # Units that are processes are given up one by one, by their host, which lives a little longer.
    bound_s = program["bound_ns"] / 1e9
    bound_s += bound_s / 4 + 1 if UNITS.REMOVES_UNITS else 0
    host = wait_for_host(child, bound_s, log, len(program["units"]))
    wall, cpu = Log.CLOCKS.unpack_from(log.memory, 0)
    return {"version": VERSION, "host": host, "wall_ns": wall, "cpu_ns": cpu,
            "units": [log.answer(unit) for unit in range(len(program["units"]))]}


class Timer:
    """Runs while units do what is measured: a hook starts and stops it."""

    def start(self):
        self.started = time.perf_counter_ns()

    def stop(self):
        self.ns = time.perf_counter_ns() - self.started


def run_costs(request):
    """Times itself, so that neither the start of the interpreter nor the protocol counts."""
    timer = Timer()
    affinity = os.sched_getaffinity(0)
    if request["costs"] == "create_and_join":
        seen = UNITS.create_and_join(timer, request["rounds"], request["batch"])
    else:
        seen = UNITS.ping_pong(timer, request["switches"], request["core_a"], request["core_b"])
    os.sched_setaffinity(0, affinity)
    return {"version": VERSION, "seen": seen, "ns": timer.ns}


def serve():
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer = run_costs(request) if "costs" in request else run_program(request)
        sys.stdout.buffer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
        sys.stdout.buffer.flush()
