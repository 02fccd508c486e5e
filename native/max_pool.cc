// The maximum over windows of valid steps, and its gradient, which goes to the first of equal maxima.
#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

/** `best[c] = x[c]`. */
template <typename X>
MASQ_VECTORISED void take(const X* x, float* best, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) best[c] = widen(x[c]);
}

/** `best[c] = max(best[c], x[c])`; NaN is larger than everything. */
template <typename X>
MASQ_VECTORISED void takeLarger(const X* x, float* best, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) {
    const float value = widen(x[c]);
    best[c] = value > best[c] || value != value ? value : best[c];
  }
}

/** As `takeLarger`, noting in `winner[c]` the step that the value is from. */
template <typename X>
MASQ_VECTORISED void noteLarger(const X* x, float* best, int32_t* winner, int32_t step, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) {
    const float value = widen(x[c]);
    const bool larger = value > best[c] || value != value;
    best[c] = larger ? value : best[c];
    winner[c] = larger ? step : winner[c];
  }
}

/** `dx[c] += dy[c]` where the step is the winner. */
template <typename DY>
MASQ_VECTORISED void addToWinner(const DY* dy, const int32_t* winner, int32_t step, float* dx, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) dx[c] += winner[c] == step ? widen(dy[c]) : 0.0f;
}

/** `y[i] = x[i]`, rounded where need be. */
template <typename Y>
MASQ_VECTORISED void write(const float* x, Y* y, int64_t count) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; i++) y[i] = narrow<Y>(x[i]);
}

/** Which steps of a row an output step sees. */
class Windows {
 public:
  explicit Windows(const Attributes& attributes)
      : size_(attributes.integer("size")), stride_(attributes.integer("stride")), left_(attributes.integer("left")) {}
  int64_t first(int64_t output) const { return std::max<int64_t>(0, output * stride_ - left_); }
  int64_t end(int64_t output, int64_t length) const { return std::min(length, output * stride_ - left_ + size_); }

 private:
  int64_t size_;
  int64_t stride_;
  int64_t left_;
};

template <typename X, typename Y>
class MaxOverWindows {
 public:
  explicit MaxOverWindows(const Attributes& attributes) : windows_(attributes) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0);
    const Sequences inputs(x, call.input(1));
    const Sequences outputs(inputs.channels(), call.input(2));
    requireSameBatch(inputs, outputs);
    const Tensor y = call.output(0, outputs.shape());
    const int64_t channels = inputs.channels();
    inputs.forEachRow([&](int64_t row) {
      const X* const from = x.values<X>() + row * inputs.time() * channels;
      Y* const to = y.values<Y>() + row * outputs.time() * channels;
      std::vector<float> best(channels);
      for (int64_t output = 0; output < outputs.time(); output++) {
        const int64_t first = windows_.first(output), end = windows_.end(output, inputs.length(row));
        if (output < outputs.length(row) && first < end) {
          take(from + first * channels, best.data(), channels);
          for (int64_t step = first + 1; step < end; step++) takeLarger(from + step * channels, best.data(), channels);
        } else {
          std::fill(best.begin(), best.end(), 0.0f);
        }
        write(best.data(), to + output * channels, channels);
      }
    });
  }

 private:
  Windows windows_;
};

template <typename DY, typename X, typename DX>
class MaxOverWindowsGrad {
 public:
  explicit MaxOverWindowsGrad(const Attributes& attributes) : windows_(attributes) {}
  void compute(const Call& call) const {
    const Tensor dy = call.input(0);
    const Tensor x = call.input(1);
    const Sequences inputs(x, call.input(2));
    const Sequences outputs(inputs.channels(), call.input(3));
    requireSameBatch(inputs, outputs);
    const DY* const gradients = valuesOfShape<DY>(dy, outputs.shape());
    const Tensor dx = call.output(0, inputs.shape());
    const int64_t channels = inputs.channels();
    inputs.forEachRow([&](int64_t row) {
      const X* const from = x.values<X>() + row * inputs.time() * channels;
      const int64_t size = inputs.time() * channels;
      // Of several gradients the sum is rounded, once.
      std::vector<float> sums(size);
      std::vector<float> best(channels);
      std::vector<int32_t> winner(channels);
      for (int64_t output = 0; output < outputs.length(row); output++) {
        const DY* const gradient = gradients + (row * outputs.time() + output) * channels;
        const int64_t first = windows_.first(output), end = windows_.end(output, inputs.length(row));
        if (first >= end) continue;
        take(from + first * channels, best.data(), channels);
        std::fill(winner.begin(), winner.end(), static_cast<int32_t>(first));
        for (int64_t step = first + 1; step < end; step++) {
          noteLarger(from + step * channels, best.data(), winner.data(), static_cast<int32_t>(step), channels);
        }
        for (int64_t step = first; step < end; step++) {
          addToWinner(gradient, winner.data(), static_cast<int32_t>(step), &sums[step * channels], channels);
        }
      }
      write(sums.data(), dx.values<DX>() + row * size, size);
    });
  }

 private:
  Windows windows_;
};

}  // namespace

void registerMaxPool() {
  registerOperation<MaxOverWindows, 2>({"MasqMaxOverWindows",
                                        {"x: Tx", "mask: bool", "output_mask: bool"},
                                        {"y: Ty"},
                                        {"size: int", "stride: int", "left: int"},
                                        unknownShapes,
                                        {"Tx", "Ty"}});
  registerOperation<MaxOverWindowsGrad, 3>({"MasqMaxOverWindowsGrad",
                                            {"dy: Tdy", "x: Tx", "mask: bool", "output_mask: bool"},
                                            {"dx: Tdx"},
                                            {"size: int", "stride: int", "left: int"},
                                            shapesOf<1>,
                                            {"Tdy", "Tx", "Tdx"}});
}

}  // namespace masq
