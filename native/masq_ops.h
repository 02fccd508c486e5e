// The operations by the file that holds them; each function registers its own with TensorFlow.
#pragma once

namespace masq {

void registerBatchNorm();
void registerSteps();
void registerPooling();
void registerMaxPool();
void registerSqueezeExcite();
void registerCrossEntropy();
void registerOptimizers();

}  // namespace masq
