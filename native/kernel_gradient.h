// The gradient of a convolution's kernel, from the valid steps of all rows.
#pragma once

#include "sequences.h"
#include "tiles.h"
#include "window.h"

#ifdef MASQ_HAS_TILES

namespace masq {
// Each file compiles its own: a function for several generations of processors has no common name to be merged by.
namespace {

MASQ_VECTORISED void interleave(const BFloat16* first, const BFloat16* second, uint32_t* word, int64_t count) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; i++) word[i] = first[i].bits | static_cast<uint32_t>(second[i].bits) << 16;
}
inline void interleave(const float* first, const float*, uint32_t* word, int64_t count) {
  std::memcpy(word, first, count * sizeof *word);
}

/** `sum[i] += x[i]`. */
MASQ_VECTORISED void addTo(float* sum, const float* x, int64_t count) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; i++) sum[i] += x[i];
}

/** The gradient of the kernel: for each tap the product of inputs and gradients over all valid steps. */
template <typename Number>
class KernelGradient {
 public:
  KernelGradient(const Number* x, const Sequences& inputs, const Number* dy, const Sequences& outputs,
                 const Window& window, float* gradient)
      : x_(x), inputs_(inputs), dy_(dy), outputs_(outputs), window_(window), gradient_(gradient) {
    divideSteps();
    divideGradient();
  }

  void compute() const {
    const int64_t size = window_.taps * inputs_.channels() * outputs_.channels();
    if (chunks_.empty()) {
      std::fill(gradient_, gradient_ + size, 0.0f);
      return;
    }
    const std::unique_ptr<float[]> others(new float[(slices_ - 1) * size]);
    const auto sumsOf = [&](int64_t slice) { return slice == 0 ? gradient_ : &others[(slice - 1) * size]; };
    const int64_t parts = static_cast<int64_t>(parts_.size());
    parallelFor(slices_ * parts, worth(outputs_.validSteps() * size),
                [&](int64_t item) { computePart(parts_[item % parts], item / parts, sumsOf(item / parts)); });
    parallelFor(window_.taps, (slices_ - 1) * size, [&](int64_t tap) {
      const int64_t first = tap * inputs_.channels() * outputs_.channels();
      for (int64_t slice = 1; slice < slices_; slice++) {
        addTo(gradient_ + first, sumsOf(slice) + first, inputs_.channels() * outputs_.channels());
      }
    });
  }

 private:
  static constexpr int64_t lanes_ = lanes<Number>;
  /** Words of steps that are added up in registers before they go to memory. */
  static constexpr int64_t wordsOfChunk = 256;
  /** Of a part: its words then stay in the second level of the cache. */
  static constexpr int64_t mostChannels = 128;
  static constexpr int64_t mostFilters = 128;
  /** Sums over all steps are those over so many slices of them, whatever the number of threads. */
  static constexpr int64_t mostSlices = 4;
  /** Items of work wanted, so that threads are busy to the end; each packs its words for itself. */
  static constexpr int64_t manyItems = 8;

  /** Some taps, channels and filters of the gradient, which one thread computes. */
  struct Part {
    /** Taps whose inputs begin at the same place of a word. */
    std::vector<int64_t> taps;
    int64_t channel;
    int64_t channels;
    int64_t filter;
    int64_t filters;
  };

  int64_t offset(int64_t tap) const { return tap * window_.dilation - window_.left; }

  void divideSteps() {
    int64_t filled = wordsOfChunk;
    for (int64_t row = 0; row < outputs_.batch(); row++) {
      for (int64_t first = 0; first < outputs_.length(row); first += wordsOfChunk * lanes_) {
        const int64_t words = std::min(wordsOfChunk, ceilDiv(outputs_.length(row) - first, lanes_));
        if (filled + words > wordsOfChunk) {
          chunks_.emplace_back();
          filled = 0;
        }
        chunks_.back().push_back({row, first, words});
        filled += words;
      }
    }
    slices_ = std::min<int64_t>(mostSlices, chunks_.size());
  }

  void divideGradient() {
    const int64_t blocks =
        ceilDiv(inputs_.channels(), mostChannels) * ceilDiv(outputs_.channels(), mostFilters);
    const size_t mostTaps = std::max<int64_t>(1, window_.taps * blocks * slices_ / manyItems);
    for (int64_t lane = 0; lane < lanes_; lane++) {
      std::vector<std::vector<int64_t>> groups;
      for (int64_t tap = 0; tap < window_.taps; tap++) {
        if (offset(tap) - floorDiv(offset(tap), lanes_) * lanes_ != lane) continue;
        if (groups.empty() || groups.back().size() == mostTaps) groups.emplace_back();
        groups.back().push_back(tap);
      }
      for (const std::vector<int64_t>& taps : groups) {
        for (int64_t channel = 0; channel < inputs_.channels(); channel += mostChannels) {
          for (int64_t filter = 0; filter < outputs_.channels(); filter += mostFilters) {
            parts_.push_back({taps, channel, std::min(mostChannels, inputs_.channels() - channel), filter,
                              std::min(mostFilters, outputs_.channels() - filter)});
          }
        }
      }
    }
  }

  void computePart(const Part& part, int64_t slice, float* sums) const {
    const int64_t low = floorDiv(offset(part.taps.front()), lanes_);
    const int64_t halo = floorDiv(offset(part.taps.back()), lanes_) - low;
    static thread_local std::vector<uint32_t> xWords, dyWords;
    const int64_t chunks = static_cast<int64_t>(chunks_.size());
    const int64_t firstChunk = slice * chunks / slices_, endChunk = (slice + 1) * chunks / slices_;
    for (int64_t chunk = firstChunk; chunk < endChunk; chunk++) {
      const std::vector<Segment>& segments = chunks_[chunk];
      int64_t words = 0;
      for (const Segment& segment : segments) words += segment.words;
      const int64_t count = static_cast<int64_t>(segments.size());
      xWords.resize((words + count * halo) * part.channels);
      uint32_t* at = xWords.data();
      for (const Segment& segment : segments) {
        at = pack(x_ + part.channel, inputs_, segment.row, segment.first + offset(part.taps.front()), segment.words + halo,
                  part.channels, part.channels, at);
      }
      const int64_t panels = ceilDiv(part.filters, panelWidth);
      dyWords.resize(panels * words * panelWidth);
      at = dyWords.data();
      for (int64_t panel = 0; panel < panels; panel++) {
        const int64_t filter = panel * panelWidth;
        for (const Segment& segment : segments) {
          at = pack(dy_ + part.filter + filter, outputs_, segment.row, segment.first, segment.words,
                    std::min(panelWidth, part.filters - filter), panelWidth, at);
        }
      }
      for (const int64_t tap : part.taps) {
        const uint32_t* const xOfTap = &xWords[(floorDiv(offset(tap), lanes_) - low) * part.channels];
        float* const gradient = sums + (tap * inputs_.channels() + part.channel) * outputs_.channels() + part.filter;
        for (int64_t panel = 0; panel < panels; panel++) {
          const int64_t filter = panel * panelWidth;
          forEachTile(part.channels, [&](const Tile& tile) {
            withHeight(tile, [&](auto rows) {
              gradientTile<Number, rows()>(xOfTap + tile.first, part.channels, halo,
                                           &dyWords[panel * words * panelWidth], segments.data(), count,
                                           gradient + tile.first * outputs_.channels() + filter, outputs_.channels(),
                                           part.filters - filter, chunk > firstChunk);
            });
          });
        }
      }
    }
  }

  /** Writes words `[words, width]` of `columns` columns from step `first` on, 0 beyond the valid steps. */
  static uint32_t* pack(const Number* values, const Sequences& sequences, int64_t row, int64_t first, int64_t words,
                        int64_t columns, int64_t width, uint32_t* to) {
    static const Number nothing[mostChannels] = {};
    const auto at = [&](int64_t step) {
      const bool inside = step >= 0 && step < sequences.length(row);
      return inside ? values + (row * sequences.time() + step) * sequences.channels() : nothing;
    };
    for (int64_t word = 0; word < words; word++, to += width) {
      const int64_t step = first + word * lanes_;
      interleave(at(step), at(step + 1), to, columns);
      std::fill(to + columns, to + width, 0u);
    }
    return to;
  }

  const Number* const x_;
  const Sequences& inputs_;
  const Number* const dy_;
  const Sequences& outputs_;
  const Window window_;
  float* const gradient_;
  std::vector<std::vector<Segment>> chunks_;
  int64_t slices_;
  std::vector<Part> parts_;
};

}  // namespace
}  // namespace masq

#endif
