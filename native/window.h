// Which steps a convolution reads, and what its two halves share.
#pragma once

#include <cstdint>

namespace masq {

/** ⌈a / b⌉ and ⌊a / b⌋ for b > 0. */
inline int64_t floorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
inline int64_t ceilDiv(int64_t a, int64_t b) { return floorDiv(a + b - 1, b); }

/** What so many multiplications are worth in values that a simple operation works on in the same time. */
inline int64_t worth(int64_t multiplications) { return multiplications / 32; }

/** Which steps an output step reads: `output - left + tap · dilation`. */
struct Window {
  int64_t taps;
  int64_t dilation;
  int64_t left;
  int64_t span() const { return (taps - 1) * dilation; }
  /** As the gradient reads its outputs: the other way round. */
  Window reversed() const { return {taps, dilation, span() - left}; }
};

}  // namespace masq
