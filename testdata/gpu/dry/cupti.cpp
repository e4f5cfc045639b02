// CUPTI, as PyTorch's profiler asks it: it agrees to everything and records nothing, so that a trace has the host's part alone.
#include "dry.h"

// What is called with any arguments.
#define AGREES(name) \
  API int name() { return 0; }

AGREES(cuptiActivityDisable)
AGREES(cuptiActivityEnable)
AGREES(cuptiActivityEnableCudaEventDeviceTimestamps)
AGREES(cuptiActivityEnableDriverApi)
AGREES(cuptiActivityEnableRuntimeApi)
AGREES(cuptiActivityFlushAll)
AGREES(cuptiActivityPopExternalCorrelationId)
AGREES(cuptiActivityPushExternalCorrelationId)
AGREES(cuptiActivityRegisterCallbacks)
AGREES(cuptiActivityRegisterTimestampCallback)
AGREES(cuptiActivitySetAttribute)
AGREES(cuptiEnableCallback)
AGREES(cuptiEnableDomain)
AGREES(cuptiFinalize)
AGREES(cuptiSubscribe)
AGREES(cuptiUnsubscribe)

API int cuptiGetVersion(unsigned *v) { return *v = 130000, 0; }
API int cuptiGetResultString(int, const char **text) { return *text = "an error of the dry run's CUPTI", 0; }
