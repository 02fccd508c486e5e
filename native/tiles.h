// The innermost loops of convolutions on processors with AVX-512: small matrix products whose results stay in registers.
// They read words of 32 bits: one float32 or two bfloat16, whose products an instruction adds up in float32.
#pragma once

// Clang 9 and GCC 10 know the instructions for bfloat16.
#if defined(__x86_64__) && (defined(__clang__) ? __clang_major__ >= 9 : __GNUC__ >= 10)
#define MASQ_HAS_TILES 1

#include <immintrin.h>

#include <cstdint>
#include <type_traits>

#include "bfloat16.h"

#define MASQ_TILE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

namespace masq {

/** A word of 32 bits, wherever it lies: in an array of words or of what is in them. */
using Word = uint32_t __attribute__((__may_alias__));

/** Numbers in a word. */
template <typename Number>
constexpr int64_t lanes = sizeof(uint32_t) / sizeof(Number);

/** Columns of a tile: two vectors of 16 numbers. */
constexpr int64_t panelWidth = 32;
/** Rows of a tile at most: with two vectors each they leave registers for three factors. */
constexpr int64_t mostRows = 14;

/** `sum + Σ a · b` over the numbers of each word. */
template <typename Number>
MASQ_TILE inline __m512 addProducts(__m512 sum, __m512i a, __m512i b) {
  if constexpr (lanes<Number> == 1) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  } else {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
  }
}

MASQ_TILE inline void storeRounded(__m512 values, float* to, __mmask16 which) { _mm512_mask_storeu_ps(to, which, values); }
MASQ_TILE inline void storeRounded(__m512 values, BFloat16* to, __mmask16 which) {
  _mm256_mask_storeu_epi16(to, which, (__m256i)_mm512_cvtneps_pbh(values));
}

/** Which of the first `columns` columns of a panel are in its first and in its second half. */
struct PanelMask {
  explicit PanelMask(int64_t columns) {
    const uint32_t all = columns >= panelWidth ? ~0u : (1u << columns) - 1;
    half[0] = static_cast<__mmask16>(all & 0xffff);
    half[1] = static_cast<__mmask16>(all >> 16);
  }
  __mmask16 half[2];
};

/**
 * `rows` steps of a convolution's output in a panel of filters:
 * `y[r, f] = Σ_tap Σ_word x[r · step + tap · tapStep + word] · kernel[tap, word, f]`.
 *
 * @param kernel words `[taps, words, panelWidth]`
 * @param filters so many of the panel are written
 */
template <typename Number, int rows>
MASQ_TILE void outputTile(const Word* x, int64_t step, int64_t tapStep, const uint32_t* kernel, int64_t taps,
                          int64_t words, Number* y, int64_t yStep, int64_t filters) {
  __m512 sums[rows][2];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
  for (int64_t tap = 0; tap < taps; tap++, x += tapStep) {
    const Word* at = x;
    for (int64_t word = 0; word < words; word++, kernel += panelWidth, at++) {
      const __m512i first = _mm512_loadu_si512(kernel), second = _mm512_loadu_si512(kernel + 16);
#pragma GCC unroll 16
      for (int r = 0; r < rows; r++) {
        const __m512i factor = _mm512_set1_epi32(static_cast<int>(at[r * step]));
        sums[r][0] = addProducts<Number>(sums[r][0], factor, first);
        sums[r][1] = addProducts<Number>(sums[r][1], factor, second);
      }
    }
  }
  const PanelMask mask(filters);
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    storeRounded(sums[r][0], y + r * yStep, mask.half[0]);
    storeRounded(sums[r][1], y + r * yStep + 16, mask.half[1]);
  }
}

/** Steps of one row of the batch: words of `lanes` steps from step `first` on. */
struct Segment {
  int64_t row;
  int64_t first;
  int64_t words;
};

/**
 * Writes the gradient of one tap, or adds to it, for `rows` channels and a panel of filters:
 * `gradient[r, f] = Σ_segment Σ_word x[word · channels + r] · dy[word, f]`.
 *
 * @param x words `[segment's words + halo, channels]` for one segment after the other
 * @param dy words `[words of all segments, panelWidth]`
 * @param filters so many of the panel are written
 */
template <typename Number, int rows>
MASQ_TILE void gradientTile(const uint32_t* x, int64_t channels, int64_t halo, const uint32_t* dy,
                            const Segment* segments, int64_t count, float* gradient, int64_t gradientStep,
                            int64_t filters, bool add) {
  __m512 sums[rows][2];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
  for (int64_t segment = 0; segment < count; segment++, x += halo * channels) {
    for (int64_t word = segments[segment].words; word > 0; word--, x += channels, dy += panelWidth) {
      const __m512i first = _mm512_loadu_si512(dy), second = _mm512_loadu_si512(dy + 16);
#pragma GCC unroll 16
      for (int r = 0; r < rows; r++) {
        const __m512i factor = _mm512_set1_epi32(static_cast<int>(x[r]));
        sums[r][0] = addProducts<Number>(sums[r][0], factor, first);
        sums[r][1] = addProducts<Number>(sums[r][1], factor, second);
      }
    }
  }
  const PanelMask mask(filters);
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    for (int half = 0; half < 2; half++) {
      float* const to = gradient + r * gradientStep + 16 * half;
      const __m512 before = _mm512_maskz_loadu_ps(add ? mask.half[half] : 0, to);
      _mm512_mask_storeu_ps(to, mask.half[half], _mm512_add_ps(before, sums[r][half]));
    }
  }
}

/** The rows `first`, …, `first + rows - 1` of a tile. */
struct Tile {
  int64_t index;
  int64_t first;
  int64_t rows;
};

/** Divides `total` rows into as few tiles as can be, of nearly equal height, and runs `run(tile)` for each. */
template <typename Run>
inline void forEachTile(int64_t total, const Run& run) {
  const int64_t tiles = (total + mostRows - 1) / mostRows;
  for (int64_t index = 0; index < tiles; index++) {
    const int64_t first = index * total / tiles;
    run(Tile{index, first, (index + 1) * total / tiles - first});
  }
}

/** Runs `run` with the height of a tile as a constant. */
template <typename Run>
inline void withHeight(const Tile& tile, const Run& run) {
  switch (tile.rows) {
#define MASQ_HEIGHT(rows) \
  case rows:              \
    return run(std::integral_constant<int, rows>());
    MASQ_HEIGHT(1)
    MASQ_HEIGHT(2)
    MASQ_HEIGHT(3)
    MASQ_HEIGHT(4)
    MASQ_HEIGHT(5)
    MASQ_HEIGHT(6)
    MASQ_HEIGHT(7)
    MASQ_HEIGHT(8)
    MASQ_HEIGHT(9)
    MASQ_HEIGHT(10)
    MASQ_HEIGHT(11)
    MASQ_HEIGHT(12)
    MASQ_HEIGHT(13)
    MASQ_HEIGHT(14)
#undef MASQ_HEIGHT
  }
}

}  // namespace masq

#endif
