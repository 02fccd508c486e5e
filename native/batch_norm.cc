// Batch normalisation over valid steps, forward, backward and with given statistics, with or without a ReLU after it.
#include <cmath>

#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

/** `y = (x - mean) · scale + beta` by channel: what forward and backward must compute to the same bit. */
struct Affine {
  std::vector<float> mean, scale, beta, inverse;

  Affine(const Tensor& gamma, const Tensor& beta, const Tensor& mean, const Tensor& variance, float epsilon,
         int64_t channels)
      : mean(copy(mean, channels)), scale(copy(gamma, channels)), beta(copy(beta, channels)) {
    const std::vector<float> variances = copy(variance, channels);
    for (int64_t c = 0; c < channels; c++) {
      const double root = 1 / std::sqrt(static_cast<double>(variances[c]) + epsilon);
      inverse.push_back(static_cast<float>(root));
      scale[c] = static_cast<float>(scale[c] * root);
    }
  }

 private:
  static std::vector<float> copy(const Tensor& tensor, int64_t channels) {
    const float* values = floatsOfShape(tensor, {channels});
    return {values, values + channels};
  }
};

/** `sum[c] += Σ (x[t, c] - shift[c])`. */
template <typename X>
MASQ_VECTORISED void addDifferences(const X* x, int64_t steps, int64_t channels, const float* shift, float* sum) {
  int64_t t = 0;
  for (; t + 4 <= steps; t += 4) {
    const X *x0 = x + t * channels, *x1 = x0 + channels, *x2 = x1 + channels, *x3 = x2 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      sum[c] += ((widen(x0[c]) - shift[c]) + (widen(x1[c]) - shift[c])) +
                ((widen(x2[c]) - shift[c]) + (widen(x3[c]) - shift[c]));
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) sum[c] += widen(x[t * channels + c]) - shift[c];
  }
}

/** `sum[c] += Σ (x[t, c] - shift[c] - offset[c])²`. */
template <typename X>
MASQ_VECTORISED void addSquares(const X* x, int64_t steps, int64_t channels, const float* shift, const float* offset,
                                float* sum) {
  int64_t t = 0;
  for (; t + 4 <= steps; t += 4) {
    const X *x0 = x + t * channels, *x1 = x0 + channels, *x2 = x1 + channels, *x3 = x2 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float d0 = widen(x0[c]) - shift[c] - offset[c], d1 = widen(x1[c]) - shift[c] - offset[c];
      const float d2 = widen(x2[c]) - shift[c] - offset[c], d3 = widen(x3[c]) - shift[c] - offset[c];
      sum[c] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float d = widen(x[t * channels + c]) - shift[c] - offset[c];
      sum[c] += d * d;
    }
  }
}

/** `y = (x - mean) · scale + beta`, not below `floor`; NaN stays NaN. */
template <typename X, typename Y>
MASQ_VECTORISED void normalize(const X* x, Y* y, int64_t steps, int64_t channels, const float* mean, const float* scale,
                               const float* beta, float floor) {
  const auto value = [&](X from, int64_t c) {
    const float affine = (widen(from) - mean[c]) * scale[c] + beta[c];
    return narrow<Y>(affine < floor ? floor : affine);
  };
  int64_t t = 0;
  for (; t + 2 <= steps; t += 2) {
    const X *x0 = x + t * channels, *x1 = x0 + channels;
    Y *y0 = y + t * channels, *y1 = y0 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      y0[c] = value(x0[c], c);
      y1[c] = value(x1[c], c);
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) y[t * channels + c] = value(x[t * channels + c], c);
  }
}

/** The gradient before the ReLU: that of `y` where `y` came through. */
template <bool relu>
MASQ_INLINE float throughRelu(float dy, float centred, float scale, float beta) {
  return !relu || centred * scale + beta > 0 ? dy : 0.0f;
}

template <bool relu, typename DY, typename X>
MASQ_INLINE void addGradients(const DY* dy, const X* x, int64_t steps, int64_t channels, const float* mean,
                              const float* scale, const float* beta, float* sum, float* product) {
  int64_t t = 0;
  for (; t + 2 <= steps; t += 2) {
    const X *x0 = x + t * channels, *x1 = x0 + channels;
    const DY *dy0 = dy + t * channels, *dy1 = dy0 + channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float d0 = widen(x0[c]) - mean[c], d1 = widen(x1[c]) - mean[c];
      const float g0 = throughRelu<relu>(widen(dy0[c]), d0, scale[c], beta[c]);
      const float g1 = throughRelu<relu>(widen(dy1[c]), d1, scale[c], beta[c]);
      sum[c] += g0 + g1;
      product[c] += g0 * d0 + g1 * d1;
    }
  }
  for (; t < steps; t++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float d = widen(x[t * channels + c]) - mean[c];
      const float g = throughRelu<relu>(widen(dy[t * channels + c]), d, scale[c], beta[c]);
      sum[c] += g;
      product[c] += g * d;
    }
  }
}

/** `sum[c] += Σ g` and `product[c] += Σ g · (x - mean)`, g being the gradient before the ReLU. */
template <typename DY, typename X>
MASQ_VECTORISED void addGradients(const DY* dy, const X* x, int64_t steps, int64_t channels, const float* mean,
                                  const float* scale, const float* beta, bool relu, float* sum, float* product) {
  if (relu) {
    addGradients<true>(dy, x, steps, channels, mean, scale, beta, sum, product);
  } else {
    addGradients<false>(dy, x, steps, channels, mean, scale, beta, sum, product);
  }
}

template <bool relu, typename DY, typename X, typename DX>
MASQ_INLINE void inputGradient(const DY* dy, const X* x, DX* dx, int64_t steps, int64_t channels,
                               const float* mean, const float* scale, const float* beta, const float* constant,
                               const float* slope) {
  for (int64_t t = 0; t < steps; t++, x += channels, dy += channels, dx += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; c++) {
      const float d = widen(x[c]) - mean[c];
      const float g = throughRelu<relu>(widen(dy[c]), d, scale[c], beta[c]);
      dx[c] = narrow<DX>(scale[c] * (g - constant[c] - d * slope[c]));
    }
  }
}

/** `dx = scale · (g - constant - (x - mean) · slope)`. */
template <typename DY, typename X, typename DX>
MASQ_VECTORISED void inputGradient(const DY* dy, const X* x, DX* dx, int64_t steps, int64_t channels,
                                   const float* mean, const float* scale, const float* beta, bool relu,
                                   const float* constant, const float* slope) {
  if (relu) {
    inputGradient<true>(dy, x, dx, steps, channels, mean, scale, beta, constant, slope);
  } else {
    inputGradient<false>(dy, x, dx, steps, channels, mean, scale, beta, constant, slope);
  }
}

/** `total[c] += factor · part[c]`. */
MASQ_VECTORISED void addPart(double* total, const double* part, double factor, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) total[c] += factor * part[c];
}

/** `total[c] += spread[c] + steps · (mean[c] - whole[c])²`. */
MASQ_VECTORISED void addSpread(double* total, const double* spread, const double* mean, const double* whole,
                               double steps, int64_t channels) {
#pragma GCC ivdep
  for (int64_t c = 0; c < channels; c++) {
    const double apart = mean[c] - whole[c];
    total[c] += spread[c] + steps * (apart * apart);
  }
}

/**
 * Mean and biased variance over valid steps; 0 where there are none. Each piece is summed from one of its own values,
 * then from its own mean, and what the pieces say is joined in double precision (Chan, Golub and LeVeque 1983): a mean
 * far from 0 costs the variance no digits.
 */
template <typename X>
void moments(const X* x, const Sequences& sequences, float* mean, float* variance) {
  const int64_t channels = sequences.channels();
  const std::unique_ptr<double[]> means(new double[sequences.pieces() * channels]);
  const std::unique_ptr<double[]> spreads(new double[sequences.pieces() * channels]);
  sequences.forEachPiece([&](const Piece& piece) {
    if (piece.valid == 0) return;
    const X* values = x + piece.offset;
    std::vector<float> first(channels), offset(channels), squares(channels);
    for (int64_t c = 0; c < channels; c++) first[c] = widen(values[c]);
    addDifferences(values, piece.valid, channels, first.data(), offset.data());
    for (float& value : offset) value /= piece.valid;
    addSquares(values, piece.valid, channels, first.data(), offset.data(), squares.data());
    for (int64_t c = 0; c < channels; c++) {
      means[piece.index * channels + c] = static_cast<double>(first[c]) + offset[c];
      spreads[piece.index * channels + c] = squares[c];
    }
  });
  const double count = std::max<int64_t>(1, sequences.validSteps());
  std::vector<double> whole(channels), spread(channels);
  for (int64_t i = 0; i < sequences.pieces(); i++) {
    const int64_t valid = sequences.piece(i).valid;
    if (valid > 0) addPart(whole.data(), &means[i * channels], static_cast<double>(valid), channels);
  }
  for (double& value : whole) value /= count;
  for (int64_t i = 0; i < sequences.pieces(); i++) {
    const int64_t valid = sequences.piece(i).valid;
    if (valid > 0) {
      addSpread(spread.data(), &spreads[i * channels], &means[i * channels], whole.data(), static_cast<double>(valid),
                channels);
    }
  }
  for (int64_t c = 0; c < channels; c++) {
    mean[c] = static_cast<float>(whole[c]);
    variance[c] = static_cast<float>(spread[c] / count);
  }
}

template <typename X, typename Y>
void normalizeSequences(const X* x, Y* y, const Sequences& sequences, const Affine& affine, bool relu) {
  const float floor = relu ? 0.0f : -INFINITY;
  sequences.forEachPiece([&](const Piece& piece) {
    normalize(x + piece.offset, y + piece.offset, piece.valid, sequences.channels(), affine.mean.data(),
              affine.scale.data(), affine.beta.data(), floor);
    sequences.zeroPadding(y, piece);
  });
}

/** What the three operations have in common. */
struct Options {
  explicit Options(const Attributes& attributes)
      : epsilon(attributes.number("epsilon")), relu(attributes.flag("relu")) {}
  const float epsilon;
  const bool relu;
};

/** Normalises by the statistics of the batch itself. */
template <typename X, typename Y>
class BatchNorm : Options {
 public:
  using Options::Options;
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0});
    const Tensor x = call.input(0), mask = call.input(1), gamma = call.input(2), beta = call.input(3);
    const Sequences sequences(x, mask);
    const Shape vector = {sequences.channels()};
    const Tensor mean = call.output(1, vector), variance = call.output(2, vector);
    moments(x.values<X>(), sequences, mean.floats(), variance.floats());
    *call.output(3, {}).floats() = static_cast<float>(sequences.validSteps());
    const Affine affine(gamma, beta, mean, variance, epsilon, sequences.channels());
    normalizeSequences(x.values<X>(), y.values<Y>(), sequences, affine, relu);
  }
};

/** Normalises by given statistics. */
template <typename X, typename Y>
class Normalize : Options {
 public:
  using Options::Options;
  void compute(const Call& call) const {
    const Tensor y = call.outputLike(0, 0, {0});
    const Tensor x = call.input(0), mask = call.input(1), gamma = call.input(2), beta = call.input(3);
    const Tensor mean = call.input(4), variance = call.input(5);
    const Sequences sequences(x, mask);
    const Affine affine(gamma, beta, mean, variance, epsilon, sequences.channels());
    normalizeSequences(x.values<X>(), y.values<Y>(), sequences, affine, relu);
  }
};

/** The gradients of `BatchNorm`, the statistics being functions of the values. */
template <typename DY, typename X, typename DX>
class BatchNormGrad : Options {
 public:
  using Options::Options;
  void compute(const Call& call) const {
    const Tensor dx = call.outputLike(0, 1, {0, 1});
    const Tensor dy = call.input(0), x = call.input(1), mask = call.input(2), gamma = call.input(3);
    const Tensor beta = call.input(4), mean = call.input(5), variance = call.input(6);
    const Sequences sequences(x, mask);
    const DY* const gradients = valuesOfShape<DY>(dy, x.shape());
    const X* const values = x.values<X>();
    const int64_t channels = sequences.channels();
    const Affine affine(gamma, beta, mean, variance, epsilon, channels);

    const std::unique_ptr<float[]> parts(new float[sequences.pieces() * 2 * channels]);
    sequences.forEachPiece([&](const Piece& piece) {
      float *sum = &parts[piece.index * 2 * channels], *product = sum + channels;
      std::fill(sum, sum + 2 * channels, 0.0f);
      addGradients(gradients + piece.offset, values + piece.offset, piece.valid, channels, affine.mean.data(),
                   affine.scale.data(), affine.beta.data(), relu, sum, product);
    });
    std::vector<double> sums(2 * channels);
    for (int64_t i = 0; i < sequences.pieces(); i++) {
      if (sequences.piece(i).valid == 0) continue;
      for (int64_t c = 0; c < 2 * channels; c++) sums[c] += parts[i * 2 * channels + c];
    }

    const Tensor dgamma = call.output(1, gamma.shape()), dbeta = call.output(2, beta.shape());
    const double count = std::max<int64_t>(1, sequences.validSteps());
    std::vector<float> constant(channels), slope(channels);
    for (int64_t c = 0; c < channels; c++) {
      const double inverse = affine.inverse[c];
      dbeta.floats()[c] = static_cast<float>(sums[c]);
      dgamma.floats()[c] = static_cast<float>(sums[channels + c] * inverse);
      constant[c] = static_cast<float>(sums[c] / count);
      slope[c] = static_cast<float>(sums[channels + c] * inverse * inverse / count);
    }

    sequences.forEachPiece([&](const Piece& piece) {
      inputGradient(gradients + piece.offset, values + piece.offset, dx.values<DX>() + piece.offset, piece.valid,
                    channels, affine.mean.data(), affine.scale.data(), affine.beta.data(), relu, constant.data(),
                    slope.data());
      sequences.zeroPadding(dx.values<DX>(), piece);
    });
  }
};

}  // namespace

void registerBatchNorm() {
  const std::vector<const char*> attributes = {"epsilon: float", "relu: bool"};
  registerOperation<BatchNorm, 2>({"MasqBatchNorm",
                                   {"x: Tx", "mask: bool", "gamma: float", "beta: float"},
                                   {"y: Ty", "mean: float", "variance: float", "count: float"},
                                   attributes,
                                   shapesOf<0, 2, 2>,
                                   {"Tx", "Ty"}});
  registerOperation<BatchNormGrad, 3>(
      {"MasqBatchNormGrad",
       {"dy: Tdy", "x: Tx", "mask: bool", "gamma: float", "beta: float", "mean: float", "variance: float"},
       {"dx: Tdx", "dgamma: float", "dbeta: float"},
       attributes,
       shapesOf<1, 3, 4>,
       {"Tdy", "Tx", "Tdx"}});
  registerOperation<Normalize, 2>(
      {"MasqNormalize",
       {"x: Tx", "mask: bool", "gamma: float", "beta: float", "mean: float", "variance: float"},
       {"y: Ty"},
       attributes,
       shapesOf<0>,
       {"Tx", "Ty"}});
}

}  // namespace masq
