// What happens step by step between convolutions besides normalisation: masking, the sum of branches, and the scaling
// of channels.
#include <cmath>

#include "channels.h"
#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

/** `y = a + b`, not below `floor`; NaN stays NaN. */
template <typename A, typename B, typename Y>
MASQ_VECTORISED void add(const A* a, const B* b, Y* y, int64_t values, float floor) {
#pragma GCC ivdep
  for (int64_t i = 0; i < values; i++) {
    const float sum = widen(a[i]) + widen(b[i]);
    y[i] = narrow<Y>(sum < floor ? floor : sum);
  }
}

/** `dx = dy` where `y > 0`, else 0. */
template <typename DY, typename Y, typename DX>
MASQ_VECTORISED void passPositive(const DY* dy, const Y* y, DX* dx, int64_t values) {
#pragma GCC ivdep
  for (int64_t i = 0; i < values; i++) {
    const float gradient = widen(dy[i]);
    dx[i] = narrow<DX>(widen(y[i]) > 0 ? gradient : 0.0f);
  }
}

/** `dx[t, c] = dy[t, c] · gate[c]` and `sum[c] += Σ dy[t, c] · x[t, c]`. */
template <typename DY, typename X, typename DX>
MASQ_VECTORISED void scaleGradients(const DY* dy, const X* x, DX* dx, int64_t steps, int64_t channels,
                                    const float* gate, float* sum) {
  int64_t t = 0;
  for (; t + 2 <= steps; t += 2) {
    const int64_t at = t * channels;
    const DY *dy0 = dy + at, *dy1 = dy0 + channels;
    const X *x0 = x + at, *x1 = x0 + channels;
    DX *dx0 = dx + at, *dx1 = dx0 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float g0 = widen(dy0[c]), g1 = widen(dy1[c]);
      sum[c] += g0 * widen(x0[c]) + g1 * widen(x1[c]);
      dx0[c] = narrow<DX>(g0 * gate[c]);
      dx1[c] = narrow<DX>(g1 * gate[c]);
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float g = widen(dy[t * channels + c]);
      sum[c] += g * widen(x[t * channels + c]);
      dx[t * channels + c] = narrow<DX>(g * gate[c]);
    }
  }
}

template <typename X>
class MaskSteps {
 public:
  explicit MaskSteps(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0});
    const Tensor x = call.input(0);
    const Sequences sequences(x, call.input(1));
    sequences.forEachPiece([&](const Piece& piece) {
      const X* const from = x.values<X>() + piece.offset;
      X* const to = y.values<X>() + piece.offset;
      if (from != to) std::memcpy(to, from, piece.valid * sequences.channels() * sizeof(X));
      sequences.zeroPadding(y.values<X>(), piece);
    });
  }
};

template <typename A, typename B, typename Y>
class Add {
 public:
  explicit Add(const Attributes& attributes) : floor_(attributes.flag("relu") ? 0.0f : -INFINITY) {}
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0, 1});
    const Tensor a = call.input(0), b = call.input(1);
    const Sequences sequences(a, call.input(2));
    const A* const first = a.values<A>();
    const B* const second = valuesOfShape<B>(b, a.shape());
    sequences.forEachPiece([&](const Piece& piece) {
      add(first + piece.offset, second + piece.offset, y.values<Y>() + piece.offset,
          piece.valid * sequences.channels(), floor_);
      sequences.zeroPadding(y.values<Y>(), piece);
    });
  }

 private:
  const float floor_;
};

/** The gradient before a ReLU whose result was y. */
template <typename DY, typename Y, typename DX>
class ReluGrad {
 public:
  explicit ReluGrad(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor dx = call.outputLike(0, 0, {0, 1});
    const Tensor dy = call.input(0), y = call.input(1);
    const Sequences sequences(dy, call.input(2));
    const DY* const gradients = dy.values<DY>();
    const Y* const results = valuesOfShape<Y>(y, dy.shape());
    sequences.forEachPiece([&](const Piece& piece) {
      passPositive(gradients + piece.offset, results + piece.offset, dx.values<DX>() + piece.offset,
                   piece.valid * sequences.channels());
      sequences.zeroPadding(dx.values<DX>(), piece);
    });
  }
};

template <typename X, typename Y>
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
      scale(x.values<X>() + piece.offset, y.values<Y>() + piece.offset, piece.valid, channels,
            gates + piece.row * channels);
      sequences.zeroPadding(y.values<Y>(), piece);
    });
  }
};

template <typename DY, typename X, typename DX>
class ScaleChannelsGrad {
 public:
  explicit ScaleChannelsGrad(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor dx = call.outputLike(0, 1, {0, 1});
    const Tensor dy = call.input(0), x = call.input(1), gate = call.input(2);
    const Sequences sequences(x, call.input(3));
    const int64_t channels = sequences.channels();
    const DY* const gradients = valuesOfShape<DY>(dy, x.shape());
    const float* gates = floatsOfShape(gate, {sequences.batch(), channels});
    const Tensor dgate = call.output(1, gate.shape());
    const RowSums sums(sequences);
    sequences.forEachPiece([&](const Piece& piece) {
      scaleGradients(gradients + piece.offset, x.values<X>() + piece.offset, dx.values<DX>() + piece.offset,
                     piece.valid, channels, gates + piece.row * channels, sums.of(piece));
      sequences.zeroPadding(dx.values<DX>(), piece);
    });
    sums.write(dgate.floats(), [](int64_t) { return 1.0; });
  }
};

}  // namespace

void registerSteps() {
  registerOperation<MaskSteps, 1>(
      {"MasqMaskSteps", {"x: Tx", "mask: bool"}, {"y: Tx"}, {}, shapesOf<0>, {"Tx"}});
  registerOperation<Add, 3>({"MasqAdd",
                             {"a: Ta", "b: Tb", "mask: bool"},
                             {"y: Ty"},
                             {"relu: bool"},
                             shapesOf<0>,
                             {"Ta", "Tb", "Ty"}});
  registerOperation<ReluGrad, 3>({"MasqReluGrad",
                                  {"dy: Tdy", "y: Ty", "mask: bool"},
                                  {"dx: Tdx"},
                                  {},
                                  shapesOf<0>,
                                  {"Tdy", "Ty", "Tdx"}});
  registerOperation<ScaleChannels, 2>(
      {"MasqScaleChannels", {"x: Tx", "gate: float", "mask: bool"}, {"y: Ty"}, {}, shapesOf<0>, {"Tx", "Ty"}});
  registerOperation<ScaleChannelsGrad, 3>({"MasqScaleChannelsGrad",
                                           {"dy: Tdy", "x: Tx", "gate: float", "mask: bool"},
                                           {"dx: Tdx", "dgate: float"},
                                           {},
                                           shapesOf<1, 2>,
                                           {"Tdy", "Tx", "Tdx"}});
}

}  // namespace masq
