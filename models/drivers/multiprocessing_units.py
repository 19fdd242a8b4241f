"""Units are child processes, started by fork.
https://docs.python.org/3.11/library/multiprocessing.html

The locks of `multiprocessing` are named POSIX semaphores, whose names would be left behind if the
driver were killed between making one and removing its name. A token in a pipe has no name.
"""

import multiprocessing

FORK = multiprocessing.get_context("fork")


class TokenLock:
    """Held by who took the only byte out of the pipe."""

    def __init__(self):
        self.taken_from, self.given_to = os.pipe()
        self.release()

    def acquire(self):
        os.read(self.taken_from, 1)

    def release(self):
        os.write(self.given_to, b"t")

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()


class Channel:
    """A multiprocessing.Pipe whose ends are used by one process at a time."""

    def __init__(self):
        self.reader, self.writer = FORK.Pipe(duplex=False)
        self.reading, self.writing = TokenLock(), TokenLock()

    def put(self, message):
        with self.writing:
            self.writer.send_bytes(message)

    def get(self):
        with self.reading:
            return self.reader.recv_bytes()


class Units:
    REMOVES_UNITS = True
    UNSUPPORTED = {}
    make_channel = staticmethod(Channel)
    make_lock = staticmethod(TokenLock)

    @staticmethod
    def send(channel, message):
        channel.put(message)

    @staticmethod
    def wait(wait):
        return wait_blocking(wait, Channel.get)

    @staticmethod
    def run(world, bound_s):
        deadline = time.monotonic() + bound_s
        processes = []
        for unit in range(len(world.units)):
            process = FORK.Process(target=run_blocking, args=(world, unit))
            try:
                process.start()
            except OSError as error:
                world.log.end(unit, "not_started", what=text_of(error))
                deadline = min(deadline, time.monotonic() + GRACE_AFTER_REFUSAL_S)
                break
            processes.append(process)
        for unit, process in enumerate(processes):
            process.join(max(0.0, deadline - time.monotonic()))
            note_end(world.log, unit, process, bound_s)

    @staticmethod
    def create_and_join(timer, rounds, batch):
        ran = 0
        timer.start()
        for _ in range(rounds):
            processes = [FORK.Process(target=int) for _ in range(batch)]
            for process in processes:
                process.start()
            for process in processes:
                process.join()
                ran += process.exitcode == 0
        timer.stop()
        return ran

    @staticmethod
    def ping_pong(timer, switches, core_a, core_b):
        here, there = FORK.Pipe()

        def echo():
            here.close()
            os.sched_setaffinity(0, {core_b})
            try:
                while True:
                    there.send(there.recv() + 1)
            except EOFError:
                return

        os.sched_setaffinity(0, {core_a})
        process = FORK.Process(target=echo)
        process.start()
        there.close()
        turn = 0
        timer.start(process.pid)
        while turn < switches:
            here.send(turn + 1)
            turn = here.recv()
        timer.stop()
        here.close()
        process.join()
        return turn if process.exitcode == 0 else 0


def note_end(log, unit, process, bound_s):
    if process.exitcode is None:
        process.kill()
        process.join()
        log.end(unit, "gave_up", what=gave_up_text(bound_s) + "; it was removed")
    elif process.exitcode < 0:
        log.end(unit, "signalled", -process.exitcode)
    elif log.kind(unit) not in ("completed", "threw"):
        log.end(unit, "exited", process.exitcode)


UNITS = Units()
