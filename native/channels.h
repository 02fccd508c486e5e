// Passes over steps, channel by channel, that several operations make.
#pragma once

#include <cstdint>

#include "kernel.h"

namespace masq {
// Each file compiles its own: a function for several generations of processors has no common name to be merged by.
namespace {

/** `sum[c] += Σ x[t, c]`. */
template <typename X>
MASQ_VECTORISED void addSteps(const X* x, int64_t steps, int64_t channels, float* sum) {
  int64_t t = 0;
  for (; t + 4 <= steps; t += 4) {
    const X *x0 = x + t * channels, *x1 = x0 + channels, *x2 = x1 + channels, *x3 = x2 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      sum[c] += (widen(x0[c]) + widen(x1[c])) + (widen(x2[c]) + widen(x3[c]));
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) sum[c] += widen(x[t * channels + c]);
  }
}

/** `y[t, c] = x[t, c] · gate[c]`. */
template <typename X, typename Y>
MASQ_VECTORISED void scale(const X* x, Y* y, int64_t steps, int64_t channels, const float* gate) {
  for (int64_t t = 0; t < steps; t++, x += channels, y += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) y[c] = narrow<Y>(widen(x[c]) * gate[c]);
  }
}

}  // namespace
}  // namespace masq
