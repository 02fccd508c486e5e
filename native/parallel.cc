// A pool of threads that take part in the work of whichever threads have some: operations that do not wait for each other
// run at the same time. An idle one looks for work for a moment, because operations follow each other closely, and then
// sleeps.
#include "parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

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

/** Work that threads may join. One word says whether it is open and how many have joined. */
class Job {
 public:
  /** Whether it was free; then it is open with this work. */
  bool tryOpen(int64_t items, const std::function<void(int64_t)>& run) {
    if (taken_.exchange(true)) return false;
    run_ = &run;
    items_ = items;
    next_ = 0;
    state_ = open;
    return true;
  }

  /** Whether there is something left to join. */
  bool isOpen() const { return (state_ & open) != 0 && next_ < items_; }

  /** Does a share of the work, unless it is closed by now. */
  void join() {
    uint32_t state = state_;
    do {
      if ((state & open) == 0) return;
    } while (!state_.compare_exchange_weak(state, state + 1));
    takeItems();
    state_ -= 1;
  }

  /** Does items until none is left. After one that failed the others are left out. */
  void takeItems() {
    try {
      for (int64_t item; (item = next_.fetch_add(1)) < items_;) (*run_)(item);
    } catch (...) {
      next_ = items_.load();
      std::lock_guard<std::mutex> lock(failing_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  /** Lets nobody join any more and waits for those who did to finish the item they have; what an item threw. */
  std::exception_ptr close() {
    state_ -= open;
    for (int spins = 0; state_ != 0; spins++) {
      if (spins < mostSpins) relax();
      else std::this_thread::yield();
    }
    const std::exception_ptr failure = std::exchange(failure_, nullptr);
    taken_ = false;
    return failure;
  }

 private:
  static constexpr uint32_t open = 0x10000;
  /** Then the processor may be wanted by those who are waited for. */
  static constexpr int mostSpins = 1000;

  std::atomic<bool> taken_{false};
  std::atomic<uint32_t> state_{0};
  std::atomic<const std::function<void(int64_t)>*> run_{nullptr};
  std::atomic<int64_t> items_{0};
  std::atomic<int64_t> next_{0};
  std::mutex failing_;
  std::exception_ptr failure_;
};

class Pool {
 public:
  explicit Pool(int threads) : threads_(threads) {
    // Threads that live as long as the process, which does not wait for them. Fewer than wanted will do.
    try {
      for (int i = 1; i < threads; i++) std::thread([this] { work(); }).detach();
    } catch (const std::system_error&) {
    }
  }

  /** Whether it did the work; false when there is nobody to share it with. Throws what an item threw. */
  bool tryRun(int64_t items, const std::function<void(int64_t)>& run) {
    if (threads_ == 1) return false;
    for (Job& job : jobs_) {
      if (!job.tryOpen(items, run)) continue;
      busy_++;
      wakeSleepersForWork();
      job.takeItems();
      const std::exception_ptr failure = job.close();
      busy_--;
      // Those who found enough threads busy with this work may go to that of another.
      wakeSleepersForWork();
      if (failure) std::rethrow_exception(failure);
      return true;
    }
    return false;
  }

 private:
  /** Operations at the same time; TensorFlow runs as many as it has threads for them, and few are ready at once. */
  static constexpr int mostJobs = 16;

  /** What there is to do for one more thread; null when there is nothing, or enough threads are busy. */
  Job* findJob() {
    if (busy_ >= threads_) return nullptr;
    for (Job& job : jobs_) {
      if (job.isOpen()) return &job;
    }
    return nullptr;
  }

  /** Whether this thread may work too. */
  bool tryBeBusy() {
    int busy = busy_;
    while (busy < threads_) {
      if (busy_.compare_exchange_weak(busy, busy + 1)) return true;
    }
    return false;
  }

  void wakeSleepersForWork() {
    if (sleeping_ == 0 || findJob() == nullptr) return;
    std::lock_guard<std::mutex> lock(sleep_);
    wake_.notify_all();
  }

  void work() {
    for (;;) {
      Job* const job = waitForJob();
      if (!tryBeBusy()) continue;
      job->join();
      busy_--;
    }
  }

  Job* waitForJob() {
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < patience) {
      for (int i = 0; i < 32; i++, relax()) {
        if (Job* const job = findJob()) return job;
      }
    }
    std::unique_lock<std::mutex> lock(sleep_);
    sleeping_++;
    Job* job = nullptr;
    wake_.wait(lock, [&] { return (job = findJob()) != nullptr; });
    sleeping_--;
    return job;
  }

  const int threads_;
  Job jobs_[mostJobs];
  /** Threads at work, those included whose work it is. */
  std::atomic<int> busy_{0};
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
  static Pool* const instance = new Pool(threadsWanted());
  return *instance;
}

}  // namespace

void parallelFor(int64_t items, int64_t elements, const std::function<void(int64_t)>& run) {
  if (items > 1 && elements >= smallestWork && pool().tryRun(items, run)) return;
  for (int64_t item = 0; item < items; item++) run(item);
}

}  // namespace masq
