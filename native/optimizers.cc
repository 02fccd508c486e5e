// The update of all parameters of a model as one operation; the rules stand in src/train/optimizers.ts.
#include <algorithm>
#include <cmath>

#include "kernel.h"
#include "masq_ops.h"
#include "parallel.h"

namespace masq {
namespace {

struct AdamWNumbers {
  float rate, rootCorrection, newShareOfM, newShareOfV, epsilon;
};

/** `kept` is the share of the parameter that weight decay leaves. */
MASQ_VECTORISED void adamW(const float* parameter, const float* gradient, const float* m, const float* v,
                           float* newParameter, float* newM, float* newV, int64_t values, float kept,
                           const AdamWNumbers& numbers) {
  const AdamWNumbers by = numbers;
#pragma GCC ivdep
  for (int64_t i = 0; i < values; i++) {
    const float g = gradient[i];
    const float first = m[i] + (g - m[i]) * by.newShareOfM;
    const float second = v[i] + (g * g - v[i]) * by.newShareOfV;
    const float change = first * by.rate / (std::sqrt(second) * by.rootCorrection + by.epsilon);
    newParameter[i] = parameter[i] * kept - change;
    newM[i] = first;
    newV[i] = second;
  }
}

struct SgdNumbers {
  float learningRate, momentum;
  bool nesterov;
};

/** Without momentum, `buffer` and `newBuffer` are null. */
MASQ_VECTORISED void sgd(const float* parameter, const float* gradient, const float* buffer, float* newParameter,
                         float* newBuffer, int64_t values, float decay, const SgdNumbers& numbers) {
  const SgdNumbers by = numbers;
  if (buffer == nullptr) {
#pragma GCC ivdep
    for (int64_t i = 0; i < values; i++) {
      newParameter[i] = parameter[i] - (gradient[i] + parameter[i] * decay) * by.learningRate;
    }
    return;
  }
  const float gradientShare = by.nesterov ? 1.0f : 0.0f, bufferShare = by.nesterov ? by.momentum : 1.0f;
#pragma GCC ivdep
  for (int64_t i = 0; i < values; i++) {
    const float g = gradient[i] + parameter[i] * decay;
    const float b = buffer[i] * by.momentum + g;
    newParameter[i] = parameter[i] - (g * gradientShare + b * bufferShare) * by.learningRate;
    newBuffer[i] = b;
  }
}

/** Lists of tensors, one for each parameter, among the inputs or outputs of an operation. */
class Lists {
 public:
  Lists(const Call& call, int64_t parameters) : call_(call), parameters_(parameters) {}

  /** The k-th list of inputs, whose tensors must have the parameters' shapes. */
  std::vector<Tensor> inputs(int k) const {
    std::vector<Tensor> tensors;
    for (int64_t i = 0; i < parameters_; i++) {
      tensors.push_back(call_.input(static_cast<int>(k * parameters_ + i)));
      const Shape shape = call_.input(static_cast<int>(i)).shape();
      require(tensors.back().shape() == shape, "Gradients and state must have the shapes of the parameters.");
    }
    return tensors;
  }

  std::vector<Tensor> outputs(int k) const {
    std::vector<Tensor> tensors;
    for (int64_t i = 0; i < parameters_; i++) {
      const Shape shape = call_.input(static_cast<int>(i)).shape();
      tensors.push_back(call_.output(static_cast<int>(k * parameters_ + i), shape));
    }
    return tensors;
  }

  float scalar(int64_t index) const {
    const Tensor tensor = call_.input(static_cast<int>(index));
    require(tensor.elements() == 1, "The learning rate and the step must be single numbers.");
    return *tensor.floats();
  }

 private:
  const Call& call_;
  const int64_t parameters_;
};

/** Runs `run(parameter, first, values)` for every piece of every parameter. */
template <typename Run>
void forEachPiece(const std::vector<Tensor>& parameters, const Run& run) {
  constexpr int64_t valuesOfPiece = 16384;
  struct Part {
    size_t parameter;
    int64_t first;
    int64_t values;
  };
  std::vector<Part> parts;
  int64_t total = 0;
  for (size_t i = 0; i < parameters.size(); i++) {
    const int64_t values = parameters[i].elements();
    total += values;
    for (int64_t first = 0; first < values; first += valuesOfPiece) {
      parts.push_back({i, first, std::min(valuesOfPiece, values - first)});
    }
  }
  parallelFor(static_cast<int64_t>(parts.size()), total, [&](int64_t index) {
    const Part& part = parts[index];
    run(part.parameter, part.first, part.values);
  });
}

/** What the optimizers have in common. */
struct Options {
  explicit Options(const Attributes& attributes)
      : parameters(attributes.integer("N")),
        decay(attributes.integers("decay")),
        weightDecay(attributes.number("weight_decay")) {
    require(static_cast<int64_t>(decay.size()) == parameters, "decay must say for each parameter whether it decays.");
  }

  const int64_t parameters;
  const std::vector<int64_t> decay;
  const float weightDecay;
};

class AdamW : Options {
 public:
  explicit AdamW(const Attributes& attributes)
      : Options(attributes),
        newShareOfM(attributes.number("one_minus_beta1")),
        newShareOfV(attributes.number("one_minus_beta2")),
        epsilon(attributes.number("epsilon")) {}

  void compute(const Call& call) const {
    const Lists lists(call, parameters);
    const double learningRate = lists.scalar(4 * parameters), step = lists.scalar(4 * parameters + 1);
    const auto correction = [&](double newShare) { return -std::expm1(step * std::log1p(-newShare)); };
    const AdamWNumbers numbers = {static_cast<float>(learningRate / correction(newShareOfM)),
                                  static_cast<float>(1 / std::sqrt(correction(newShareOfV))), newShareOfM, newShareOfV,
                                  epsilon};
    const float kept = static_cast<float>(1 - learningRate * weightDecay);
    const std::vector<Tensor> values = lists.inputs(0), gradients = lists.inputs(1), m = lists.inputs(2),
                              v = lists.inputs(3);
    const std::vector<Tensor> newValues = lists.outputs(0), newM = lists.outputs(1), newV = lists.outputs(2);
    forEachPiece(values, [&](size_t i, int64_t first, int64_t count) {
      adamW(values[i].floats() + first, gradients[i].floats() + first, m[i].floats() + first, v[i].floats() + first,
            newValues[i].floats() + first, newM[i].floats() + first, newV[i].floats() + first, count,
            decay[i] != 0 ? kept : 1.0f, numbers);
    });
  }

 private:
  // 1 - β and not β: single precision, in which attributes come, holds 0.001 to seven digits and 1 - 0.999f to five.
  const float newShareOfM, newShareOfV, epsilon;
};

class Sgd : Options {
 public:
  explicit Sgd(const Attributes& attributes)
      : Options(attributes),
        buffers(attributes.integer("S")),
        momentum(attributes.number("momentum")),
        nesterov(attributes.flag("nesterov")) {
    require(buffers == 0 || buffers == parameters, "There must be a buffer for each parameter or none.");
  }

  void compute(const Call& call) const {
    const Lists lists(call, parameters);
    const SgdNumbers numbers = {lists.scalar(2 * parameters + buffers), momentum, nesterov};
    const bool buffered = buffers > 0;
    const std::vector<Tensor> values = lists.inputs(0), gradients = lists.inputs(1);
    const std::vector<Tensor> old = buffered ? lists.inputs(2) : std::vector<Tensor>();
    const std::vector<Tensor> newValues = lists.outputs(0);
    const std::vector<Tensor> fresh = buffered ? lists.outputs(1) : std::vector<Tensor>();
    forEachPiece(values, [&](size_t i, int64_t first, int64_t count) {
      sgd(values[i].floats() + first, gradients[i].floats() + first, buffered ? old[i].floats() + first : nullptr,
          newValues[i].floats() + first, buffered ? fresh[i].floats() + first : nullptr, count,
          decay[i] != 0 ? weightDecay : 0.0f, numbers);
    });
  }

 private:
  const int64_t buffers;
  const float momentum;
  const bool nesterov;
};

}  // namespace

void registerOptimizers() {
  registerOperation<AdamW>(
      {"MasqAdamW",
       {"parameters: N * float", "gradients: N * float", "m: N * float", "v: N * float", "learning_rate: float",
        "step: float"},
       {"new_parameters: N * float", "new_m: N * float", "new_v: N * float"},
       {"N: int >= 1", "decay: list(int)", "weight_decay: float", "one_minus_beta1: float", "one_minus_beta2: float",
        "epsilon: float"},
       unknownShapes});
  registerOperation<Sgd>(
      {"MasqSgd",
       {"parameters: N * float", "gradients: N * float", "buffers: S * float", "learning_rate: float"},
       {"new_parameters: N * float", "new_buffers: S * float"},
       {"N: int >= 1", "S: int >= 0", "decay: list(int)", "weight_decay: float", "momentum: float", "nesterov: bool"},
       unknownShapes});
}

}  // namespace masq
