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
    stepsOfPiece_ = std::max<int64_t>(1, valuesOfPiece / std::max<int64_t>(1, channels));
    piecesOfRow_ = (time_ + stepsOfPiece_ - 1) / stepsOfPiece_;
  }

  /** Throws unless `x` is float32 `[batch, time, channels]` and `mask` fits it. */
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

  /** Makes the padded steps of a piece of `y` zero. */
  void zeroPadding(float* y, const Piece& piece) const {
    std::memset(y + piece.offset + piece.valid * channels_, 0, piece.padded * channels_ * sizeof(float));
  }

 private:
  /** 128 KiB: the second pass over a piece finds it in the second level of the cache. */
  static constexpr int64_t valuesOfPiece = 32768;

  int64_t channels_;
  int64_t time_;
  std::vector<int64_t> lengths_;
  int64_t stepsOfPiece_;
  int64_t piecesOfRow_;
};

/** Throws unless the tensor is a vector with a value for each channel. */
inline const float* channelVector(const Tensor& tensor, const Sequences& sequences) {
  require(tensor.rank() == 1 && tensor.size(0) == sequences.channels(), "A vector must have one value a channel.");
  return tensor.floats();
}

}  // namespace masq
