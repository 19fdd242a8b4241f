"""Units are tasks of one event loop. https://docs.python.org/3.11/library/asyncio-task.html"""

import asyncio


class Units:
    REMOVES_UNITS = False
    UNSUPPORTED = {}
    make_channel = staticmethod(asyncio.Queue)
    make_lock = staticmethod(asyncio.Lock)

    @staticmethod
    def send(channel, message):
        channel.put_nowait(message)

    @staticmethod
    def run(world, _bound_s):
        asyncio.run(Units.gather(world))

    @staticmethod
    async def gather(world):
        units = range(len(world.units))
        await asyncio.gather(*(run_task(world, unit) for unit in units), return_exceptions=True)

    @staticmethod
    def create_and_join(timer, rounds, batch):
        ran = []

        async def unit():
            ran.append(1)

        async def create():
            # In the loop: making and closing it is no part of a unit.
            timer.start()
            for _ in range(rounds):
                await asyncio.gather(*(asyncio.create_task(unit()) for _ in range(batch)))
            timer.stop()

        asyncio.run(create())
        return len(ran)

    @staticmethod
    def ping_pong(timer, switches, core_a, _core_b):
        os.sched_setaffinity(0, {core_a})
        last, seen = "a", 0  # The task that the loop starts first: that is no switch.

        async def unit(name):
            nonlocal last, seen
            while seen < switches:
                seen += last != name
                last = name
                await asyncio.sleep(0)

        async def play():
            timer.start()
            await asyncio.gather(unit("a"), unit("b"))
            timer.stop()

        asyncio.run(play())
        return seen


async def run_task(world, unit):
    world.log.end(unit, "running")
    try:
        steps = interpret(world, unit)
        result = None
        while True:
            wait = steps.send(result)
            result = await wait_for(wait)
    except StopIteration:
        world.log.end(unit, "completed")
    except Exception as error:
        world.log.end(unit, "threw", what=text_of(error))
        raise


async def wait_for(wait):
    if wait[0] == "yield":
        await asyncio.sleep(0)
    elif wait[0] == "sleep":
        await asyncio.sleep(wait[1])
    elif wait[0] == "lock":
        await wait[1].acquire()
    else:
        return await wait[1].get()
    return None


UNITS = Units()
