# Writes what a TensorFlow library has: its operations (OpList) and kernels (KernelList) as protocol buffers, by its C API.
# Usage: python3 registeredKernels.py FOLDER_OF_LIBRARIES OPERATIONS_FILE KERNELS_FILE
import ctypes
import sys

folder, *files = sys.argv[1:]


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p)]


libraries = [
    ctypes.CDLL(f"{folder}/{name}", mode=ctypes.RTLD_GLOBAL)
    for name in ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")
]


def function(name, result, *arguments):
    found = next(getattr(library, name) for library in reversed(libraries) if hasattr(library, name))
    found.restype, found.argtypes = result, arguments
    return found


status = function("TF_NewStatus", ctypes.c_void_p)()
operations = function("TF_GetAllOpList", ctypes.POINTER(Buffer))()
kernels = function("TF_GetAllRegisteredKernels", ctypes.POINTER(Buffer), ctypes.c_void_p)(status)
for path, buffer in zip(files, (operations, kernels)):
    with open(path, "wb") as file:
        file.write(ctypes.string_at(buffer.contents.data, buffer.contents.length))
