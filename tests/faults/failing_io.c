/* Preloaded into a process (LD_PRELOAD): the N-th input or output below a folder fails, whoever asks for it: Python, SQLite, Arrow. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char below[4096], last[4200];
static long calls, wanted;
static int code, for_ever, reading;

/* From now on: `which`-th call fails with `error`, or every one from it on. `reads`: calls that read count as well. */
void failing_io_arm(const char *folder, long which, int error, int sticky, int reads) {
    strncpy(below, folder, sizeof below - 1);
    calls = 0, wanted = which, code = error, for_ever = sticky, reading = reads, last[0] = 0;
}
long failing_io_calls(void) { return calls; }
const char *failing_io_last(void) { return last; }

static int fails(const char *name, const char *path) {
    size_t length = strlen(below);
    if (!length || !path || strncmp(path, below, length)) return 0;
    long now = __sync_add_and_fetch(&calls, 1);
    if (!wanted || (for_ever ? now < wanted : now != wanted)) return 0;
    if (!last[0]) snprintf(last, sizeof last, "%s %s", name, path + length);
    errno = code;
    return 1;
}
static int fails_at(const char *name, int fd) {
    char link[64], path[4096];
    if (!below[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return fails(name, path);
}
#define NEXT(name) ({ static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); next; })
#define OF_FD(type, name, wrong, parameters, given, fd, counts) \
    type name parameters { if ((counts) && fails_at(#name, fd)) return wrong; return NEXT(name) given; }
#define OF_PATH(name, parameters, given, path) \
    int name parameters { if (fails(#name, path)) return -1; return NEXT(name) given; }
#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))
#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
        if ((WRITES(flags) || reading) && fails(#name, path)) return -1; \
        return NEXT(name)(path, flags, mode); }
#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
        if ((WRITES(flags) || reading) && fails(#name, path)) return -1; \
        return NEXT(name)(folder, path, flags, mode); }

OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)
OF_FD(ssize_t, write, -1, (int fd, const void *b, size_t n), (fd, b, n), fd, 1)
OF_FD(ssize_t, pwrite, -1, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), fd, 1)
OF_FD(ssize_t, pwrite64, -1, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), fd, 1)
OF_FD(ssize_t, writev, -1, (int fd, const struct iovec *v, int n), (fd, v, n), fd, 1)
OF_FD(ssize_t, read, -1, (int fd, void *b, size_t n), (fd, b, n), fd, reading)
OF_FD(ssize_t, pread, -1, (int fd, void *b, size_t n, off_t o), (fd, b, n, o), fd, reading)
OF_FD(ssize_t, pread64, -1, (int fd, void *b, size_t n, off64_t o), (fd, b, n, o), fd, reading)
OF_FD(int, fsync, -1, (int fd), (fd), fd, 1)
OF_FD(int, fdatasync, -1, (int fd), (fd), fd, 1)
OF_FD(int, ftruncate, -1, (int fd, off_t n), (fd, n), fd, 1)
OF_FD(int, ftruncate64, -1, (int fd, off64_t n), (fd, n), fd, 1)
OF_PATH(rename, (const char *a, const char *b), (a, b), b)
OF_PATH(renameat, (int x, const char *a, int y, const char *b), (x, a, y, b), b)
OF_PATH(link, (const char *a, const char *b), (a, b), b)
OF_PATH(linkat, (int x, const char *a, int y, const char *b, int f), (x, a, y, b, f), b)
OF_PATH(symlink, (const char *a, const char *b), (a, b), b)
OF_PATH(unlink, (const char *a), (a), a)
OF_PATH(unlinkat, (int x, const char *a, int f), (x, a, f), a)
OF_PATH(mkdir, (const char *a, mode_t m), (a, m), a)
OF_PATH(mkdirat, (int x, const char *a, mode_t m), (x, a, m), a)
