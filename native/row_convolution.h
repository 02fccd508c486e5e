// Convolution of the valid steps of each row: the output, and with the kernel turned round the gradient of the input.
#pragma once

#include "sequences.h"
#include "tiles.h"
#include "transpose.h"
#include "window.h"

#ifdef MASQ_HAS_TILES

namespace masq {
// Each file compiles its own: a function for several generations of processors has no common name to be merged by.
namespace {

/** A word of two numbers, or of one where it holds no more. */
template <typename Number>
uint32_t wordOf(float first, float second) {
  uint32_t word;
  if constexpr (lanes<Number> == 1) {
    std::memcpy(&word, &first, sizeof word);
  } else {
    word = narrow<BFloat16>(first).bits | static_cast<uint32_t>(narrow<BFloat16>(second).bits) << 16;
  }
  return word;
}

/** `word[i] = (first[i], second[i])`. */
template <typename Number>
MASQ_VECTORISED void interleaveRounded(const float* first, const float* second, uint32_t* word, int64_t count) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; i++) word[i] = wordOf<Number>(first[i], second[i]);
}

/** A kernel as `outputTile` reads it: words `[panels of filters, taps, words of channels, panelWidth]`. */
template <typename Number>
class PackedKernel {
 public:
  /** Of a kernel `[taps, channels, filters]`. */
  static PackedKernel forward(const float* kernel, int64_t taps, int64_t channels, int64_t filters) {
    PackedKernel packed(taps, channels, filters);
    const std::vector<float> nothing(panelWidth);
    packed.forEachPanel([&](int64_t first, int64_t columns, uint32_t* to) {
      for (int64_t tap = 0; tap < taps; tap++) {
        for (int64_t channel = 0; channel < channels; channel += lanes<Number>, to += panelWidth) {
          const float* const row = kernel + (tap * channels + channel) * filters + first;
          interleaveRounded<Number>(row, channel + 1 < channels ? row + filters : nothing.data(), to, columns);
          std::fill(to + columns, to + panelWidth, 0u);
        }
      }
    });
    return packed;
  }

  /** Of the kernel with which the gradient goes back: filters and channels exchanged, the last tap first. */
  static PackedKernel backward(const float* kernel, int64_t taps, int64_t channels, int64_t filters) {
    PackedKernel packed(taps, filters, channels);
    packed.forEachPanel([&](int64_t first, int64_t columns, uint32_t* to) {
      for (int64_t tap = taps - 1; tap >= 0; tap--, to += packed.words_ * panelWidth) {
        transposeRows<Number>(kernel + (tap * channels + first) * filters, columns, filters, filters, to);
      }
    });
    return packed;
  }

  /** Words of the channels of a step. */
  int64_t words() const { return words_; }
  const uint32_t* panel(int64_t index) const { return &values_[index * panelSize()]; }

 private:
  PackedKernel(int64_t taps, int64_t channels, int64_t filters)
      : taps_(taps),
        channels_(channels),
        filters_(filters),
        words_(ceilDiv(channels, lanes<Number>)),
        values_(new uint32_t[ceilDiv(filters, panelWidth) * panelSize()]) {}

  int64_t panelSize() const { return taps_ * words_ * panelWidth; }

  /** Runs `pack(first column, columns, where to)` for every panel, in several threads where it is worth it. */
  template <typename Pack>
  void forEachPanel(const Pack& pack) {
    parallelFor(ceilDiv(filters_, panelWidth), taps_ * channels_ * filters_, [&](int64_t index) {
      const int64_t first = index * panelWidth;
      pack(first, std::min(panelWidth, filters_ - first), &values_[index * panelSize()]);
    });
  }

  int64_t taps_;
  int64_t channels_;
  int64_t filters_;
  int64_t words_;
  std::unique_ptr<uint32_t[]> values_;
};

/** What an item of work computes at most: a row of more tiles is divided. */
constexpr int64_t tilesOfChunk = 8;

/** `y[b, t] = Σ_tap x[b, t - left + tap · dilation] · kernel[tap]` at valid steps, 0 at others. */
template <typename Number>
class RowConvolution {
 public:
  RowConvolution(const Number* x, const Sequences& from, const PackedKernel<Number>& kernel, const Window& window,
                 Number* y, const Sequences& to)
      : x_(x), from_(from), kernel_(kernel), window_(window), y_(y), to_(to) {}

  void compute() const {
    const int64_t chunks = ceilDiv(to_.time(), tilesOfChunk * mostRows);
    const int64_t multiplications = to_.validSteps() * window_.taps * from_.channels() * to_.channels();
    parallelFor(to_.batch() * chunks, std::max(to_.values(), worth(multiplications)), [&](int64_t item) {
      const int64_t row = item / chunks, chunk = item % chunks, valid = to_.length(row);
      const int64_t first = chunk * valid / chunks, end = (chunk + 1) * valid / chunks;
      computeSteps(row, first, end - first);
      if (chunk == chunks - 1) {
        Number* const outputs = y_ + row * to_.time() * to_.channels();
        std::fill(outputs + valid * to_.channels(), outputs + to_.time() * to_.channels(), Number{});
      }
    });
  }

 private:
  void computeSteps(int64_t row, int64_t first, int64_t steps) const {
    const int64_t filters = to_.channels(), words = kernel_.words();
    Number* const outputs = y_ + (row * to_.time() + first) * filters;
    const Word* inputs[tilesOfChunk];
    // What tiles at the ends of a row read, with zeros around it, or where a step is no whole number of words.
    static thread_local std::vector<Number> copies[tilesOfChunk];
    forEachTile(steps, [&](const Tile& tile) {
      const int64_t begin = first + tile.first - window_.left, end = begin + tile.rows + window_.span();
      const bool direct = begin >= 0 && end <= from_.length(row) && from_.channels() % lanes<Number> == 0;
      if (!direct) copySteps(row, begin, end, copies[tile.index]);
      const Number* const source =
          direct ? x_ + (row * from_.time() + begin) * from_.channels() : copies[tile.index].data();
      inputs[tile.index] = reinterpret_cast<const Word*>(source);
    });
    for (int64_t filter = 0; filter < filters; filter += panelWidth) {
      const uint32_t* const panel = kernel_.panel(filter / panelWidth);
      forEachTile(steps, [&](const Tile& tile) {
        withHeight(tile, [&](auto rows) {
          outputTile<Number, rows()>(inputs[tile.index], words, window_.dilation * words, panel, window_.taps, words,
                                     outputs + tile.first * filters + filter, filters, filters - filter);
        });
      });
    }
  }

  /** Copies steps of a row, with zeros around its valid ones, as whole words. */
  void copySteps(int64_t row, int64_t begin, int64_t end, std::vector<Number>& copy) const {
    const int64_t width = kernel_.words() * lanes<Number>;
    copy.resize((end - begin) * width);
    Number* to = copy.data();
    for (int64_t step = begin; step < end; step++, to += width) {
      const int64_t copied = step >= 0 && step < from_.length(row) ? from_.channels() : 0;
      std::copy_n(x_ + (row * from_.time() + step) * from_.channels(), copied, to);
      std::fill(to + copied, to + width, Number{});
    }
  }

  const Number* const x_;
  const Sequences& from_;
  const PackedKernel<Number>& kernel_;
  const Window window_;
  Number* const y_;
  const Sequences& to_;
};

}  // namespace
}  // namespace masq

#endif
