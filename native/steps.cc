// What happens step by step between convolutions besides normalisation: masking, the sum of branches, and the scaling
// of channels.
#include <cmath>

#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

/** `y = a + b`, not below `floor`; NaN stays NaN. */
MASQ_VECTORISED void add(const float* a, const float* b, float* y, int64_t values, float floor) {
#pragma GCC ivdep
  for (int64_t i = 0; i < values; i++) {
    const float sum = a[i] + b[i];
    y[i] = sum < floor ? floor : sum;
  }
}

/** `dx = dy` where `y > 0`, else 0. */
MASQ_VECTORISED void passPositive(const float* dy, const float* y, float* dx, int64_t values) {
#pragma GCC ivdep
  for (int64_t i = 0; i < values; i++) {
    const float gradient = dy[i];
    dx[i] = y[i] > 0 ? gradient : 0.0f;
  }
}

/** `y[t, c] = x[t, c] · gate[c]`. */
MASQ_VECTORISED void scale(const float* x, float* y, int64_t steps, int64_t channels, const float* gate) {
  for (int64_t t = 0; t < steps; t++, x += channels, y += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) y[c] = x[c] * gate[c];
  }
}

/** `dx[t, c] = dy[t, c] · gate[c]` and `sum[c] += Σ dy[t, c] · x[t, c]`. */
MASQ_VECTORISED void scaleGradients(const float* dy, const float* x, float* dx, int64_t steps, int64_t channels,
                                    const float* gate, float* sum) {
  int64_t t = 0;
  for (; t + 2 <= steps; t += 2) {
    const int64_t at = t * channels;
    const float *dy0 = dy + at, *dy1 = dy0 + channels, *x0 = x + at, *x1 = x0 + channels;
    float *dx0 = dx + at, *dx1 = dx0 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float g0 = dy0[c], g1 = dy1[c];
      sum[c] += g0 * x0[c] + g1 * x1[c];
      dx0[c] = g0 * gate[c];
      dx1[c] = g1 * gate[c];
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float g = dy[t * channels + c];
      sum[c] += g * x[t * channels + c];
      dx[t * channels + c] = g * gate[c];
    }
  }
}

class MaskSteps {
 public:
  explicit MaskSteps(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0});
    const Tensor x = call.input(0);
    const Sequences sequences(x, call.input(1));
    sequences.forEachPiece([&](const Piece& piece) {
      if (x.floats() != y.floats()) {
        std::memcpy(y.floats() + piece.offset, x.floats() + piece.offset,
                    piece.valid * sequences.channels() * sizeof(float));
      }
      sequences.zeroPadding(y.floats(), piece);
    });
  }
};

class Add {
 public:
  explicit Add(const Attributes& attributes) : floor_(attributes.flag("relu") ? 0.0f : -INFINITY) {}
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0, 1});
    const Tensor a = call.input(0), b = call.input(1);
    const Sequences sequences(a, call.input(2));
    floatsOfShape(b, a.shape());
    sequences.forEachPiece([&](const Piece& piece) {
      add(a.floats() + piece.offset, b.floats() + piece.offset, y.floats() + piece.offset,
          piece.valid * sequences.channels(), floor_);
      sequences.zeroPadding(y.floats(), piece);
    });
  }

 private:
  const float floor_;
};

/** The gradient before a ReLU whose result was y. */
class ReluGrad {
 public:
  explicit ReluGrad(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor dx = call.outputLike(0, 0, {0, 1});
    const Tensor dy = call.input(0), y = call.input(1);
    const Sequences sequences(dy, call.input(2));
    floatsOfShape(y, dy.shape());
    sequences.forEachPiece([&](const Piece& piece) {
      passPositive(dy.floats() + piece.offset, y.floats() + piece.offset, dx.floats() + piece.offset,
                   piece.valid * sequences.channels());
      sequences.zeroPadding(dx.floats(), piece);
    });
  }
};

class ScaleChannels {
 public:
  explicit ScaleChannels(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0});
    const Tensor x = call.input(0), gate = call.input(1);
    const Sequences sequences(x, call.input(2));
    const int64_t channels = sequences.channels();
    const float* gates = floatsOfShape(gate, {sequences.batch(), channels});
    sequences.forEachPiece([&](const Piece& piece) {
      scale(x.floats() + piece.offset, y.floats() + piece.offset, piece.valid, channels, gates + piece.row * channels);
      sequences.zeroPadding(y.floats(), piece);
    });
  }
};

class ScaleChannelsGrad {
 public:
  explicit ScaleChannelsGrad(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor dx = call.outputLike(0, 1, {0, 1});
    const Tensor dy = call.input(0), x = call.input(1), gate = call.input(2);
    const Sequences sequences(x, call.input(3));
    const int64_t channels = sequences.channels();
    floatsOfShape(dy, x.shape());
    const float* gates = floatsOfShape(gate, {sequences.batch(), channels});
    const Tensor dgate = call.output(1, gate.shape());
    const RowSums sums(sequences);
    sequences.forEachPiece([&](const Piece& piece) {
      scaleGradients(dy.floats() + piece.offset, x.floats() + piece.offset, dx.floats() + piece.offset, piece.valid,
                     channels, gates + piece.row * channels, sums.of(piece));
      sequences.zeroPadding(dx.floats(), piece);
    });
    sums.write(dgate.floats(), [](int64_t) { return 1.0; });
  }
};

}  // namespace

void registerSteps() {
  registerOperation<MaskSteps>({"MasqMaskSteps", {"x: float", "mask: bool"}, {"y: float"}, {}, shapesOf<0>});
  registerOperation<Add>(
      {"MasqAdd", {"a: float", "b: float", "mask: bool"}, {"y: float"}, {"relu: bool"}, shapesOf<0>});
  registerOperation<ReluGrad>(
      {"MasqReluGrad", {"dy: float", "y: float", "mask: bool"}, {"dx: float"}, {}, shapesOf<0>});
  registerOperation<ScaleChannels>(
      {"MasqScaleChannels", {"x: float", "gate: float", "mask: bool"}, {"y: float"}, {}, shapesOf<0>});
  registerOperation<ScaleChannelsGrad>({"MasqScaleChannelsGrad",
                                        {"dy: float", "x: float", "gate: float", "mask: bool"},
                                        {"dx: float", "dgate: float"},
                                        {},
                                        shapesOf<1, 2>});
}

}  // namespace masq
