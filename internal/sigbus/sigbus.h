#pragma once
#include <stddef.h>

// xpt_watch reports a fault in [begin, begin + size) as one of the file path. It
// returns the entry for xpt_unwatch, or -1 if the table is full.
int xpt_watch(const void *begin, size_t size, const char *path);
void xpt_unwatch(int entry);

// xpt_shrunk returns the path of a watched file that is shorter than its range, or
// NULL. The caller frees it.
char *xpt_shrunk(void);
