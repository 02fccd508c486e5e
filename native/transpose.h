// Words of a matrix with rows and columns exchanged, 16 by 16, in registers of AVX-512.
#pragma once

#include "tiles.h"

#ifdef MASQ_HAS_TILES

namespace masq {

constexpr int64_t sideOfBlock = 16;

/** The first 16 words of a row of which `count` numbers are left; 0 beyond them. */
template <typename Number>
MASQ_TILE inline __m512i loadWords(const float* row, int64_t count) {
  const PanelMask mask(count);
  const __m512 first = _mm512_maskz_loadu_ps(mask.half[0], row);
  if constexpr (lanes<Number> == 1) {
    return _mm512_castps_si512(first);
  } else {
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(mask.half[1], row + 16), first);
  }
}

/** `rows[i][j]` becomes `rows[j][i]`: of pairs of words, then of fours, eights and sixteens. */
MASQ_TILE inline void transpose(__m512i (&rows)[sideOfBlock]) {
  __m512i other[sideOfBlock];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 2) {
    other[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    other[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(other[i], other[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(other[i], other[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(other[i + 1], other[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(other[i + 1], other[i + 3]);
  }
  // Now rows[4 k + j] has, in each quarter q, column 4 q + j of rows 4 k to 4 k + 3.
#pragma GCC unroll 16
  for (int j = 0; j < 4; j++) {
    const __m512i even01 = _mm512_shuffle_i32x4(rows[j], rows[4 + j], 0x88);
    const __m512i odd01 = _mm512_shuffle_i32x4(rows[j], rows[4 + j], 0xdd);
    const __m512i even23 = _mm512_shuffle_i32x4(rows[8 + j], rows[12 + j], 0x88);
    const __m512i odd23 = _mm512_shuffle_i32x4(rows[8 + j], rows[12 + j], 0xdd);
    other[j] = _mm512_shuffle_i32x4(even01, even23, 0x88);
    other[4 + j] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
    other[8 + j] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
    other[12 + j] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) rows[i] = other[i];
}

/**
 * `to[word, row] = words of rows[row]`, for `rows` rows of `count` numbers, `step` apart; 0 for the other rows of the
 * panel.
 *
 * @param to words `[words, panelWidth]`
 */
template <typename Number>
MASQ_TILE void transposeRows(const float* from, int64_t rows, int64_t count, int64_t step, uint32_t* to) {
  for (int64_t number = 0; number < count; number += sideOfBlock * lanes<Number>, to += sideOfBlock * panelWidth) {
    const int64_t left = (count - number + lanes<Number> - 1) / lanes<Number>;
    for (int64_t first = 0; first < panelWidth; first += sideOfBlock) {
      __m512i block[sideOfBlock];
      for (int64_t row = 0; row < sideOfBlock; row++) {
        const bool inside = first + row < rows;
        const float* const at = from + (first + row) * step + number;
        block[row] = inside ? loadWords<Number>(at, count - number) : _mm512_setzero_si512();
      }
      transpose(block);
      for (int64_t word = 0; word < sideOfBlock && word < left; word++) {
        _mm512_storeu_si512(to + word * panelWidth + first, block[word]);
      }
    }
  }
}

}  // namespace masq

#endif
