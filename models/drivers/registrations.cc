// Makes the runtimes of this folder known by name in every program that links this file.
#include "models/drivers/posix_spawn.h"
#include "models/drivers/python.h"
#include "models/registry.h"

namespace assay {
namespace {

const RuntimeRegistration kPosixSpawn(spawn_runtime());
const RuntimeRegistration kPythonMultiprocessing(python_multiprocessing());
const RuntimeRegistration kPythonThreading(python_threading());
const RuntimeRegistration kPythonAsyncio(python_asyncio());

}  // namespace
}  // namespace assay
