// Convolution over time that neither reads padding nor spends time on it, for processors with AVX-512, in float32 and,
// where instructions for it are there, in bfloat16 with sums in float32.
#include "tiles.h"

#include "masq_ops.h"
#include "sequences.h"

#ifdef MASQ_HAS_TILES
#include <cpuid.h>
#endif

namespace masq {

#ifdef MASQ_HAS_TILES

namespace {

int64_t roundedUp(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t roundedDown(int64_t a, int64_t b) { return a >= 0 ? a / b : -roundedUp(-a, b); }

/** What so many multiplications are worth in values that a simple operation works on in the same time. */
int64_t worth(int64_t multiplications) { return multiplications / 32; }

/** Which steps an output step reads: `output - left + tap · dilation`. */
struct Window {
  int64_t taps;
  int64_t dilation;
  int64_t left;
  int64_t span() const { return (taps - 1) * dilation; }
  /** As the gradient reads its outputs: the other way round. */
  Window reversed() const { return {taps, dilation, span() - left}; }
};

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
        const float* const from = kernel + (tap * channels + first) * filters;
        // In blocks, so that the lines of memory that one column touches serve the next ones too.
        for (int64_t block = 0; block < packed.words_; block += wordsOfBlock) {
          const int64_t end = std::min(packed.words_, block + wordsOfBlock);
          for (int64_t column = 0; column < panelWidth; column++) {
            const float* const row = from + column * filters;
            for (int64_t word = block; word < end; word++) {
              const int64_t filter = word * lanes<Number>;
              to[word * panelWidth + column] =
                  column < columns ? wordOf<Number>(row[filter], filter + 1 < filters ? row[filter + 1] : 0.0f) : 0u;
            }
          }
        }
      }
    });
    return packed;
  }

  int64_t taps() const { return taps_; }
  int64_t channels() const { return channels_; }
  int64_t filters() const { return filters_; }
  /** Words of the channels of a step. */
  int64_t words() const { return words_; }
  const uint32_t* panel(int64_t index) const { return &values_[index * panelSize()]; }

 private:
  static constexpr int64_t wordsOfBlock = 8;

  PackedKernel(int64_t taps, int64_t channels, int64_t filters)
      : taps_(taps),
        channels_(channels),
        filters_(filters),
        words_(roundedUp(channels, lanes<Number>)),
        values_(new uint32_t[roundedUp(filters, panelWidth) * panelSize()]) {}

  int64_t panelSize() const { return taps_ * words_ * panelWidth; }

  /** Runs `pack(first column, columns, where to)` for every panel, in several threads where it is worth it. */
  template <typename Pack>
  void forEachPanel(const Pack& pack) {
    parallelFor(roundedUp(filters_, panelWidth), taps_ * channels_ * filters_, [&](int64_t index) {
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
    const int64_t chunks = roundedUp(to_.time(), tilesOfChunk * mostRows);
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
    const uint32_t* inputs[tilesOfChunk];
    static thread_local std::vector<Number> copies;
    copies.resize((steps + tilesOfChunk * window_.span()) * words * lanes<Number>);
    Number* copy = copies.data();
    forEachTile(steps, [&](const Tile& tile) {
      const int64_t begin = first + tile.first - window_.left, end = begin + tile.rows + window_.span();
      const bool direct = begin >= 0 && end <= from_.length(row) && from_.channels() % lanes<Number> == 0;
      const Number* const source = direct ? x_ + (row * from_.time() + begin) * from_.channels() : copy;
      if (!direct) copy = copySteps(row, begin, end, copy);
      inputs[tile.index] = reinterpret_cast<const uint32_t*>(source);
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

  /** Copies steps of a row, with zeros around its valid ones, as whole words; the end of the copy. */
  Number* copySteps(int64_t row, int64_t begin, int64_t end, Number* to) const {
    const int64_t width = kernel_.words() * lanes<Number>;
    for (int64_t step = begin; step < end; step++, to += width) {
      const int64_t copied = step >= 0 && step < from_.length(row) ? from_.channels() : 0;
      std::copy_n(x_ + (row * from_.time() + step) * from_.channels(), copied, to);
      std::fill(to + copied, to + width, Number{});
    }
    return to;
  }

  const Number* const x_;
  const Sequences& from_;
  const PackedKernel<Number>& kernel_;
  const Window window_;
  Number* const y_;
  const Sequences& to_;
};

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
    parallelFor(window_.taps, slices_ * size, [&](int64_t tap) {
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
        const int64_t words = std::min(wordsOfChunk, roundedUp(outputs_.length(row) - first, lanes_));
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
        roundedUp(inputs_.channels(), mostChannels) * roundedUp(outputs_.channels(), mostFilters);
    const size_t mostTaps = std::max<int64_t>(1, window_.taps * blocks * slices_ / manyItems);
    for (int64_t lane = 0; lane < lanes_; lane++) {
      std::vector<std::vector<int64_t>> groups;
      for (int64_t tap = 0; tap < window_.taps; tap++) {
        if (offset(tap) - roundedDown(offset(tap), lanes_) * lanes_ != lane) continue;
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
    const int64_t low = roundedDown(offset(part.taps.front()), lanes_);
    const int64_t lane = offset(part.taps.front()) - low * lanes_;
    const int64_t halo = roundedDown(offset(part.taps.back()), lanes_) - low;
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
        at = pack(x_ + part.channel, inputs_, segment.row, segment.first + low * lanes_ + lane, segment.words + halo,
                  part.channels, part.channels, at);
      }
      const int64_t panels = roundedUp(part.filters, panelWidth);
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
        const uint32_t* const xOfTap = &xWords[(roundedDown(offset(tap), lanes_) - low) * part.channels];
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

/** Attributes that the three operations share. */
class WindowAttributes {
 public:
  explicit WindowAttributes(const Attributes& attributes)
      : dilation_(attributes.integer("dilation")), left_(attributes.integer("left")) {}
  Window of(int64_t taps) const { return {taps, dilation_, left_}; }

 private:
  int64_t dilation_;
  int64_t left_;
};

void requireKernel(const Tensor& kernel) { require(kernel.rank() == 3, "The kernel must be [taps, channels, filters]."); }

template <typename Number>
class Convolution {
 public:
  explicit Convolution(const Attributes& attributes) : window_(attributes) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0), kernel = call.input(1);
    requireKernel(kernel);
    const Sequences inputs(x, call.input(2));
    const Sequences outputs(kernel.size(2), call.input(3));
    require(outputs.batch() == inputs.batch(), "Both masks must have the same batch.");
    require(inputs.channels() == kernel.size(1), "The kernel has other channels than the values.");
    const Tensor y = call.output(0, outputs.shape());
    const auto packed =
        PackedKernel<Number>::forward(kernel.floats(), kernel.size(0), kernel.size(1), kernel.size(2));
    const Window window = window_.of(kernel.size(0));
    RowConvolution<Number>(x.values<Number>(), inputs, packed, window, y.values<Number>(), outputs).compute();
  }

 private:
  WindowAttributes window_;
};

template <typename Number>
class ConvolutionInputGrad {
 public:
  explicit ConvolutionInputGrad(const Attributes& attributes) : window_(attributes) {}
  void compute(const Call& call) const {
    const Tensor dy = call.input(0), kernel = call.input(1);
    requireKernel(kernel);
    const Sequences inputs(kernel.size(1), call.input(2));
    const Sequences outputs(dy, call.input(3));
    require(outputs.batch() == inputs.batch(), "Both masks must have the same batch.");
    require(outputs.channels() == kernel.size(2), "The kernel has other filters than the gradient.");
    const Tensor dx = call.output(0, inputs.shape());
    const auto packed =
        PackedKernel<Number>::backward(kernel.floats(), kernel.size(0), kernel.size(1), kernel.size(2));
    const Window window = window_.of(kernel.size(0)).reversed();
    RowConvolution<Number>(dy.values<Number>(), outputs, packed, window, dx.values<Number>(), inputs).compute();
  }

 private:
  WindowAttributes window_;
};

template <typename Number>
class ConvolutionKernelGrad {
 public:
  explicit ConvolutionKernelGrad(const Attributes& attributes) : window_(attributes), taps_(attributes.integer("taps")) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0), dy = call.input(1);
    const Sequences inputs(x, call.input(2)), outputs(dy, call.input(3));
    require(outputs.batch() == inputs.batch(), "Both masks must have the same batch.");
    const Tensor gradient = call.output(0, {taps_, inputs.channels(), outputs.channels()});
    KernelGradient<Number>(x.values<Number>(), inputs, dy.values<Number>(), outputs, window_.of(taps_),
                           gradient.floats())
        .compute();
  }

 private:
  WindowAttributes window_;
  int64_t taps_;
};

/** Defines an operation with kernels for the types that the processor is quick with. */
template <template <typename> class Kernel>
void registerFor(const ConvolutionSupport& support, const Operation& operation) {
  defineOperation(operation);
  if (support.float32) registerKernel<Kernel<float>>(operation, {TF_FLOAT});
  if (support.bfloat16) registerKernel<Kernel<BFloat16>>(operation, {TF_BFLOAT16});
}

}  // namespace

ConvolutionSupport convolutionSupport() {
  __builtin_cpu_init();
  const bool vectors = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool products = __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 1u << 5) != 0;
  // Processors with units for whole matrices: TensorFlow uses these.
  const bool matrices = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & 1u << 22) != 0;
  return {vectors, vectors && products && !matrices};
}

void registerConvolution() {
  const ConvolutionSupport support = convolutionSupport();
  registerFor<Convolution>(support, {"MasqConvolution",
                                     {"x: T", "kernel: float", "mask: bool", "output_mask: bool"},
                                     {"y: T"},
                                     {"dilation: int", "left: int"},
                                     unknownShapes,
                                     {"T"}});
  registerFor<ConvolutionInputGrad>(support, {"MasqConvolutionInputGrad",
                                              {"dy: T", "kernel: float", "mask: bool", "output_mask: bool"},
                                              {"dx: T"},
                                              {"dilation: int", "left: int"},
                                              unknownShapes,
                                              {"T"}});
  registerFor<ConvolutionKernelGrad>(support, {"MasqConvolutionKernelGrad",
                                               {"x: T", "dy: T", "mask: bool", "output_mask: bool"},
                                               {"gradient: float"},
                                               {"taps: int", "dilation: int", "left: int"},
                                               unknownShapes,
                                               {"T"}});
}

#else

ConvolutionSupport convolutionSupport() { return {false, false}; }

void registerConvolution() {}

#endif

}  // namespace masq
