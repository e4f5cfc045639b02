#include "sigbus.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// A watched range of memory. The handler may read an entry at any time, so size
// is set last and cleared first.
struct entry {
  uintptr_t begin, size;
  char *path;
};

enum { capacity = 1 << 14 };
static struct entry entries[capacity];
static int used; // entries that were ever set
static struct sigaction before;

static int shorter(const struct entry *e, uintptr_t size) {
  struct stat now;
  return stat(e->path, &now) != 0 || (uintptr_t)now.st_size < size;
}

static void say_and_exit(const struct entry *e, uintptr_t size) {
  static int reporting; // only the first of several faulting threads reports
  if (__atomic_exchange_n(&reporting, 1, __ATOMIC_ACQ_REL))
    for (;;)
      pause();
  const char *cause = shorter(e, size) ? " got shorter while it was read" : " cannot be read, its disk failed";
  const char *parts[] = {"xpt: ", e->path, cause,
                         ": put the whole file back and run the command again; what was saved before stays\n"};
  enum { n = sizeof parts / sizeof *parts };
  struct iovec line[n];
  for (int i = 0; i < n; i++)
    line[i] = (struct iovec){(void *)parts[i], strlen(parts[i])};
  if (writev(STDERR_FILENO, line, n) < 0) { // one call, so that no output of other threads comes between
    // there is nobody to tell
  }
  _exit(2);
}

// handle calls async-signal-safe functions only.
static void handle(int number, siginfo_t *info, void *context) {
  uintptr_t at = (uintptr_t)info->si_addr;
  int n = __atomic_load_n(&used, __ATOMIC_ACQUIRE);
  for (int i = 0; i < n && info->si_code > 0; i++) { // a code above 0: from the kernel, with an address
    uintptr_t size = __atomic_load_n(&entries[i].size, __ATOMIC_ACQUIRE);
    if (size == 0 || at - entries[i].begin >= size)
      continue;
    say_and_exit(&entries[i], size);
  }
  if (before.sa_flags & SA_SIGINFO) { // Go's
    before.sa_sigaction(number, info, context);
    return;
  }
  sigaction(SIGBUS, &before, NULL); // the fault recurs on return
}

static int installed;

static int install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  installed = sigaction(SIGBUS, &action, &before) == 0;
  return installed;
}

int xpt_watch(const void *begin, size_t size, const char *path) {
  if (!installed && !install())
    return -1;
  int i = 0;
  while (i < used && entries[i].size != 0)
    i++;
  char *copy = strdup(path);
  if (i == capacity || copy == NULL) {
    free(copy);
    return -1;
  }
  entries[i].begin = (uintptr_t)begin;
  entries[i].path = copy;
  __atomic_store_n(&entries[i].size, size, __ATOMIC_RELEASE);
  if (i == used)
    __atomic_store_n(&used, used + 1, __ATOMIC_RELEASE);
  return i;
}

void xpt_unwatch(int i) {
  __atomic_store_n(&entries[i].size, 0, __ATOMIC_RELEASE);
  free(entries[i].path);
}

char *xpt_shrunk(void) {
  for (int i = 0; i < used; i++)
    if (entries[i].size != 0 && shorter(&entries[i], entries[i].size))
      return strdup(entries[i].path);
  return NULL;
}
