#pragma once
#include <stddef.h>

// xpt_watch has a fault in [begin, begin + size) told as one of the file path,
// and returns the entry for xpt_unwatch; -1: there is no room for another.
int xpt_watch(const void *begin, size_t size, const char *path);
void xpt_unwatch(int entry);

// xpt_shrunk returns the path of a watched file that is shorter than its range,
// for free; NULL: there is none.
char *xpt_shrunk(void);
