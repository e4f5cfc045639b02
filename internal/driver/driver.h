// What the CUDA driver's library says of itself and of its GPUs. CUDA's headers are not needed for it.
// Source: CUDA Driver API, cuda.h: version 1000 major + 10 minor; attributes 75 and 76 are the compute capability.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  char name[128];
  size_t memory; // bytes
  int major, minor;
} driver_gpu;

// ask_driver fills at most room GPUs. Returns NULL, or a message to be freed.
static char *ask_driver(const char *library, int *version, int *count, driver_gpu *gpus, int room) {
  void *driver = dlopen(library, RTLD_NOW);
  if (!driver) return strdup(dlerror());
  int (*init)(unsigned) = (int (*)(unsigned))dlsym(driver, "cuInit");
  int (*release)(int *) = (int (*)(int *))dlsym(driver, "cuDriverGetVersion");
  int (*number)(int *) = (int (*)(int *))dlsym(driver, "cuDeviceGetCount");
  int (*get)(int *, int) = (int (*)(int *, int))dlsym(driver, "cuDeviceGet");
  int (*name)(char *, int, int) = (int (*)(char *, int, int))dlsym(driver, "cuDeviceGetName");
  int (*memory)(size_t *, int) = (int (*)(size_t *, int))dlsym(driver, "cuDeviceTotalMem_v2");
  int (*attribute)(int *, int, int) = (int (*)(int *, int, int))dlsym(driver, "cuDeviceGetAttribute");
  int (*explain)(int, const char **) = (int (*)(int, const char **))dlsym(driver, "cuGetErrorString");
  if (!init || !release || !number || !get || !name || !memory || !attribute) return strdup("it is no driver of CUDA's");
  int error = init(0);
  if (!error) error = release(version);
  if (!error) error = number(count);
  if (*count > room) *count = room;
  for (int i = 0; !error && i < *count; i++) {
    driver_gpu *g = gpus + i;
    int device = 0;
    error = get(&device, i);
    if (!error) error = name(g->name, sizeof g->name, device);
    if (!error) error = memory(&g->memory, device);
    if (!error) error = attribute(&g->major, 75, device);
    if (!error) error = attribute(&g->minor, 76, device);
  }
  if (!error) return NULL;
  const char *text = NULL;
  char message[256];
  if (explain) explain(error, &text);
  snprintf(message, sizeof message, "%s (CUDA's error %d)", text ? text : "it fails", error);
  return strdup(message);
}
