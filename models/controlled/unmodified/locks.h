/// Mutexes of the explored program, for those who wait with one.
#pragma once

#include <pthread.h>

#include "models/controlled/unmodified/program.h"

namespace assay::unmodified {

Object& mutex_at(Program& program, const pthread_mutex_t* mutex);
/// As a step that may have to wait.
void lock_again(Program& program, Object& mutex);
/// Takes note that the current unit holds the mutex now, or no more: a part of its state.
void note_held(Program& program, const Object& mutex, bool now);

}  // namespace assay::unmodified
