// bfloat16 in memory and float32 in registers: values are widened when they are read and rounded when they are written,
// as TensorFlow's own casts do.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

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

/**
 * To the nearest, ties to even; NaN becomes the quiet NaN without a sign, which TensorFlow's cast keeps or drops
 * depending on the place in the tensor. NaN is replaced first: a choice between results would be made on 16-bit numbers,
 * for which compilers repack the condition.
 */
template <>
inline BFloat16 narrow<BFloat16>(float value) {
  const float number = value != value ? std::numeric_limits<float>::quiet_NaN() : value;
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

}  // namespace masq
