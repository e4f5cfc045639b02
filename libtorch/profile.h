// Where the time of a computation goes.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Begins to sum up what operations take on the calling thread. Returns NULL or a malloc'd message.
char *xpt_profile_start(void);

// Ends that, and gives a malloc'd line for each operation: its name, 1 in a backward pass and 0 otherwise, how often it ran, and the
// nanoseconds without those of the operations inside it; tabs between them.
char *xpt_profile_stop(void);

#ifdef __cplusplus
}
#endif
