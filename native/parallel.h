// Work in several threads: the C API has no way to TensorFlow's own pool.
#pragma once

#include <cstdint>
#include <functional>

namespace masq {

/**
 * Runs `run(0)`, …, `run(items - 1)` in the calling thread and, where there are at least `elements` enough to be worth
 * it, in threads of the pool, which join only while fewer are at work than TF_NUM_INTRAOP_THREADS says. Which thread
 * runs an item, and when, is left open; so results depend on neither as long as items write to different places. Throws
 * what an item throws.
 */
void parallelFor(int64_t items, int64_t elements, const std::function<void(int64_t)>& run);

}  // namespace masq
