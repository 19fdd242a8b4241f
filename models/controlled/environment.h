/// Environments: where a scenario runs. A scenario is a class template over one of them, so that
/// one source is explored and runs on real hardware.
///
/// In `Controlled` every operation is a step of a schedule (models/controlled/execution.h). In
/// `Real` (scenarios/real.h) it is the plain access or the atomic itself, inlined into the body, on
/// any BodyRuntime. `Batch` (scenarios/batch.h) is the same for units that block, where a body
/// never suspends and is compiled to a plain function.
#pragma once

#include <cstddef>

namespace assay {

struct Controlled {};
struct Real {};
struct Batch {};

/// A variable that units share. T is trivially copyable and has at most 8 bytes.
///   plain:  `co_await x.read()`, `co_await x.write(v)`;
///   atomic: `load(order)`, `store(v, order)`, `exchange`, `fetch_add`, `compare_exchange`, with
///           memory_order_seq_cst unless another is given;
///   a spin loop is a wait: `until_equal(unit, v, order)`, `until_not_equal`, `until_at_least`,
///           and `compare_exchange_when_equal(unit, expected, desired, order)`.
/// `value()` is no operation: for the time after all units ended. What may have to wait takes the
/// unit that waits.
template <typename Env, typename T>
class Shared;

/// N variables with one name, and an index; with one initial value or, in an array, one each.
template <typename Env, typename T, std::size_t N>
class SharedArray;

/// `co_await m.lock(unit)`, `co_await m.try_lock()`, `co_await m.unlock()`. Not recursive.
template <typename Env>
class Mutex;

/// `co_await c.wait(unit, m)`, `c.notify_one()`, `c.notify_all()`, each awaited. Without spurious
/// wake-ups; of several that wait any may be woken.
template <typename Env>
class ConditionVariable;

/// `co_await s.acquire(unit)`, `co_await s.release()`.
template <typename Env>
class Semaphore;

/// `co_await b.arrive_and_wait(unit)`, for a fixed number of units, again and again.
template <typename Env>
class Barrier;

/// A bounded queue of values: `co_await q.send(unit, v)`, `co_await q.receive(unit)`.
template <typename Env, typename T, std::size_t kCapacity>
class BoundedChannel;

/// The unit that runs a body; a cheap handle.
///   `index()`, `count()`; `co_await yield()`, `fence(order)`, `spawn(unit)`, `join(unit)`;
///   `require(condition, text)` fails the run. `text` is a literal.
template <typename Env>
class UnitOf;

namespace internal {
template <typename Env>
struct BodyType;
}  // namespace internal

/// The coroutine type of a body: `Body<Env> body(UnitOf<Env> unit)`.
template <typename Env>
using Body = typename internal::BodyType<Env>::Type;

}  // namespace assay
