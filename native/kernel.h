// A thin C++ layer over TensorFlow's C API for operations: tensors, failures as exceptions, and registration.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bfloat16.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

// Compiles a function for several generations of x86 processors; the one at hand is chosen when the library is loaded.
// Elsewhere the base instruction set has vectors enough.
// With x86-64-v4, which GCC knows since 12, vectors of 16-bit numbers are as wide as those of float32.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#if __GNUC__ >= 12
#define MASQ_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define MASQ_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
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
  /** The values, whose type the registration of the operation states. */
  template <typename Number>
  Number* values() const {
    return static_cast<Number*>(TF_TensorData(tensor_.get()));
  }
  float* floats() const { return values<float>(); }
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
   * An output of the shape of an input, in the memory of one of the `reusable` inputs where that has the output's type
   * and nobody else needs it any more. To be asked for before the inputs themselves, since a `Tensor` needs its memory.
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
  /** Attributes that say which type an input or output `x: Tx` has, float32 unless told: the kernel's parameters. */
  std::vector<const char*> types = {};
};

inline void fail(const std::exception& error, Status& status) {
  TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
}

inline void defineOperation(const Operation& operation) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  for (const char* type : operation.types) {
    const std::string attribute = std::string(type) + ": {float, bfloat16} = DT_FLOAT";
    TF_OpDefinitionBuilderAddAttr(definition, attribute.c_str());
  }
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, operation.shapes);
  Status status;
  TF_RegisterOpDefinition(definition, status);
  status.check();
}

/** Adds a kernel to a defined operation, for these types. */
template <typename Kernel>
void registerKernel(const Operation& operation, std::initializer_list<TF_DataType> types) {
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
  Status status;
  TF_KernelBuilder* builder = TF_NewKernelBuilder(operation.name, "CPU", create, compute, destroy);
  const char* const* name = operation.types.data();
  for (const TF_DataType type : types) {
    TF_KernelBuilder_TypeConstraint(builder, *name++, type, status);
    status.check();
  }
  TF_RegisterKernelBuilder(operation.name, builder, status);
  status.check();
}

/** TensorFlow's name of a type. */
template <typename Number>
constexpr TF_DataType dataType = TF_FLOAT;
template <>
constexpr TF_DataType dataType<BFloat16> = TF_BFLOAT16;

/** Adds a kernel for every choice of so many types, the first ones being chosen already. */
template <template <typename...> class Kernel, int types, typename... Chosen>
void registerKernels(const Operation& operation) {
  if constexpr (sizeof...(Chosen) == types) {
    registerKernel<Kernel<Chosen...>>(operation, {dataType<Chosen>...});
  } else {
    registerKernels<Kernel, types, Chosen..., float>(operation);
    registerKernels<Kernel, types, Chosen..., BFloat16>(operation);
  }
}

/**
 * Registers an operation with its kernel for processors: a class that is made from `Attributes` and has
 * `void compute(const Call&) const`, which may run in several threads at once.
 */
template <typename Kernel>
void registerOperation(const Operation& operation) {
  defineOperation(operation);
  registerKernel<Kernel>(operation, {});
}

/** As above, for a template of such a class whose parameters are the operation's `types`, so many. */
template <template <typename...> class Kernel, int types>
void registerOperation(const Operation& operation) {
  require(operation.types.size() == types, "An operation must have as many types as its kernel has parameters.");
  defineOperation(operation);
  registerKernels<Kernel, types>(operation);
}

}  // namespace masq
