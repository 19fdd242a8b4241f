// A concurrent algorithm of your own, written over an environment: `Env` is assay::Controlled where
// every operation is a step of a schedule, and assay::Real on threads (scenarios/scenario.h).
#pragma once

#include "models/controlled/environment.h"
#include "models/controlled/outcome.h"

// Every unit moves ten from one account to the other, unless that would overdraw it.
template <typename Env>
struct Transfers {
  assay::Mutex<Env> mutex{"mutex"};
  assay::Shared<Env, int> from{"from", 20};
  assay::Shared<Env, int> to{"to"};

  assay::Body<Env> body(assay::UnitOf<Env> unit) {
    co_await mutex.lock(unit);
    const int left = co_await from.read();
    if (left >= 10) {
      co_await from.write(left - 10);
      co_await to.write(co_await to.read() + 10);
    }
    co_await mutex.unlock();
  }
  // After all units ended.
  void finish(assay::Outcome& outcome) {
    outcome.record(to.value());
    outcome.require(from.value() + to.value() == 20, "no money is made or lost");
  }
};

// The same without the lock.
template <typename Env>
struct UnlockedTransfers {
  assay::Shared<Env, int> from{"from", 20};
  assay::Shared<Env, int> to{"to"};

  assay::Body<Env> body(assay::UnitOf<Env>) {
    const int left = co_await from.read();
    if (left >= 10) {
      co_await from.write(left - 10);
      co_await to.write(co_await to.read() + 10);
    }
  }
  void finish(assay::Outcome& outcome) {
    outcome.require(from.value() + to.value() == 20, "no money is made or lost");
  }
};
