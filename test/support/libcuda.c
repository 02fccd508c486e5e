// Stands in for the driver's library where there is none: it says that there is one card of compute capability 8.0, so
// that TensorFlow goes on to open NVIDIA's libraries, and fails in everything that would need the card.
#include <stddef.h>
#include <string.h>

enum { success = 0, no_device = 100 };

int cuInit(unsigned flags) { return success; }
int cuDriverGetVersion(int *version) { return *version = 12090, success; }
int cuDeviceGetCount(int *count) { return *count = 1, success; }
int cuDeviceGet(int *device, int ordinal) { return *device = ordinal, success; }
int cuDeviceGetName(char *name, int length, int device) { return strncpy(name, "stand-in", length), success; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { return *bytes = (size_t)16 << 30, success; }
int cuDeviceGetPCIBusId(char *id, int length, int device) { return strncpy(id, "0000:00:00.0", length), success; }
int cuDeviceGetUuid(char uuid[16], int device) { return memset(uuid, 1, 16), success; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  enum { major = 75, minor = 76 };
  *value = attribute == major ? 8 : attribute == minor ? 0 : 1;
  return success;
}
int cuDevicePrimaryCtxRetain(void **context, int device) { return no_device; }
int cuGetErrorName(int error, const char **name) { return *name = "CUDA_ERROR_NO_DEVICE", success; }
int cuGetErrorString(int error, const char **text) { return *text = "a stand-in for a driver", success; }

/* The driver's management library, which TensorFlow wants before it asks for cards. */
int nvmlInit_v2(void) { return success; }
int nvmlShutdown(void) { return success; }
const char *nvmlErrorString(int error) { return "a stand-in for a driver"; }
