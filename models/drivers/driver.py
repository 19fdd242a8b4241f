"""What the Python drivers have in common: requests, and the child that hosts a program.

A driver is log.py, steps.py, faults.py, this file, and then one of threading_units.py,
asyncio_units.py and multiprocessing_units.py, which defines `UNITS`. It speaks the protocol of
docs/driver_protocol.md: a request a line on standard input, an answer a line on standard output.

Each program runs in a child of the driver, forked from the state in which the driver started,
which lives to tell how that child ended.
"""

import json
import os
import resource
import select
import signal
import sys
import time
import traceback

VERSION = 1
GRACE_AFTER_REFUSAL_S = 1.0

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
    """Runs while units do what is measured: a hook starts and stops it.

    CPU time is that of this process, of the children that it waited for, and of the live ones that
    are named.
    """

    def start(self, *pids):
        self.pids = pids
        self.cpu_started = self.cpu()
        self.started = time.perf_counter_ns()

    def stop(self):
        self.ns = time.perf_counter_ns() - self.started
        self.cpu_ns = self.cpu() - self.cpu_started

    def cpu(self):
        # The clock of a process, as clock_getcpuclockid(3) numbers it.
        return cpu_ns() + sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in self.pids)


def run_costs(request):
    """Times itself, so that neither the start of the interpreter nor the protocol counts."""
    timer = Timer()
    affinity = os.sched_getaffinity(0)
    if request["costs"] == "create_and_join":
        seen = UNITS.create_and_join(timer, request["rounds"], request["batch"])
    else:
        seen = UNITS.ping_pong(timer, request["switches"], request["core_a"], request["core_b"])
    os.sched_setaffinity(0, affinity)
    return {"version": VERSION, "seen": seen, "ns": timer.ns, "cpu_ns": timer.cpu_ns}


def serve():
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer = run_costs(request) if "costs" in request else run_program(request)
        sys.stdout.buffer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
        sys.stdout.buffer.flush()
