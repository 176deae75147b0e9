/* The checks of the C tests. A test is a function without arguments, run by RUN: it prints one line,
 * "ok" and its name, or the places of its failed checks. A failed check is counted and the test goes
 * on; REQUIRE ends the program, for what the rest of a test cannot do without.
 *
 * All checks may be used from any thread. */
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>

#include "vrec.h"

#define CHECK(condition) \
    ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, "expected %s", #condition))

#define REQUIRE(condition) \
    ((condition) ? (void)0 : check_give_up(__FILE__, __LINE__, #condition))

/* Whole numbers of any width. */
#define CHECK_NUMBER(expected, found) \
    check_number(__FILE__, __LINE__, #found, (long long)(expected), (long long)(found))

#define CHECK_NEAR(expected, found, tolerance) \
    check_near(__FILE__, __LINE__, #found, (double)(expected), (double)(found), (double)(tolerance))

#define CHECK_TEXT(expected, found) check_text(__FILE__, __LINE__, #found, (expected), (found))

#define CHECK_STATUS(expected, found) check_status(__FILE__, __LINE__, #found, (expected), (found))

/* A call that must succeed. It names its last argument `error`, which is checked and destroyed. */
#define CHECK_OK(call) \
    do { \
        vrec_error *error_made_ = NULL; \
        vrec_error **error = &error_made_; \
        int32_t status_made_ = (call); \
        check_success(__FILE__, __LINE__, #call, status_made_, error_made_); \
    } while (0)

/* A call that must be refused with a code and a message that names something (NULL: anything). It
 * names its last argument `error` and is made twice: without an error to fill, and with one. */
#define CHECK_REFUSED(expected, naming, call) \
    do { \
        vrec_error *error_made_ = NULL; \
        vrec_error **error = NULL; \
        check_status(__FILE__, __LINE__, #call " without an error", (expected), (call)); \
        error = &error_made_; \
        int32_t status_made_ = (call); \
        check_refusal(__FILE__, __LINE__, #call, (expected), (naming), status_made_, error_made_); \
    } while (0)

#define RUN(test) check_run(#test, (test))

void check_failed(const char *file, int line, const char *format, ...);
void check_give_up(const char *file, int line, const char *condition);
void check_number(const char *file, int line, const char *what, long long expected, long long found);
void check_near(const char *file, int line, const char *what, double expected, double found,
                double tolerance);
void check_text(const char *file, int line, const char *what, const char *expected, const char *found);
void check_status(const char *file, int line, const char *what, int32_t expected, int32_t found);
void check_success(const char *file, int line, const char *call, int32_t status, vrec_error *error);
void check_refusal(const char *file, int line, const char *call, int32_t expected, const char *naming,
                   int32_t status, vrec_error *error);

/* Says which case of a loop the following checks are about; NULL ends that. For one thread. */
void check_case(const char *format, ...);

void check_run(const char *name, void (*test)(void));

/* Runs a function in a process of its own, for what a process can do once only. Its failed checks, a
 * signal it dies of, and ten seconds without an end are failures here. */
void check_in_own_process(const char *file, int line, void (*body)(void *argument), void *argument);
#define IN_OWN_PROCESS(body, argument) check_in_own_process(__FILE__, __LINE__, (body), (argument))

/* Prints the totals; the exit status of the program. */
int check_finish(void);

#endif
