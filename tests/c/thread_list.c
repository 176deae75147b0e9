/* See thread_list.h. */
#include "thread_list.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

static struct threads threads_right_now(void)
{
    struct threads threads = {0};
    DIR *folder = opendir("/proc/self/task");
    REQUIRE(folder != NULL);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.' && threads.count < MOST_THREADS) {
            threads.ids[threads.count++] = atoi(entry->d_name);
        }
    }
    closedir(folder);
    return threads;
}

/* A thread that was joined may stand in the list for a moment longer: the list counts once it has stayed
 * the same for a while. */
struct threads threads_of_this_process(void)
{
    struct threads threads = threads_right_now();
    for (int tries = 0, same = 0; tries < 200 && same < 2; tries++) {
        const struct timespec moment = {0, 10000000};
        nanosleep(&moment, NULL);
        struct threads again = threads_right_now();
        same = again.count == threads.count ? same + 1 : 0;
        threads = again;
    }
    return threads;
}

struct threads new_threads(const struct threads *before, const struct threads *after)
{
    struct threads found = {0};
    for (int index = 0; index < after->count; index++) {
        int known = 0;
        for (int other = 0; other < before->count; other++) {
            known = known || before->ids[other] == after->ids[index];
        }
        if (!known) {
            found.ids[found.count++] = after->ids[index];
        }
    }
    return found;
}

const char *line_of_thread(int thread, const char *file, const char *prefix)
{
    static char line[512];
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/%s", thread, file);
    FILE *opened = fopen(path, "r");
    REQUIRE(opened != NULL);
    int found = 0;
    while (!found && fgets(line, sizeof line, opened) != NULL) {
        found = strncmp(line, prefix, strlen(prefix)) == 0;
    }
    fclose(opened);
    REQUIRE(found);
    line[strcspn(line, "\n")] = '\0';
    return line + strlen(prefix);
}

void check_thread_name(const char *expected, int thread)
{
    for (int wait = 0; wait < 1000 && strcmp(expected, line_of_thread(thread, "comm", "")) != 0; wait++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    CHECK_TEXT(expected, line_of_thread(thread, "comm", ""));
}

static unsigned long long blocked_signals_of(int thread)
{
    return strtoull(line_of_thread(thread, "status", "SigBlk:"), NULL, 16);
}

static int is_fault(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGTRAP
        || number == SIGSYS;
}

void check_blocked_signals(int thread)
{
    unsigned long long blocked = blocked_signals_of(thread);
    /* The C library starts every thread with all signals blocked and then gives it its own mask. */
    for (int wait = 0; wait < 1000 && (blocked >> (SIGSEGV - 1) & 1) != 0; wait++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        blocked = blocked_signals_of(thread);
    }
    for (int number = 1; number <= SIGRTMAX; number++) {
        int may_be_blocked = number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN);
        if (may_be_blocked) {
            check_case("signal %d", number);
            CHECK_NUMBER(!is_fault(number), blocked >> (number - 1) & 1);
        }
    }
    check_case(NULL);
}
