// Squeeze and excitation (Hu et al. 2018, arXiv:1709.01507): each channel of a row times a gate that two small layers
// compute from the means of all channels over the row's valid steps. A row is one item of work, because it usually fits
// the cache: what was read to squeeze it is there when it is scaled. Values and their gradients may be bfloat16 in
// memory; all that is computed is float32.
#include "bfloat16.h"
#include "exponential.h"
#include "channels.h"
#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

/** `sum[c] += Σ dy[t, c] · x[t, c]`. */
template <typename DY, typename X>
MASQ_VECTORISED void addProducts(const DY* dy, const X* x, int64_t steps, int64_t channels, float* sum) {
  int64_t t = 0;
  for (; t + 4 <= steps; t += 4) {
    const DY *dy0 = dy + t * channels, *dy1 = dy0 + channels, *dy2 = dy1 + channels, *dy3 = dy2 + channels;
    const X *x0 = x + t * channels, *x1 = x0 + channels, *x2 = x1 + channels, *x3 = x2 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      sum[c] += (widen(dy0[c]) * widen(x0[c]) + widen(dy1[c]) * widen(x1[c])) +
                (widen(dy2[c]) * widen(x2[c]) + widen(dy3[c]) * widen(x3[c]));
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) sum[c] += widen(dy[t * channels + c]) * widen(x[t * channels + c]);
  }
}

/** `dx[t, c] = dy[t, c] · gate[c] + constant[c]`. */
template <typename DY, typename DX>
MASQ_VECTORISED void inputGradient(const DY* dy, DX* dx, int64_t steps, int64_t channels, const float* gate,
                                   const float* constant) {
  for (int64_t t = 0; t < steps; t++, dy += channels, dx += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) dx[c] = narrow<DX>(widen(dy[c]) * gate[c] + constant[c]);
  }
}

/** `sum[i] += factor · x[i]`. */
MASQ_VECTORISED void addScaled(float* sum, const float* x, float factor, int64_t size) {
#pragma GCC ivdep
  for (int64_t i = 0; i < size; i++) sum[i] += factor * x[i];
}

/** `Σ a[i] · b[i]`, added up in the same order on every processor. */
MASQ_VECTORISED float dot(const float* a, const float* b, int64_t size) {
  constexpr int64_t lanes = 16;
  float sums[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    for (int64_t lane = 0; lane < lanes; lane++) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (int64_t lane = 0; i + lane < size; lane++) sums[lane] += a[i + lane] * b[i + lane];
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    for (int64_t lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

/** `1 / (1 + e^-s)` to 2.3 units in the last place, and 0 below -87; NaN for NaN. */
MASQ_INLINE float sigmoid(float s) {
  const float e = exponential(s < 0 ? s : -s);
  return (s < 0 ? e : 1.0f) / (1 + e);
}

/** `gate[c] = sigmoid(gate[c])`. */
MASQ_VECTORISED void sigmoidOf(float* gate, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) gate[c] = sigmoid(gate[c]);
}

/** `ds[c] = dgate[c] · gate[c] · (1 - gate[c])`. */
MASQ_VECTORISED void throughSigmoid(const float* dgate, const float* gate, float* ds, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) ds[c] = dgate[c] * gate[c] * (1 - gate[c]);
}

/** The matrices of the two layers, a row for each hidden unit. */
struct Bottleneck {
  int64_t channels, hidden;
  /** `[hidden, channels]`: transposed, so that sums run over neighbours. */
  std::vector<float> reduction;
  const float* expansion;

  /** Throws unless the matrices are `[channels, hidden]` and `[hidden, channels]`. */
  Bottleneck(const Tensor& reductionKernel, const Tensor& expansionKernel, int64_t channels)
      : channels(channels), hidden(reductionKernel.rank() == 2 ? reductionKernel.size(1) : 0) {
    const float* values = floatsOfShape(reductionKernel, {channels, hidden});
    expansion = floatsOfShape(expansionKernel, {hidden, channels});
    reduction.resize(hidden * channels);
    for (int64_t c = 0; c < channels; c++) {
      for (int64_t j = 0; j < hidden; j++) reduction[j * channels + c] = values[c * hidden + j];
    }
  }

  const float* reductionOf(int64_t unit) const { return &reduction[unit * channels]; }
  const float* expansionOf(int64_t unit) const { return expansion + unit * channels; }
};

/** Writes `factor` times what `add(piece, sum)` adds up over the pieces of a row, `[channels]`. */
template <typename Add>
void sumOverRow(const Sequences& sequences, int64_t row, double factor, float* sum, const Add& add) {
  const int64_t channels = sequences.channels();
  std::vector<float> part(channels);
  std::vector<double> total(channels);
  sequences.forEachPieceOf(row, [&](const Piece& piece) {
    if (piece.valid == 0) return;
    std::fill(part.begin(), part.end(), 0.0f);
    add(piece, part.data());
    for (int64_t c = 0; c < channels; c++) total[c] += part[c];
  });
  for (int64_t c = 0; c < channels; c++) sum[c] = static_cast<float>(total[c] * factor);
}

template <typename X, typename Y>
class SqueezeExcite {
 public:
  explicit SqueezeExcite(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor scaled = call.outputLike(0, 0, {0});
    const Tensor input = call.input(0);
    const X* x = input.values<X>();
    Y* y = scaled.values<Y>();
    const Tensor mask = call.input(1), reduction = call.input(2), reductionBias = call.input(3);
    const Tensor expansion = call.input(4), expansionBias = call.input(5);
    const Sequences sequences(input, mask);
    const int64_t channels = sequences.channels();
    const Bottleneck bottleneck(reduction, expansion, channels);
    const int64_t hidden = bottleneck.hidden;
    const float* hiddenBias = floatsOfShape(reductionBias, {hidden});
    const float* gateBias = floatsOfShape(expansionBias, {channels});
    const Tensor means = call.output(1, {sequences.batch(), channels});
    const Tensor units = call.output(2, {sequences.batch(), hidden});
    const Tensor gates = call.output(3, {sequences.batch(), channels});
    sequences.forEachRow([&](int64_t row) {
      float *z = means.floats() + row * channels, *h = units.floats() + row * hidden;
      float* gate = gates.floats() + row * channels;
      const double share = 1.0 / std::max<int64_t>(1, sequences.length(row));
      sumOverRow(sequences, row, share, z, [&](const Piece& piece, float* sum) {
        addSteps(x + piece.offset, piece.valid, channels, sum);
      });
      std::copy(gateBias, gateBias + channels, gate);
      for (int64_t j = 0; j < hidden; j++) {
        const float unit = dot(z, bottleneck.reductionOf(j), channels) + hiddenBias[j];
        h[j] = unit < 0 ? 0 : unit;
        addScaled(gate, bottleneck.expansionOf(j), h[j], channels);
      }
      sigmoidOf(gate, channels);
      sequences.forEachPieceOf(row, [&](const Piece& piece) {
        scale(x + piece.offset, y + piece.offset, piece.valid, channels, gate);
        sequences.zeroPadding(y, piece);
      });
    });
  }
};

template <typename DY, typename X, typename DX>
class SqueezeExciteGrad {
 public:
  explicit SqueezeExciteGrad(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor inputGradients = call.outputLike(0, 1, {0, 1});
    const Tensor gradients = call.input(0), input = call.input(1);
    require(gradients.shape() == input.shape(), "The gradient must have the shape of the values.");
    const DY* dy = gradients.values<DY>();
    const X* x = input.values<X>();
    DX* dx = inputGradients.values<DX>();
    const Tensor mask = call.input(2), means = call.input(3), units = call.input(4), gates = call.input(5);
    const Tensor reduction = call.input(6), expansion = call.input(7);
    const Sequences sequences(input, mask);
    const int64_t batch = sequences.batch(), channels = sequences.channels();
    const Bottleneck bottleneck(reduction, expansion, channels);
    const int64_t hidden = bottleneck.hidden;
    const float* z = floatsOfShape(means, {batch, channels});
    const float* h = floatsOfShape(units, {batch, hidden});
    const float* gate = floatsOfShape(gates, {batch, channels});

    // Gradients before the sigmoid, `[batch, channels]`, and before the ReLU, `[batch, hidden]`.
    const std::unique_ptr<float[]> ds(new float[batch * channels]), dh(new float[batch * hidden]);
    sequences.forEachRow([&](int64_t row) {
      const float* rowGate = gate + row * channels;
      float* rowDs = &ds[row * channels];
      std::vector<float> dgate(channels), constant(channels);
      sumOverRow(sequences, row, 1, dgate.data(), [&](const Piece& piece, float* sum) {
        addProducts(dy + piece.offset, x + piece.offset, piece.valid, channels, sum);
      });
      throughSigmoid(dgate.data(), rowGate, rowDs, channels);
      const float length = static_cast<float>(std::max<int64_t>(1, sequences.length(row)));
      for (int64_t j = 0; j < hidden; j++) {
        const int64_t unit = row * hidden + j;
        dh[unit] = h[unit] > 0 ? dot(rowDs, bottleneck.expansionOf(j), channels) : 0;
        addScaled(constant.data(), bottleneck.reductionOf(j), dh[unit] / length, channels);
      }
      sequences.forEachPieceOf(row, [&](const Piece& piece) {
        inputGradient(dy + piece.offset, dx + piece.offset, piece.valid, channels, rowGate, constant.data());
        sequences.zeroPadding(dx, piece);
      });
    });

    const Tensor dreduction = call.output(1, reduction.shape()), dreductionBias = call.output(2, {hidden});
    const Tensor dexpansion = call.output(3, expansion.shape()), dexpansionBias = call.output(4, {channels});
    parallelFor(hidden, batch * hidden * channels, [&](int64_t j) {
      std::vector<float> column(channels);
      float* line = dexpansion.floats() + j * channels;
      std::fill(line, line + channels, 0.0f);
      float bias = 0;
      for (int64_t row = 0; row < batch; row++) {
        const int64_t unit = row * hidden + j;
        addScaled(column.data(), z + row * channels, dh[unit], channels);
        addScaled(line, &ds[row * channels], h[unit], channels);
        bias += dh[unit];
      }
      for (int64_t c = 0; c < channels; c++) dreduction.floats()[c * hidden + j] = column[c];
      dreductionBias.floats()[j] = bias;
    });
    std::fill(dexpansionBias.floats(), dexpansionBias.floats() + channels, 0.0f);
    for (int64_t row = 0; row < batch; row++) addScaled(dexpansionBias.floats(), &ds[row * channels], 1, channels);
  }
};

}  // namespace

void registerSqueezeExcite() {
  registerOperation<SqueezeExcite, 2>(
      {"MasqSqueezeExcite",
       {"x: Tx", "mask: bool", "reduction: float", "reduction_bias: float", "expansion: float",
        "expansion_bias: float"},
       {"y: Ty", "z: float", "h: float", "gate: float"},
       {},
       shapesOf<0>,
       {"Tx", "Ty"}});
  registerOperation<SqueezeExciteGrad, 3>(
      {"MasqSqueezeExciteGrad",
       {"dy: Tdy", "x: Tx", "mask: bool", "z: float", "h: float", "gate: float", "reduction: float",
        "expansion: float"},
       {"dx: Tdx", "dreduction: float", "dreduction_bias: float", "dexpansion: float", "dexpansion_bias: float"},
       {},
       shapesOf<1, 6>,
       {"Tdy", "Tx", "Tdx"}});
}

}  // namespace masq
