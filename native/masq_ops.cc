// A Node addon that adds masq's operations to the TensorFlow in this process when it is loaded: masked convolution, and
// what stands between convolutions, each in one or two passes over memory where TensorFlow's own operations take many.
#include "masq_ops.h"

#include <node_api.h>

#include <mutex>
#include <stdexcept>
#include <string>

namespace {

/** Empty when all is well. TensorFlow belongs to the process and an addon to a thread, which may not be the first. */
const std::string& registerOnce() {
  static std::once_flag once;
  static std::string problem;
  std::call_once(once, [] {
    try {
      masq::registerBatchNorm();
      masq::registerConvolution();
      masq::registerSteps();
      masq::registerPooling();
      masq::registerMaxPool();
      masq::registerSqueezeExcite();
      masq::registerCrossEntropy();
      masq::registerOptimizers();
    } catch (const std::exception& error) {
      problem = error.what();
    }
  });
  return problem;
}

void exportFlag(napi_env env, napi_value exports, const char* name, bool flag) {
  napi_value value;
  if (napi_get_boolean(env, flag, &value) == napi_ok) napi_set_named_property(env, exports, name, value);
}

}  // namespace

NAPI_MODULE_INIT() {
  const std::string& problem = registerOnce();
  if (!problem.empty()) napi_throw_error(env, nullptr, problem.c_str());
  const masq::ConvolutionSupport convolutions = masq::convolutionSupport();
  exportFlag(env, exports, "convolvesFloat32", convolutions.float32);
  exportFlag(env, exports, "convolvesBfloat16", convolutions.bfloat16);
  return exports;
}
