"""The interpreter of steps: what units share, and what each step does and records."""

import mmap
import os
import struct
import threading
import time

CELLS = 64
DAMAGED = 1 << 63

GLOBAL_CELLS = [0] * CELLS
THREAD = threading.local()


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
