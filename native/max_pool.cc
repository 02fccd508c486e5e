// The maximum over windows of valid steps, and its gradient, which goes to the first of equal maxima.
#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

/** `best[c] = max(best[c], x[c])`; NaN is larger than everything. */
MASQ_VECTORISED void takeLarger(const float* x, float* best, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) best[c] = x[c] > best[c] || x[c] != x[c] ? x[c] : best[c];
}

/** As `takeLarger`, noting in `winner[c]` the step that the value is from. */
MASQ_VECTORISED void noteLarger(const float* x, float* best, int32_t* winner, int32_t step, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) {
    const bool larger = x[c] > best[c] || x[c] != x[c];
    best[c] = larger ? x[c] : best[c];
    winner[c] = larger ? step : winner[c];
  }
}

/** `dx[c] += dy[c]` where the step is the winner. */
MASQ_VECTORISED void addToWinner(const float* dy, const int32_t* winner, int32_t step, float* dx, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) dx[c] += winner[c] == step ? dy[c] : 0.0f;
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

class MaxOverWindows {
 public:
  explicit MaxOverWindows(const Attributes& attributes) : windows_(attributes) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0);
    const Sequences inputs(x, call.input(1));
    const Sequences outputs(inputs.channels(), call.input(2));
    require(outputs.batch() == inputs.batch(), "Both masks must have the same batch.");
    const Tensor y = call.output(0, outputs.shape());
    const int64_t channels = inputs.channels();
    parallelFor(inputs.batch(), inputs.values(), [&](int64_t row) {
      const float* const from = x.floats() + row * inputs.time() * channels;
      float* const to = y.floats() + row * outputs.time() * channels;
      for (int64_t output = 0; output < outputs.time(); output++) {
        float* const best = to + output * channels;
        const int64_t first = windows_.first(output), end = windows_.end(output, inputs.length(row));
        if (output >= outputs.length(row) || first >= end) {
          std::fill(best, best + channels, 0.0f);
          continue;
        }
        std::copy(from + first * channels, from + (first + 1) * channels, best);
        for (int64_t step = first + 1; step < end; step++) takeLarger(from + step * channels, best, channels);
      }
    });
  }

 private:
  Windows windows_;
};

class MaxOverWindowsGrad {
 public:
  explicit MaxOverWindowsGrad(const Attributes& attributes) : windows_(attributes) {}
  void compute(const Call& call) const {
    const Tensor dy = call.input(0);
    const Tensor x = call.input(1);
    const Sequences inputs(x, call.input(2));
    const Sequences outputs(inputs.channels(), call.input(3));
    require(outputs.batch() == inputs.batch(), "Both masks must have the same batch.");
    const float* const gradients = floatsOfShape(dy, outputs.shape());
    const Tensor dx = call.output(0, inputs.shape());
    const int64_t channels = inputs.channels();
    parallelFor(inputs.batch(), inputs.values(), [&](int64_t row) {
      const float* const from = x.floats() + row * inputs.time() * channels;
      float* const to = dx.floats() + row * inputs.time() * channels;
      std::fill(to, to + inputs.time() * channels, 0.0f);
      std::vector<float> best(channels);
      std::vector<int32_t> winner(channels);
      for (int64_t output = 0; output < outputs.length(row); output++) {
        const float* const gradient = gradients + (row * outputs.time() + output) * channels;
        const int64_t first = windows_.first(output), end = windows_.end(output, inputs.length(row));
        if (first >= end) continue;
        std::copy(from + first * channels, from + (first + 1) * channels, best.begin());
        std::fill(winner.begin(), winner.end(), static_cast<int32_t>(first));
        for (int64_t step = first + 1; step < end; step++) {
          noteLarger(from + step * channels, best.data(), winner.data(), static_cast<int32_t>(step), channels);
        }
        for (int64_t step = first; step < end; step++) {
          addToWinner(gradient, winner.data(), static_cast<int32_t>(step), to + step * channels, channels);
        }
      }
    });
  }

 private:
  Windows windows_;
};

}  // namespace

void registerMaxPool() {
  registerOperation<MaxOverWindows>({"MasqMaxOverWindows",
                                     {"x: float", "mask: bool", "output_mask: bool"},
                                     {"y: float"},
                                     {"size: int", "stride: int", "left: int"},
                                     unknownShapes});
  registerOperation<MaxOverWindowsGrad>({"MasqMaxOverWindowsGrad",
                                         {"dy: float", "x: float", "mask: bool", "output_mask: bool"},
                                         {"dx: float"},
                                         {"size: int", "stride: int", "left: int"},
                                         shapesOf<1>});
}

}  // namespace masq
