/* What the macros of check.h call: counting, comparing, saying where. */
#include "check.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static char current_case[256];
static const char *current_test = "";
static int failed_checks;
static int passed_tests;
static int failed_tests;

static int failures_so_far(void)
{
    pthread_mutex_lock(&counting);
    int failures = failed_checks;
    pthread_mutex_unlock(&counting);
    return failures;
}

void check_failed(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&counting);
    failed_checks++;
    printf("%s:%d: ", file, line);
    vprintf(format, arguments);
    printf("%s%s\n", current_case[0] != '\0' ? ", in the case of " : "", current_case);
    fflush(stdout);
    pthread_mutex_unlock(&counting);
    va_end(arguments);
}

void check_give_up(const char *file, int line, const char *condition)
{
    check_failed(file, line, "the test cannot go on without %s", condition);
    exit(EXIT_FAILURE);
}

void check_case(const char *format, ...)
{
    current_case[0] = '\0';
    if (format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(current_case, sizeof current_case, format, arguments);
        va_end(arguments);
    }
}

void check_number(const char *file, int line, const char *what, long long expected, long long found)
{
    if (expected != found) {
        check_failed(file, line, "expected %s to be %lld, found %lld", what, expected, found);
    }
}

void check_near(const char *file, int line, const char *what, double expected, double found,
                double tolerance)
{
    if (!(fabs(expected - found) <= tolerance)) {
        check_failed(file, line, "expected %s to be %g within %g, found %g", what, expected, tolerance, found);
    }
}

void check_text(const char *file, int line, const char *what, const char *expected, const char *found)
{
    if (strcmp(expected, found) != 0) {
        check_failed(file, line, "expected %s to be \"%s\", found \"%s\"", what, expected, found);
    }
}

void check_status(const char *file, int line, const char *what, int32_t expected, int32_t found)
{
    if (expected != found) {
        check_failed(file, line, "expected %s to give %s, found %s", what, vrec_status_name(expected),
                     vrec_status_name(found));
    }
}

void check_success(const char *file, int line, const char *call, int32_t status, vrec_error *error)
{
    if (status != VREC_OK) {
        check_failed(file, line, "expected %s to succeed, found %s: %s", call, vrec_status_name(status),
                     vrec_error_message(error));
    } else if (error != NULL) {
        check_failed(file, line, "expected %s to write no error on success", call);
    }
    vrec_error_destroy(error);
}

void check_refusal(const char *file, int line, const char *call, int32_t expected, const char *naming,
                   int32_t status, vrec_error *error)
{
    const char *message = vrec_error_message(error);
    if (status != expected) {
        check_failed(file, line, "expected %s to give %s, found %s: %s", call, vrec_status_name(expected),
                     vrec_status_name(status), message);
    } else if (error == NULL || vrec_error_code(error) != status) {
        check_failed(file, line, "expected %s to give an error of the code it returned", call);
    } else if (message[0] == '\0' || strpbrk(message, "\r\n") != NULL) {
        check_failed(file, line, "expected %s to give a message of one line, found \"%s\"", call, message);
    } else if (naming != NULL && strstr(message, naming) == NULL) {
        check_failed(file, line, "expected %s to give a message that names %s, found \"%s\"", call, naming,
                     message);
    }
    vrec_error_destroy(error);
}

static void say(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0) {
        _exit(EXIT_FAILURE);
    }
}

/* Says which test the program died in; the signal then takes its course. */
static void report_crash(int signal_number)
{
    say("CRASHED ");
    say(current_test);
    say(current_case[0] != '\0' ? ", in the case of " : "");
    say(current_case);
    say("\n");
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void check_run(const char *name, void (*test)(void))
{
    int before = failures_so_far();
    current_test = name;
    signal(SIGSEGV, report_crash);
    signal(SIGBUS, report_crash);
    signal(SIGABRT, report_crash);
    test();
    check_case(NULL);
    int failed = failures_so_far() != before;
    *(failed ? &failed_tests : &passed_tests) += 1;
    printf("%s %s\n", failed ? "FAILED" : "ok", name);
    fflush(stdout);
}

void check_in_own_process(const char *file, int line, void (*body)(void *argument), void *argument)
{
    int before = failures_so_far();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        body(argument);
        fflush(stdout);
        _exit(failures_so_far() == before ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        check_failed(file, line, "a process of its own could not be had");
    } else if (WIFSIGNALED(status)) {
        check_failed(file, line, "the process ended by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != EXIT_SUCCESS) {
        check_failed(file, line, "checks failed in a process of its own");
    }
}

int check_finish(void)
{
    printf("%d passed, %d failed\n", passed_tests, failed_tests);
    return failed_tests == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
