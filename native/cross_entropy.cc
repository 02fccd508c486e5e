// The training loss of a batch, its gradient and how many rows are classified correctly: softmax cross-entropy with
// label smoothing and class weights, `−Σₙ Σ_c tₙ(c)·ln pₙ(c) / Σₙ w(yₙ)` with the targets
// `tₙ(c) = w(c)·((1−s)·[c = yₙ] + s/classes)`, over the rows that have a label; a negative label is none.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "exponential.h"
#include "kernel.h"
#include "masq_ops.h"
#include "parallel.h"

namespace masq {
namespace {

/** `e[c] = exp(x[c] - largest)`; e may be x. */
MASQ_VECTORISED void exponentials(const float* x, float* e, int64_t classes, float largest) {
#pragma GCC ivdep
  for (int64_t c = 0; c < classes; c++) e[c] = exponential(x[c] - largest);
}

/** `e[c] = e[c] · scale - weights[c] · share`. */
MASQ_VECTORISED void subtractTargets(float* e, int64_t classes, float scale, const float* weights, float share) {
#pragma GCC ivdep
  for (int64_t c = 0; c < classes; c++) e[c] = e[c] * scale - weights[c] * share;
}

class CrossEntropy {
 public:
  explicit CrossEntropy(const Attributes& attributes) : smoothing_(attributes.number("smoothing")) {}

  void compute(const Call& call) const {
    const Tensor gradient = call.outputLike(2, 0, {0});
    const Tensor logits = call.input(0), labels = call.input(1), classWeights = call.input(2);
    require(logits.rank() == 2, "The logits must be [batch, classes].");
    const int64_t batch = logits.size(0), classes = logits.size(1);
    require(labels.shape() == Shape{batch}, "There must be one label for each row of logits.");
    require(classWeights.shape() == Shape{classes}, "There must be one weight for each class.");
    const int32_t* label = labels.values<int32_t>();
    const float* weights = classWeights.floats();

    double total = 0;
    for (int64_t row = 0; row < batch; row++) {
      require(label[row] < classes, "A label is not less than the number of classes.");
      if (label[row] >= 0) total += weights[label[row]];
    }
    if (total == 0) total = 1;
    const double ofAllClasses = std::accumulate(weights, weights + classes, 0.0);
    std::vector<double> losses(batch);
    std::vector<char> correct(batch);
    parallelFor(batch, batch * classes, [&](int64_t row) {
      const float* x = logits.floats() + row * classes;
      float* dx = gradient.floats() + row * classes;
      if (label[row] < 0) {
        std::fill(dx, dx + classes, 0.0f);
        return;
      }
      correct[row] = isFirstLargest(x, classes, label[row]);
      losses[row] = lossOf(x, dx, label[row], {classes, weights, ofAllClasses, total});
    });
    double loss = 0, count = 0;
    for (int64_t row = 0; row < batch; row++) {
      loss += losses[row];
      count += correct[row];
    }
    *call.output(0, {}).floats() = static_cast<float>(loss);
    *call.output(1, {}).floats() = static_cast<float>(count);
  }

 private:
  /** Whether the label's logit is the first of the largest; never so beside NaN. */
  static bool isFirstLargest(const float* x, int64_t classes, int64_t label) {
    for (int64_t c = 0; c < classes; c++) {
      if (!(c < label ? x[c] < x[label] : x[c] <= x[label])) return false;
    }
    return true;
  }

  struct Classes {
    int64_t count;
    const float* weights;
    /** The sum of the weights. */
    double weight;
    /** What losses are divided by. */
    double total;
  };

  /** What a row adds to the loss; writes its gradient, which may lie where the logits are. */
  double lossOf(const float* x, float* dx, int64_t label, const Classes& classes) const {
    // The target of every class, for a weight of 1, and what that of the label has besides.
    const double share = smoothing_ / static_cast<double>(classes.count);
    const double hard = classes.weights[label] * (1.0 - smoothing_);
    const double targets = classes.weight * share + hard;
    const float largest = *std::max_element(x, x + classes.count);
    double product = hard == 0 ? 0.0 : hard * (x[label] - largest);
    if (share > 0) {
      for (int64_t c = 0; c < classes.count; c++) product += classes.weights[c] * share * (x[c] - largest);
    }
    exponentials(x, dx, classes.count, largest);
    const double sum = std::accumulate(dx, dx + classes.count, 0.0);
    const double ofLabel = dx[label] / sum * targets - classes.weights[label] * share - hard;
    subtractTargets(dx, classes.count, static_cast<float>(targets / sum / classes.total), classes.weights,
                    static_cast<float>(share / classes.total));
    dx[label] = static_cast<float>(ofLabel / classes.total);
    return (targets * std::log(sum) - product) / classes.total;
  }

  const float smoothing_;
};

}  // namespace

void registerCrossEntropy() {
  registerOperation<CrossEntropy>({"MasqCrossEntropy",
                                   {"logits: float", "labels: int32", "class_weights: float"},
                                   {"loss: float", "correct: float", "gradient: float"},
                                   {"smoothing: float"},
                                   unknownShapes});
}

}  // namespace masq
