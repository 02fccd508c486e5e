// A thin C++ layer over TensorFlow's C API for operations: tensors, failures as exceptions, and registration.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

// Compiles a function for several generations of x86 processors; the one at hand is chosen when the library is loaded.
// Elsewhere the base instruction set has vectors enough.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MASQ_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MASQ_VECTORISED
#endif
#define MASQ_INLINE inline __attribute__((always_inline))

namespace masq {

using Shape = std::vector<int64_t>;

/** The outcome of a call of TensorFlow's. */
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  operator TF_Status*() const { return status_; }
  void check() const {
    if (TF_GetCode(status_) != TF_OK) throw std::runtime_error(TF_Message(status_));
  }

 private:
  TF_Status* status_;
};

/** Makes an operation fail with a message unless the condition holds. */
inline void require(bool condition, const char* message) {
  if (!condition) throw std::runtime_error(message);
}

/** An input or output of an operation. */
class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor, TF_DeleteTensor) {}
  float* floats() const { return static_cast<float*>(TF_TensorData(tensor_.get())); }
  template <typename Value>
  Value* values() const {
    return static_cast<Value*>(TF_TensorData(tensor_.get()));
  }
  TF_DataType type() const { return TF_TensorType(tensor_.get()); }
  const unsigned char* bools() const { return static_cast<unsigned char*>(TF_TensorData(tensor_.get())); }
  int64_t elements() const { return TF_TensorElementCount(tensor_.get()); }
  int rank() const { return TF_NumDims(tensor_.get()); }
  int64_t size(int axis) const { return TF_Dim(tensor_.get(), axis); }
  Shape shape() const {
    Shape sizes;
    for (int axis = 0; axis < rank(); axis++) sizes.push_back(size(axis));
    return sizes;
  }

 private:
  std::unique_ptr<TF_Tensor, void (*)(TF_Tensor*)> tensor_;
};

/** One execution of an operation. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}

  int inputs() const { return TF_NumInputs(context_); }

  Tensor input(int index) const {
    Status status;
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status);
    status.check();
    return Tensor(tensor);
  }

  /** An output of its own memory. */
  Tensor output(int index, const Shape& shape) const { return output(index, shape, {}); }

  /**
   * An output of the shape of an input, in the memory of one of the `reusable` inputs where nobody else needs that any
   * more. To be asked for before the inputs themselves, since a `Tensor` needs its memory.
   */
  Tensor outputLike(int index, int model, std::initializer_list<int> reusable) const {
    const Shape shape = input(model).shape();
    return output(index, shape, reusable);
  }

 private:
  Tensor output(int index, const Shape& shape, std::initializer_list<int> reusable) const {
    Status status;
    int reused;
    TF_Tensor* tensor = TF_ForwardInputOrAllocateOutput(context_, reusable.begin(), static_cast<int>(reusable.size()),
                                                        index, shape.data(), static_cast<int>(shape.size()), &reused,
                                                        status);
    status.check();
    return Tensor(tensor);
  }

  TF_OpKernelContext* context_;
};

/** The attributes of an operation. */
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}

  float number(const char* name) const {
    float value;
    return read(TF_OpKernelConstruction_GetAttrFloat, name, value);
  }
  bool flag(const char* name) const {
    TF_Bool value;
    return read(TF_OpKernelConstruction_GetAttrBool, name, value) != 0;
  }
  int64_t integer(const char* name) const {
    int64_t value;
    return read(TF_OpKernelConstruction_GetAttrInt64, name, value);
  }
  std::vector<int64_t> integers(const char* name) const {
    Status status;
    int32_t length = 0;
    int32_t unused;
    TF_OpKernelConstruction_GetAttrSize(construction_, name, &length, &unused, status);
    status.check();
    std::vector<int64_t> values(length);
    TF_OpKernelConstruction_GetAttrInt64List(construction_, name, values.data(), length, status);
    status.check();
    return values;
  }

 private:
  template <typename Get, typename Value>
  Value read(Get get, const char* name, Value& value) const {
    Status status;
    get(construction_, name, &value, status);
    status.check();
    return value;
  }

  TF_OpKernelConstruction* construction_;
};

/** Says nothing about the shapes of the outputs before the operation runs. */
inline void unknownShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

/** Output k has the shape of the k-th of these inputs; of further outputs it says nothing. */
template <int... inputs>
void shapesOf(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
  TF_ShapeHandle* handle = TF_NewShapeHandle();
  int output = 0;
  for (int input : {inputs...}) {
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextGetInput(context, input, handle, status);
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, output++, handle, status);
  }
  TF_DeleteShapeHandle(handle);
}

/** An operation as TensorFlow wants it described, e.g. input `x: float`, attribute `epsilon: float`. */
struct Operation {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  std::vector<const char*> attributes;
  void (*shapes)(TF_ShapeInferenceContext*, TF_Status*);
};

inline void fail(const std::exception& error, Status& status) {
  TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
}

/**
 * Registers an operation with its kernel for processors: a class that is made from `Attributes` and has
 * `void compute(const Call&) const`, which may run in several threads at once.
 */
template <typename Kernel>
void registerOperation(const Operation& operation) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, operation.shapes);
  Status status;
  TF_RegisterOpDefinition(definition, status);
  status.check();

  const auto create = [](TF_OpKernelConstruction* construction) -> void* {
    try {
      return new Kernel(Attributes(construction));
    } catch (const std::exception& error) {
      Status failed;
      fail(error, failed);
      TF_OpKernelConstruction_Failure(construction, failed);
      return nullptr;
    }
  };
  const auto compute = [](void* kernel, TF_OpKernelContext* context) {
    try {
      static_cast<const Kernel*>(kernel)->compute(Call(context));
    } catch (const std::exception& error) {
      Status failed;
      fail(error, failed);
      TF_OpKernelContext_Failure(context, failed);
    }
  };
  const auto destroy = [](void* kernel) { delete static_cast<Kernel*>(kernel); };
  TF_RegisterKernelBuilder(operation.name, TF_NewKernelBuilder(operation.name, "CPU", create, compute, destroy),
                           status);
  status.check();
}

}  // namespace masq
