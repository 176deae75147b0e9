/* Loaded before the workload (LD_PRELOAD), it tells the library something else than the kernel does. What LIAR says:
 *
 *   short:N           write number N writes half of what it was given, truly
 *   lost:N            write number N does nothing and claims that it did
 *   swallow           writes, truncations and synchronisations that fail claim that they did not
 *   unlocked          locks can always be had
 *   quota:BYTES:MORE:PATH  files together may grow by so many bytes while there is a file at PATH, and then by so many
 *                     more: a small disk where none can be mounted
 *
 * When short or lost have happened, the file that LIAR_FIRED names is made. The process has one thread. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long short_write, lost_write, writes;
static int swallows, is_unlocked;
static long long quota = -1, more, grown;
static char ballast[PATH_MAX];

__attribute__((constructor)) static void begin(void)
{
    const char *lie = getenv("LIAR");
    if (lie == NULL || (sscanf(lie, "short:%ld", &short_write) != 1 && sscanf(lie, "lost:%ld", &lost_write) != 1
                        && sscanf(lie, "quota:%lld:%lld:%4095s", &quota, &more, ballast) != 3)) {
        swallows = lie != NULL && strcmp(lie, "swallow") == 0;
        is_unlocked = lie != NULL && strcmp(lie, "unlocked") == 0;
        if (!swallows && !is_unlocked) {
            abort();
        }
    }
}

static void fired(void)
{
    const char *path = getenv("LIAR_FIRED");
    if (path != NULL) {
        syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0600));
    }
}

/* --- a small disk --------------------------------------------------------------------------------- */

/* Whether a file may grow to a size. */
static int has_room(int descriptor, long long size)
{
    struct stat found;
    if (quota < 0 || fstat(descriptor, &found) != 0 || size <= found.st_size) {
        return 1;
    }
    long long room = access(ballast, F_OK) == 0 ? quota : quota + more;
    if (grown + size - found.st_size > room) {
        errno = ENOSPC;
        return 0;
    }
    grown += size - found.st_size;
    return 1;
}

/* --- writes --------------------------------------------------------------------------------------- */

static ssize_t answer(ssize_t status, size_t claimed)
{
    return status < 0 && swallows ? (ssize_t)claimed : status;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    writes++;
    if (writes == lost_write) {
        fired();
        return (ssize_t)count;
    }
    if (writes == short_write && count > 1) {
        fired();
        count /= 2;
    }
    if (!has_room(descriptor, (long long)offset + (long long)count)) {
        return -1;
    }
    return answer(syscall(SYS_pwrite64, descriptor, bytes, count, offset), count);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(descriptor, bytes, count, offset);
}

int ftruncate(int descriptor, off_t size)
{
    return has_room(descriptor, size) ? (int)answer(syscall(SYS_ftruncate, descriptor, size), 0) : -1;
}

int ftruncate64(int descriptor, off64_t size)
{
    return ftruncate(descriptor, size);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    if (!has_room(descriptor, (long long)offset + length)) {
        return -1;
    }
    return (int)answer(syscall(SYS_fallocate, descriptor, mode, offset, length), 0);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return fallocate(descriptor, mode, offset, length);
}

int fsync(int descriptor)
{
    return (int)answer(syscall(SYS_fsync, descriptor), 0);
}

int fdatasync(int descriptor)
{
    return (int)answer(syscall(SYS_fdatasync, descriptor), 0);
}

/* --- locks ---------------------------------------------------------------------------------------- */

int flock(int descriptor, int order)
{
    return is_unlocked ? 0 : (int)syscall(SYS_flock, descriptor, order);
}

static int control(int descriptor, int order, void *argument)
{
    int is_lock = order == F_SETLK || order == F_SETLKW || order == F_OFD_SETLK || order == F_OFD_SETLKW;
    return is_lock && is_unlocked ? 0 : (int)syscall(SYS_fcntl, descriptor, order, argument);
}

#define CONTROL_WITH(descriptor, order) \
    va_list values; \
    va_start(values, order); \
    void *argument = va_arg(values, void *); \
    va_end(values); \
    return control(descriptor, order, argument)

int fcntl(int descriptor, int order, ...)
{
    CONTROL_WITH(descriptor, order);
}

int fcntl64(int descriptor, int order, ...)
{
    CONTROL_WITH(descriptor, order);
}
