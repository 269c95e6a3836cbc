// Runs the CUDA C++ subset that the emitter writes, compiled by g++.
//
// One block runs at a time. Kernels with a barrier run each thread of a block as a coroutine that
// yields at the barrier; others run their threads one after the other.
#pragma once
#include <math.h>
#include <string.h>
#include <ucontext.h>

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(n)
#define __restrict__ __restrict
#define __shared__ static __attribute__((section("block_shared")))
#define __syncthreads() emulator::barrier(__LINE__)

struct Position {
  unsigned int x;
};
static Position threadIdx, blockIdx, gridDim, blockDim;

static inline double __longlong_as_double(long long bits) { double x; memcpy(&x, &bits, 8); return x; }
static inline long long __double_as_longlong(double x) { long long bits; memcpy(&bits, &x, 8); return bits; }
static inline float __int_as_float(int bits) { float x; memcpy(&x, &bits, 4); return x; }
static inline int __float_as_int(float x) { int bits; memcpy(&bits, &x, 4); return bits; }

extern "C" {
extern char __start_block_shared[] __attribute__((weak));
extern char __stop_block_shared[] __attribute__((weak));
}

namespace emulator {

constexpr size_t kStack = 64 * 1024;

struct Thread {
  ucontext_t context;
  std::vector<char> stack;
  int waits_at = 0;
  bool done = false;
};

static ucontext_t scheduler;
static Thread* running;
static std::function<void()> body;
static const char* failure;

static void barrier(int line) {
  running->waits_at = line;
  swapcontext(&running->context, &scheduler);
}

static void enter() {
  body();
  running->done = true;
  running->waits_at = 0;
  swapcontext(&running->context, &scheduler);
}

// Threads run in no natural order, and in another one after each barrier, so that a missing barrier
// shows. The numbers of threads are powers of two.
static unsigned int nth_thread(unsigned int k, unsigned int phase, unsigned int count) {
  return (k * 97 + phase * 31) % count;
}

static void run_with_barriers(unsigned int count) {
  static std::vector<Thread> threads;
  threads.resize(count);
  for (Thread& thread : threads) {
    if (thread.stack.empty()) thread.stack.resize(kStack);
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.data();
    thread.context.uc_stack.ss_size = kStack;
    thread.context.uc_link = nullptr;
    thread.done = false;
    makecontext(&thread.context, enter, 0);
  }
  unsigned int left = count;
  for (unsigned int phase = 0; left > 0; ++phase) {
    int line = 0;
    for (unsigned int k = 0; k < count; ++k) {
      const unsigned int id = nth_thread(k, phase, count);
      running = &threads[id];
      if (running->done) continue;
      threadIdx.x = id;
      swapcontext(&scheduler, &running->context);
      if (running->done) { --left; continue; }
      if (line != 0 && line != running->waits_at) failure = "threads wait at different barriers";
      line = running->waits_at;
    }
  }
}

static void run(unsigned int blocks, unsigned int threads, bool barriers) {
  failure = nullptr;
  gridDim.x = blocks;
  blockDim.x = threads;
  for (unsigned int k = 0; k < blocks; ++k) {
    blockIdx.x = blocks - 1 - k;
    if (__start_block_shared) memset(__start_block_shared, 0xff, __stop_block_shared - __start_block_shared);
    if (barriers) {
      run_with_barriers(threads);
    } else {
      for (unsigned int t = 0; t < threads; ++t) {
        threadIdx.x = nth_thread(t, k, threads);
        body();
      }
    }
  }
}

template <class... Params, size_t... I>
static void call(void (*kernel)(Params...), void** arguments, std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_const_t<Params>*>(arguments[I])...);
}

template <class... Params>
static const char* launch(void (*kernel)(Params...), unsigned int blocks, unsigned int threads,
                          bool barriers, void** arguments) {
  body = [=] { call(kernel, arguments, std::index_sequence_for<Params...>{}); };
  run(blocks, threads, barriers);
  return failure;
}

}  // namespace emulator

#define EMULATED(name, barriers)                                                              \
  extern "C" const char* launch_##name(unsigned int blocks, unsigned int threads, void** arguments) { \
    return emulator::launch(&name, blocks, threads, barriers, arguments);                     \
  }
