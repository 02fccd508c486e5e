// The operations by the file that holds them; each function registers its own with TensorFlow.
#pragma once

namespace masq {

/** In which precisions convolutions are masq's own; in others TensorFlow's are quicker, or the only ones. */
struct ConvolutionSupport {
  bool float32;
  bool bfloat16;
};
ConvolutionSupport convolutionSupport();

void registerBatchNorm();
void registerConvolution();
void registerSteps();
void registerPooling();
void registerMaxPool();
void registerSqueezeExcite();
void registerCrossEntropy();
void registerOptimizers();

}  // namespace masq
