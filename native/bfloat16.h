// bfloat16 in memory and float32 in registers: values are widened when they are read and rounded when they are written,
// as TensorFlow's own casts do.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernel.h"

namespace masq {

/** The upper half of a float32. */
struct BFloat16 {
  uint16_t bits;
};

inline float widen(float value) { return value; }

inline float widen(BFloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float widened;
  std::memcpy(&widened, &bits, sizeof widened);
  return widened;
}

template <typename Number>
Number narrow(float value);

template <>
inline float narrow<float>(float value) {
  return value;
}

/** To the nearest, ties to even; NaN becomes the quiet NaN of its sign. */
template <>
inline BFloat16 narrow<BFloat16>(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const uint32_t quiet = ((bits >> 16) & 0x8000u) | 0x7fc0u;
  const bool isNan = (bits & 0x7fffffffu) > 0x7f800000u;
  return {static_cast<uint16_t>(isNan ? quiet : rounded)};
}

/** Calls `run` with a value of the C++ type that TensorFlow's type stands for, to be taken for its type alone. */
template <typename Run>
void withNumber(TF_DataType type, const Run& run) {
  if (type == TF_BFLOAT16) {
    run(BFloat16{});
  } else {
    require(type == TF_FLOAT, "The values must be float32 or bfloat16.");
    run(float{});
  }
}

}  // namespace masq
