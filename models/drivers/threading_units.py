"""Units are threads. https://docs.python.org/3.11/library/threading.html"""

import queue


class Units:
    REMOVES_UNITS = False
    UNSUPPORTED = {
        ("fault", "signal_disposition"):
            "signal.signal works only in the main thread of the main interpreter",
    }
    make_channel = staticmethod(queue.SimpleQueue)
    make_lock = staticmethod(threading.Lock)

    @staticmethod
    def send(channel, message):
        channel.put(message)

    @staticmethod
    def wait(wait):
        return wait_blocking(wait, lambda channel: channel.get())

    @staticmethod
    def run(world, _bound_s):
        threads = []
        for unit in range(len(world.units)):
            # A daemon does not hold up the end of its process when others could not be started.
            thread = threading.Thread(target=run_blocking, args=(world, unit), daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                world.log.end(unit, "not_started", what=text_of(error))
                return join_for(threads, GRACE_AFTER_REFUSAL_S)
            threads.append(thread)
        for thread in threads:
            thread.join()

    @staticmethod
    def create_and_join(timer, rounds, batch):
        ran = []
        timer.start()
        for _ in range(rounds):
            threads = [threading.Thread(target=ran.append, args=(1,)) for _ in range(batch)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        timer.stop()
        return len(ran)

    @staticmethod
    def ping_pong(timer, switches, core_a, core_b):
        there, back = queue.SimpleQueue(), queue.SimpleQueue()

        def echo():
            os.sched_setaffinity(0, {core_b})
            while (turn := there.get()) is not None:
                back.put(turn + 1)

        os.sched_setaffinity(0, {core_a})
        thread = threading.Thread(target=echo)
        thread.start()
        turn = 0
        timer.start()
        while turn < switches:
            there.put(turn + 1)
            turn = back.get()
        timer.stop()
        there.put(None)
        thread.join()
        return turn


def join_for(threads, seconds):
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


UNITS = Units()
