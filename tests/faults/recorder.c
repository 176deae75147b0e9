/* Loaded before the workload (LD_PRELOAD), it writes down every change that the process makes below one folder, in
 * the order they were made, together with what is acknowledged: what a power cut could leave follows from that
 * (disk.py). The process has one thread.
 *
 *   RECORDER_ROOT   the folder, absolute, without links in it
 *   RECORDER_LOG    where to write, a new file
 *
 * A record is a line, a word and numbers, and after it as many bytes as the line says:
 *
 *   open FD CREATED TRUNCATED DIRECTORY BYTES   then the path, and so for the others with BYTES
 *   write FD OFFSET BYTES, truncate FD SIZE, grow FD SIZE, sync FD, close FD, dup FD FD
 *   rename BYTES, link BYTES                    both paths with a zero byte between them
 *   unlink BYTES, mkdir BYTES, rmdir BYTES
 *   ack BYTES
 *   unsupported BYTES                           a way to write that is not understood: nothing may be concluded */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, LINE_BYTES = 128, ACKNOWLEDGEMENTS = 3, LOWEST_OF_LOG = 900 };

static int log_descriptor = -1;
static char root[PATH_MAX];
static char is_below[DESCRIPTORS];

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("RECORDER_ROOT"), *path = getenv("RECORDER_LOG");
    if (folder == NULL || path == NULL) {
        abort();
    }
    snprintf(root, sizeof root, "%s/", folder);
    int opened = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    log_descriptor = (int)syscall(SYS_fcntl, opened, F_DUPFD_CLOEXEC, LOWEST_OF_LOG);
    syscall(SYS_close, opened);
    if (log_descriptor < 0) {
        abort();
    }
}

/* --- writing records ------------------------------------------------------------------------------ */

static void put(const char *line, const void *bytes, size_t length)
{
    struct iovec parts[2] = {{(char *)(size_t)line, strlen(line)}, {(char *)(size_t)bytes, length}};
    if (syscall(SYS_writev, log_descriptor, parts, 2) != (long)(parts[0].iov_len + length)) {
        abort();
    }
}

__attribute__((format(printf, 1, 2))) static void put_line(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list values;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    put(line, "", 0);
}

static void put_text(const char *word, const char *text)
{
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "%s %zu\n", word, strlen(text));
    put(line, text, strlen(text));
}

static int is_tracked(int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS && is_below[descriptor];
}

static void not_understood(const char *function, int descriptor)
{
    if (is_tracked(descriptor)) {
        put_text("unsupported", function);
    }
}

/* --- names ---------------------------------------------------------------------------------------- */

/* The absolute path, and whether it lies below the root. */
static int resolve(int folder, const char *path, char resolved[PATH_MAX * 2])
{
    if (path[0] == '/') {
        snprintf(resolved, PATH_MAX * 2, "%s", path);
    } else {
        char link[64], base[PATH_MAX] = "";
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        if (readlink(link, base, sizeof base - 1) < 0) {
            return 0;
        }
        snprintf(resolved, PATH_MAX * 2, "%s/%s", base, path);
    }
    size_t length = strlen(root) - 1;
    return strncmp(resolved, root, length) == 0 && (resolved[length] == '/' || resolved[length] == '\0');
}

static int exists(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0;
}

static int open_and_record(int folder, const char *path, int flags, mode_t mode)
{
    char resolved[PATH_MAX * 2];
    int is_ours = resolve(folder, path, resolved);
    int was_there = is_ours && exists(resolved);
    int opened = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (!is_ours || opened < 0 || opened >= DESCRIPTORS) {
        return opened;
    }
    struct stat found;
    int is_directory = fstat(opened, &found) == 0 && S_ISDIR(found.st_mode);
    is_below[opened] = 1;
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "open %d %d %d %d %zu\n", opened, !was_there, (flags & O_TRUNC) != 0, is_directory,
             strlen(resolved));
    put(line, resolved, strlen(resolved));
    return opened;
}

#define OPEN_WITH(folder, path, flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list values; \
        va_start(values, flags); \
        mode = va_arg(values, mode_t); \
        va_end(values); \
    } \
    return open_and_record(folder, path, flags, mode)

int open(const char *path, int flags, ...)
{
    OPEN_WITH(AT_FDCWD, path, flags);
}

int open64(const char *path, int flags, ...)
{
    OPEN_WITH(AT_FDCWD, path, flags | O_LARGEFILE);
}

int openat(int folder, const char *path, int flags, ...)
{
    OPEN_WITH(folder, path, flags);
}

int openat64(int folder, const char *path, int flags, ...)
{
    OPEN_WITH(folder, path, flags | O_LARGEFILE);
}

int creat(const char *path, mode_t mode)
{
    return open_and_record(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
    return creat(path, mode);
}

int close(int descriptor)
{
    if (is_tracked(descriptor)) {
        is_below[descriptor] = 0;
        put_line("close %d\n", descriptor);
    }
    return (int)syscall(SYS_close, descriptor);
}

static int record_copy(int from, int to)
{
    if (to >= 0 && to < DESCRIPTORS && is_tracked(from)) {
        is_below[to] = 1;
        put_line("dup %d %d\n", from, to);
    }
    return to;
}

int dup(int descriptor)
{
    return record_copy(descriptor, (int)syscall(SYS_dup, descriptor));
}

static int control(int descriptor, int order, void *argument)
{
    int answer = (int)syscall(SYS_fcntl, descriptor, order, argument);
    return order == F_DUPFD || order == F_DUPFD_CLOEXEC ? record_copy(descriptor, answer) : answer;
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

/* --- directories ---------------------------------------------------------------------------------- */

static void record_pair(const char *word, int from_folder, const char *from, int to_folder, const char *to)
{
    char both[PATH_MAX * 4 + 1], other[PATH_MAX * 2], line[LINE_BYTES];
    int is_ours = resolve(from_folder, from, both) | resolve(to_folder, to, other);
    if (!is_ours) {
        return;
    }
    size_t first = strlen(both), second = strlen(other);
    memcpy(both + first + 1, other, second);
    snprintf(line, sizeof line, "%s %zu\n", word, first + 1 + second);
    put(line, both, first + 1 + second);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    int status = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    if (status == 0) {
        record_pair("rename", from_folder, from, to_folder, to);
    }
    return status;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int link(const char *from, const char *to)
{
    int status = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (status == 0) {
        record_pair("link", AT_FDCWD, from, AT_FDCWD, to);
    }
    return status;
}

int unlinkat(int folder, const char *path, int flags)
{
    char resolved[PATH_MAX * 2];
    int is_ours = resolve(folder, path, resolved);
    int status = (int)syscall(SYS_unlinkat, folder, path, flags);
    if (status == 0 && is_ours) {
        put_text(flags & AT_REMOVEDIR ? "rmdir" : "unlink", resolved);
    }
    return status;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    char resolved[PATH_MAX * 2];
    int is_ours = resolve(folder, path, resolved);
    int status = (int)syscall(SYS_mkdirat, folder, path, mode);
    if (status == 0 && is_ours) {
        put_text("mkdir", resolved);
    }
    return status;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

/* --- content -------------------------------------------------------------------------------------- */

static void record_write(int descriptor, off_t offset, const void *bytes, ssize_t written)
{
    if (written > 0 && is_tracked(descriptor)) {
        char line[LINE_BYTES];
        snprintf(line, sizeof line, "write %d %lld %zd\n", descriptor, (long long)offset, written);
        put(line, bytes, (size_t)written);
    }
}

/* Where the next plain write goes. */
static off_t write_position(int descriptor)
{
    int flags = (int)syscall(SYS_fcntl, descriptor, F_GETFL);
    return lseek(descriptor, 0, flags & O_APPEND ? SEEK_END : SEEK_CUR);
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    off_t offset = is_tracked(descriptor) ? write_position(descriptor) : 0;
    ssize_t written = syscall(SYS_write, descriptor, bytes, count);
    record_write(descriptor, offset, bytes, written);
    if (descriptor == ACKNOWLEDGEMENTS && written > 0) {
        char line[LINE_BYTES];
        snprintf(line, sizeof line, "ack %zd\n", written);
        put(line, bytes, (size_t)written);
    }
    return written;
}

/* A short write is allowed: the first part alone. */
ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    if (!is_tracked(descriptor)) {
        return syscall(SYS_writev, descriptor, parts, count);
    }
    return count > 0 ? write(descriptor, parts[0].iov_base, parts[0].iov_len) : 0;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    record_write(descriptor, offset, bytes, written);
    return written;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    return count > 0 ? pwrite(descriptor, parts[0].iov_base, parts[0].iov_len, offset) : 0;
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t offset)
{
    return pwritev(descriptor, parts, count, offset);
}

int ftruncate(int descriptor, off_t size)
{
    int status = (int)syscall(SYS_ftruncate, descriptor, size);
    if (status == 0 && is_tracked(descriptor)) {
        put_line("truncate %d %lld\n", descriptor, (long long)size);
    }
    return status;
}

int ftruncate64(int descriptor, off64_t size)
{
    return ftruncate(descriptor, size);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    int status = (int)syscall(SYS_fallocate, descriptor, mode, offset, length);
    if (status == 0 && is_tracked(descriptor)) {
        if (mode == 0) {
            put_line("grow %d %lld\n", descriptor, (long long)(offset + length));
        } else {
            not_understood("fallocate", descriptor);
        }
    }
    return status;
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return fallocate(descriptor, mode, offset, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length)
{
    return fallocate(descriptor, 0, offset, length);
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t length)
{
    return fallocate(descriptor, 0, offset, length);
}

ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t count, unsigned flags)
{
    not_understood("copy_file_range", to);
    return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t count)
{
    not_understood("sendfile64", to);
    return syscall(SYS_sendfile, to, from, offset, count);
}

/* --- what makes it durable ------------------------------------------------------------------------ */

static int record_sync(long call, int descriptor)
{
    int status = (int)syscall(call, descriptor);
    if (status == 0 && is_tracked(descriptor)) {
        put_line("sync %d\n", descriptor);
    }
    return status;
}

int fsync(int descriptor)
{
    return record_sync(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    return record_sync(SYS_fdatasync, descriptor);
}
