// The mean over the valid steps of each row, and its gradient; 0 for a row without any.
#include "channels.h"
#include "masq_ops.h"
#include "sequences.h"

namespace masq {
namespace {

template <typename X>
class AverageOverTime {
 public:
  explicit AverageOverTime(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0);
    const Sequences sequences(x, call.input(1));
    const int64_t channels = sequences.channels();
    const Tensor y = call.output(0, {sequences.batch(), channels});
    const RowSums sums(sequences);
    sequences.forEachPiece([&](const Piece& piece) {
      addSteps(x.values<X>() + piece.offset, piece.valid, channels, sums.of(piece));
    });
    sums.write(y.floats(), [&](int64_t row) { return 1.0 / std::max<int64_t>(1, sequences.length(row)); });
  }
};

template <typename DX>
class AverageOverTimeGrad {
 public:
  explicit AverageOverTimeGrad(const Attributes&) {}
  void compute(const Call& call) const {
    const Tensor dy = call.input(0);
    require(dy.rank() == 2, "The gradient must be [batch, channels].");
    const Sequences sequences(dy.size(1), call.input(1));
    const int64_t channels = sequences.channels();
    const float* gradients = floatsOfShape(dy, {sequences.batch(), channels});
    const Tensor dx = call.output(0, sequences.shape());
    sequences.forEachPiece([&](const Piece& piece) {
      const float length = static_cast<float>(sequences.length(piece.row));
      std::vector<DX> share(channels);
      for (int64_t c = 0; c < channels; c++) share[c] = narrow<DX>(gradients[piece.row * channels + c] / length);
      for (int64_t step = 0; step < piece.valid; step++) {
        std::copy(share.begin(), share.end(), dx.values<DX>() + piece.offset + step * channels);
      }
      sequences.zeroPadding(dx.values<DX>(), piece);
    });
  }
};

}  // namespace

void registerPooling() {
  registerOperation<AverageOverTime, 1>(
      {"MasqAverageOverTime", {"x: Tx", "mask: bool"}, {"y: float"}, {}, unknownShapes, {"Tx"}});
  registerOperation<AverageOverTimeGrad, 1>(
      {"MasqAverageOverTimeGrad", {"dy: float", "mask: bool"}, {"dx: Tdx"}, {}, unknownShapes, {"Tdx"}});
}

}  // namespace masq
