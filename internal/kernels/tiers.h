// The C interface of the kernels for Go.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

const char *kernels_tier(void);
const char *kernels_why(void);
const char *kernels_wrong(void); // error of XPT_CPU, or ""
const void *kernels_table(void); // a kernels::Table
int kernels_has_pairs(void);
int kernels_team(int threads); // number of threads that run if so many are requested
void kernels_spin_briefly(int processors);
int kernels_tiers(int i, const char **name); // number of tiers up to the one in use, and the name of number i

#ifdef __cplusplus
}
#endif
