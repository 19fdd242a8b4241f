"""What is known of units, in memory that outlives whatever they do to the process that hosts them."""

import mmap
import struct

KINDS = ("not_started", "running", "completed", "exited", "signalled", "threw", "gave_up",
         "unsupported")


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


def end_of(kind, code=0, what=""):
    end = {"kind": kind}
    if code:
        end["code"] = code
    if what:
        end["what"] = what
    return end


def text_of(error):
    return f"{type(error).__name__}: {error}"
