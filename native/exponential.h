// The exponential function without calls or branches, so that a loop of it uses vectors.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernel.h"

namespace masq {

/** `e^x` for `x ≤ 0` to 1 unit in the last place, and 0 below -87; NaN for NaN. */
MASQ_INLINE float exponential(float x) {
  const float bounded = x < -87.0f ? -87.0f : x;
  // e^x = 2^n · e^r with |r| ≤ ln(2) / 2. A float32 of this size has no bits for fractions: adding it rounds to n.
  constexpr float rounding = 12582912.0f;
  constexpr uint32_t roundingBits = 0x4b400000u;
  const float shifted = bounded * 1.44269504f + rounding;
  const float n = shifted - rounding;
  // ln(2) in two parts, the first with so few bits that its product with n is exact.
  const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  // The polynomial of Cephes' expf.
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1;
  uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits - roundingBits + 127u) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return x < -87.0f ? 0.0f : p * power;
}

}  // namespace masq
