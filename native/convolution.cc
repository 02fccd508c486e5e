// Convolution over time that neither reads padding nor spends time on it, for processors with AVX-512, in float32 and,
// where instructions for it are there, in bfloat16 with sums in float32.
#include "kernel_gradient.h"
#include "masq_ops.h"
#include "row_convolution.h"

#ifdef MASQ_HAS_TILES
#include <cpuid.h>
#endif

namespace masq {

#ifdef MASQ_HAS_TILES

namespace {

/** Attributes that the three operations share. */
class WindowAttributes {
 public:
  explicit WindowAttributes(const Attributes& attributes)
      : dilation_(attributes.integer("dilation")), left_(attributes.integer("left")) {
    require(dilation_ >= 1, "The dilation must be at least 1.");
  }
  Window of(int64_t taps) const {
    require(taps >= 1, "The kernel must have at least one tap.");
    return {taps, dilation_, left_};
  }

 private:
  int64_t dilation_;
  int64_t left_;
};

void requireKernel(const Tensor& kernel) { require(kernel.rank() == 3, "The kernel must be [taps, channels, filters]."); }

template <typename Number>
class Convolution {
 public:
  explicit Convolution(const Attributes& attributes) : window_(attributes) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0), kernel = call.input(1);
    requireKernel(kernel);
    const Sequences inputs(x, call.input(2));
    const Sequences outputs(kernel.size(2), call.input(3));
    requireSameBatch(inputs, outputs);
    require(inputs.channels() == kernel.size(1), "The kernel has other channels than the values.");
    const Tensor y = call.output(0, outputs.shape());
    const auto packed =
        PackedKernel<Number>::forward(kernel.floats(), kernel.size(0), kernel.size(1), kernel.size(2));
    const Window window = window_.of(kernel.size(0));
    RowConvolution<Number>(x.values<Number>(), inputs, packed, window, y.values<Number>(), outputs).compute();
  }

 private:
  WindowAttributes window_;
};

template <typename Number>
class ConvolutionInputGrad {
 public:
  explicit ConvolutionInputGrad(const Attributes& attributes) : window_(attributes) {}
  void compute(const Call& call) const {
    const Tensor dy = call.input(0), kernel = call.input(1);
    requireKernel(kernel);
    const Sequences inputs(kernel.size(1), call.input(2));
    const Sequences outputs(dy, call.input(3));
    requireSameBatch(inputs, outputs);
    require(outputs.channels() == kernel.size(2), "The kernel has other filters than the gradient.");
    const Tensor dx = call.output(0, inputs.shape());
    const auto packed =
        PackedKernel<Number>::backward(kernel.floats(), kernel.size(0), kernel.size(1), kernel.size(2));
    const Window window = window_.of(kernel.size(0)).reversed();
    RowConvolution<Number>(dy.values<Number>(), outputs, packed, window, dx.values<Number>(), inputs).compute();
  }

 private:
  WindowAttributes window_;
};

template <typename Number>
class ConvolutionKernelGrad {
 public:
  explicit ConvolutionKernelGrad(const Attributes& attributes) : window_(attributes), taps_(attributes.integer("taps")) {}
  void compute(const Call& call) const {
    const Tensor x = call.input(0), dy = call.input(1);
    const Sequences inputs(x, call.input(2)), outputs(dy, call.input(3));
    requireSameBatch(inputs, outputs);
    const Tensor gradient = call.output(0, {taps_, inputs.channels(), outputs.channels()});
    KernelGradient<Number>(x.values<Number>(), inputs, dy.values<Number>(), outputs, window_.of(taps_),
                           gradient.floats())
        .compute();
  }

 private:
  WindowAttributes window_;
  int64_t taps_;
};

/** Defines an operation, with kernels for the types that the processor is quick with, maybe for none. */
template <template <typename> class Kernel>
void registerFor(const ConvolutionSupport& support, const Operation& operation) {
  defineOperation(operation);
  if (support.float32) registerKernel<Kernel<float>>(operation, {TF_FLOAT});
  if (support.bfloat16) registerKernel<Kernel<BFloat16>>(operation, {TF_BFLOAT16});
}

}  // namespace

ConvolutionSupport convolutionSupport() {
  __builtin_cpu_init();
  const bool vectors = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool products = __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 1u << 5) != 0;
  // Processors with units for whole matrices: TensorFlow uses these.
  const bool matrices = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & 1u << 22) != 0;
  return {vectors, vectors && products && !matrices};
}

void registerConvolution() {
  const ConvolutionSupport support = convolutionSupport();
  registerFor<Convolution>(support, {"MasqConvolution",
                                     {"x: T", "kernel: float", "mask: bool", "output_mask: bool"},
                                     {"y: T"},
                                     {"dilation: int", "left: int"},
                                     unknownShapes,
                                     {"T"}});
  registerFor<ConvolutionInputGrad>(support, {"MasqConvolutionInputGrad",
                                              {"dy: T", "kernel: float", "mask: bool", "output_mask: bool"},
                                              {"dx: T"},
                                              {"dilation: int", "left: int"},
                                              unknownShapes,
                                              {"T"}});
  registerFor<ConvolutionKernelGrad>(support, {"MasqConvolutionKernelGrad",
                                               {"x: T", "dy: T", "mask: bool", "output_mask: bool"},
                                               {"gradient: float"},
                                               {"taps: int", "dilation: int", "left: int"},
                                               unknownShapes,
                                               {"T"}});
}

#else

ConvolutionSupport convolutionSupport() { return {false, false}; }

void registerConvolution() {}

#endif

}  // namespace masq
