// A batch of sequences of different lengths, and its division into pieces for threads and caches.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel.h"
#include "parallel.h"

namespace masq {

/** Steps of one row of a batch: `valid` steps, then `padded` ones. */
struct Piece {
  /** Counts all pieces of the batch, row after row. */
  int64_t index;
  int64_t row;
  /** Of its first value in the batch. */
  int64_t offset;
  int64_t valid;
  int64_t padded;
};

/** `[batch, time, channels]` with a number of valid steps for each row. */
class Sequences {
 public:
  /** Throws unless `mask` is bool `[batch, time]`. Only the valid steps before a row's first padded one count. */
  Sequences(int64_t channels, const Tensor& mask) : channels_(channels) {
    require(mask.rank() == 2, "The mask must be [batch, time].");
    time_ = mask.size(1);
    for (int64_t row = 0; row < mask.size(0); row++) {
      const unsigned char* steps = mask.bools() + row * time_;
      const void* end = time_ == 0 ? nullptr : std::memchr(steps, 0, time_);
      lengths_.push_back(end == nullptr ? time_ : static_cast<const unsigned char*>(end) - steps);
    }
    // A piece of a row has a size that depends on nothing but the channels, and begins at a multiple of it: so sums
    // over pieces, taken in order, are the same whatever the padding and however many threads compute them.
    stepsOfPiece_ = std::clamp<int64_t>(valuesOfPiece / std::max<int64_t>(1, channels), 1, mostStepsOfPiece);
    piecesOfRow_ = (time_ + stepsOfPiece_ - 1) / stepsOfPiece_;
  }

  /** Throws unless `x` is `[batch, time, channels]` and `mask` fits it. */
  Sequences(const Tensor& x, const Tensor& mask) : Sequences(x.rank() == 3 ? x.size(2) : 0, mask) {
    require(x.shape() == shape(), "The values must be [batch, time, channels] with the mask's batch and time.");
  }

  int64_t batch() const { return static_cast<int64_t>(lengths_.size()); }
  int64_t time() const { return time_; }
  int64_t channels() const { return channels_; }
  Shape shape() const { return {batch(), time_, channels_}; }
  int64_t values() const { return batch() * time_ * channels_; }
  int64_t length(int64_t row) const { return lengths_[row]; }
  int64_t pieces() const { return batch() * piecesOfRow_; }

  int64_t validSteps() const {
    int64_t sum = 0;
    for (int64_t length : lengths_) sum += length;
    return sum;
  }

  Piece piece(int64_t index) const {
    const int64_t row = index / piecesOfRow_;
    const int64_t first = index % piecesOfRow_ * stepsOfPiece_;
    const int64_t steps = std::min(stepsOfPiece_, time_ - first);
    const int64_t valid = std::clamp<int64_t>(lengths_[row] - first, 0, steps);
    return {index, row, (row * time_ + first) * channels_, valid, steps - valid};
  }

  /** Runs `run` for every piece, in several threads where it is worth it. */
  template <typename Run>
  void forEachPiece(const Run& run) const {
    parallelFor(pieces(), values(), [&](int64_t index) { run(piece(index)); });
  }

  /** Runs `run` for every row, in several threads where it is worth it. */
  template <typename Run>
  void forEachRow(const Run& run) const {
    parallelFor(batch(), values(), run);
  }

  /** Runs `run` for the pieces of a row, in order. */
  template <typename Run>
  void forEachPieceOf(int64_t row, const Run& run) const {
    for (int64_t i = 0; i < piecesOfRow_; i++) run(piece(row * piecesOfRow_ + i));
  }

  /** Makes the padded steps of a piece of `y` zero. */
  template <typename Number>
  void zeroPadding(Number* y, const Piece& piece) const {
    std::memset(y + piece.offset + piece.valid * channels_, 0, piece.padded * channels_ * sizeof(Number));
  }

 private:
  /** 128 KiB: the second pass over a piece finds it in the second level of the cache. */
  static constexpr int64_t valuesOfPiece = 32768;
  /** Single precision adds up so many without harm; the sums of pieces are added in double precision. */
  static constexpr int64_t mostStepsOfPiece = 512;

  int64_t channels_;
  int64_t time_;
  std::vector<int64_t> lengths_;
  int64_t stepsOfPiece_;
  int64_t piecesOfRow_;
};

/** Throws unless inputs and outputs are rows of one batch. */
inline void requireSameBatch(const Sequences& inputs, const Sequences& outputs) {
  require(inputs.batch() == outputs.batch(), "Both masks must have the same batch.");
}

/** Throws unless the tensor has the shape. */
template <typename Number>
const Number* valuesOfShape(const Tensor& tensor, const Shape& shape) {
  require(tensor.shape() == shape, "The inputs do not fit together: one has another shape than the others want.");
  return tensor.values<Number>();
}
inline const float* floatsOfShape(const Tensor& tensor, const Shape& shape) {
  return valuesOfShape<float>(tensor, shape);
}

/** Sums over the valid steps of each row, `[batch, channels]`: one of each piece, added in order. */
class RowSums {
 public:
  explicit RowSums(const Sequences& sequences)
      : sequences_(sequences), parts_(new float[sequences.pieces() * sequences.channels()]) {}

  /** Where to add up a piece: zeros. Each piece has its place, for one thread. */
  float* of(const Piece& piece) const {
    float* const part = &parts_[piece.index * sequences_.channels()];
    std::fill(part, part + sequences_.channels(), 0.0f);
    return part;
  }

  /** Writes the sums, each row's multiplied by `factor(row)`. */
  template <typename Factor>
  void write(float* sums, const Factor& factor) const {
    const int64_t channels = sequences_.channels();
    std::vector<double> total(sequences_.batch() * channels);
    for (int64_t i = 0; i < sequences_.pieces(); i++) {
      double* const row = &total[sequences_.piece(i).row * channels];
      for (int64_t c = 0; c < channels; c++) row[c] += parts_[i * channels + c];
    }
    for (int64_t row = 0; row < sequences_.batch(); row++) {
      const double by = factor(row);
      for (int64_t c = 0; c < channels; c++) sums[row * channels + c] = static_cast<float>(total[row * channels + c] * by);
    }
  }

 private:
  const Sequences& sequences_;
  const std::unique_ptr<float[]> parts_;
};

}  // namespace masq
