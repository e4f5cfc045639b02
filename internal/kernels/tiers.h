// The kernels as Go sees them.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

const char *kernels_tier(void);
const char *kernels_why(void);
const char *kernels_wrong(void); // what is wrong with XPT_CPU, or ""
const void *kernels_table(void); // a kernels::Table
int kernels_has_pairs(void);
int kernels_team(int threads); // how many threads they run on where so many are asked for
void kernels_spin_briefly(int processors);
int kernels_tiers(int i, const char **name); // how many there are up to the one in use, and the name of number i

#ifdef __cplusplus
}
#endif
