// A pool of threads that take part in the work of whichever thread has some. An idle one looks for work for a moment,
// because operations follow each other closely, and then sleeps.
#include "parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace masq {
namespace {

/** Below this a thread would be woken for less than its waking takes. */
constexpr int64_t smallestWork = 65536;
constexpr std::chrono::microseconds patience(50);

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class Pool {
 public:
  explicit Pool(int workers) : workers_(workers) {
    // Threads that live as long as the process, which does not wait for them.
    for (int i = 0; i < workers; i++) std::thread([this] { work(); }).detach();
  }

  /** Whether it did the work; false when there are no workers or they are busy with other work. */
  bool tryRun(int64_t items, const std::function<void(int64_t)>& run) {
    if (workers_ == 0) return false;
    std::unique_lock<std::mutex> use(use_, std::try_to_lock);
    if (!use.owns_lock()) return false;
    run_ = &run;
    items_ = items;
    next_ = 0;
    state_ = (state_.load() & ~joined) + (generation | open);
    if (sleeping_ > 0) {
      std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
    takeItems();
    // From here nobody joins; those who did finish the item they have. A worker that woke too late is not waited for.
    state_ -= open;
    while ((state_ & joined) != 0) relax();
    return true;
  }

 private:
  // One word, so that a worker joins only the work that it saw, and only while it is open: the number of workers that
  // joined, whether the work is open, and the work's number.
  static constexpr uint64_t joined = 0xffff;
  static constexpr uint64_t open = 0x10000;
  static constexpr uint64_t generation = 0x20000;

  static bool isNew(uint64_t state, uint64_t done) { return (state & open) != 0 && state / generation != done; }

  void takeItems() {
    for (int64_t item; (item = next_.fetch_add(1)) < items_;) (*run_)(item);
  }

  void work() {
    uint64_t done = 0;
    for (;;) {
      uint64_t state = waitForWork(done);
      if (!isNew(state, done) || !state_.compare_exchange_weak(state, state + 1)) continue;
      done = state / generation;
      takeItems();
      state_ -= 1;
    }
  }

  uint64_t waitForWork(uint64_t done) {
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < patience) {
      for (int i = 0; i < 32; i++, relax()) {
        const uint64_t state = state_;
        if (isNew(state, done)) return state;
      }
    }
    std::unique_lock<std::mutex> lock(sleep_);
    sleeping_++;
    wake_.wait(lock, [&] { return isNew(state_, done); });
    sleeping_--;
    return state_;
  }

  const int workers_;
  std::mutex use_;
  const std::function<void(int64_t)>* run_ = nullptr;
  int64_t items_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<uint64_t> state_{0};
  std::mutex sleep_;
  std::condition_variable wake_;
  std::atomic<int> sleeping_{0};
};

int threadsWanted() {
  const char* text = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int asked = text == nullptr ? 0 : std::atoi(text);
  const int threads = asked > 0 ? asked : static_cast<int>(std::thread::hardware_concurrency());
  return threads < 1 ? 1 : threads > 256 ? 256 : threads;
}

Pool& pool() {
  static Pool* const instance = new Pool(threadsWanted() - 1);
  return *instance;
}

}  // namespace

void parallelFor(int64_t items, int64_t elements, const std::function<void(int64_t)>& run) {
  if (items > 1 && elements >= smallestWork && pool().tryRun(items, run)) return;
  for (int64_t item = 0; item < items; item++) run(item);
}

}  // namespace masq
