/*
 * Checks for the programs of this folder. A check that fails prints its file and line, and exits
 * with 1.
 *
 * Each program has one subject, takes its inputs as arguments, and frees everything it creates.
 */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cretula.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            check_failed(__FILE__, __LINE__, #condition);                                                    \
        }                                                                                                    \
    } while (0)

/* Where a call writes its error: the last argument of a call within OK or FAILS. */
#define ERR (check_where)

/* A call that succeeds, and leaves NULL where its error would be. */
#define OK(call)                                                                                             \
    do {                                                                                                     \
        check_begin(&check_error);                                                                           \
        check_ok((call), __FILE__, __LINE__, #call);                                                         \
    } while (0)

/* A call that fails, once without an error output and once with one; the message contains `says`. */
#define FAILS(status, says, call)                                                                            \
    do {                                                                                                     \
        check_begin(NULL);                                                                                   \
        check_status((call), (status), __FILE__, __LINE__, #call);                                           \
        check_begin(&check_error);                                                                           \
        check_status((call), (status), __FILE__, __LINE__, #call);                                           \
        check_error_is((status), (says), __FILE__, __LINE__, #call);                                         \
    } while (0)

/* Fills an output struct, except its size, with bytes that no call writes. */
#define DIRTY(out) check_dirty(&(out), sizeof(out))

/* Whether an output struct is zeroed, except its size. */
#define IS_ZEROED(out) check_is_zeroed(&(out), sizeof(out))

/* A buffer with contents that no call leaves behind. */
#define DIRTY_BUFFER                                                                                         \
    {                                                                                                        \
        (uint8_t *)&check_where, 77                                                                          \
    }

/* Whether a buffer has no bytes to free. */
#define IS_EMPTY(buffer) ((buffer).data == NULL && (buffer).len == 0)

/* A literal as text and length. */
#define TEXT(literal) (literal), (sizeof(literal) - 1)

/* A pointer that is not a handle, for outputs that must be overwritten. */
#define DIRTY_HANDLE ((void *)&check_where)

/* A length with its top bit set. */
#define TOP_BIT (((size_t)-1 >> 1) + 1)

static cretula_error *check_error;
static cretula_error **check_where;

static inline void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

static inline void check_begin(cretula_error **where)
{
    check_error = (cretula_error *)(void *)&check_error;
    check_where = where;
}

static inline void check_ok(cretula_status status, const char *file, int line, const char *call)
{
    if (status != CRETULA_OK) {
        fprintf(stderr, "%s:%d: %s: %s\n", file, line, cretula_status_name(status),
                cretula_error_message(check_error));
        check_failed(file, line, call);
    }
    if (check_error != NULL) {
        check_failed(file, line, "a success leaves NULL in place of an error");
    }
}

static inline void check_status(cretula_status status, cretula_status wanted, const char *file, int line,
                                const char *call)
{
    if (status != wanted) {
        fprintf(stderr, "%s:%d: %s, expected %s\n", file, line, cretula_status_name(status),
                cretula_status_name(wanted));
        check_failed(file, line, call);
    }
}

static inline void check_error_is(cretula_status status, const char *says, const char *file, int line,
                                  const char *call)
{
    const char *message = cretula_error_message(check_error);
    if (check_error == NULL || check_error == (cretula_error *)(void *)&check_error) {
        check_failed(file, line, "a failure gives an error");
    }
    if (cretula_error_status(check_error) != status || cretula_error_code(check_error) < 5400) {
        check_failed(file, line, "the error has the status, and a code");
    }
    if (cretula_error_stage(check_error) == NULL || cretula_status_http(status) < 400) {
        check_failed(file, line, "the error has a stage and the HTTP status of a failure");
    }
    if (strstr(message, says) == NULL || message[0] == '\0' || strchr(message, '\n') != NULL) {
        fprintf(stderr, "%s:%d: \"%s\", expected \"%s\"\n", file, line, message, says);
        check_failed(file, line, call);
    }
    cretula_error_free(check_error);
}

static inline void check_dirty(void *out, size_t size)
{
    memset(out, 0xa5, size);
    memcpy(out, &size, sizeof(size));
}

static inline bool check_is_zeroed(const void *out, size_t size)
{
    const unsigned char *bytes = out;
    size_t i;
    if (memcmp(out, &size, sizeof(size)) != 0) {
        return false;
    }
    for (i = sizeof(size); i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Whether a buffer holds this text, followed by a NUL. */
static inline bool holds(const cretula_buffer *buffer, const char *text)
{
    return buffer->data != NULL && buffer->len == strlen(text) &&
           memcmp(buffer->data, text, buffer->len + 1) == 0;
}

/* Reads a file; the caller frees the bytes. */
static inline uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long size = 0;
    CHECK(file != NULL);
    CHECK(fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0 && fseek(file, 0, SEEK_SET) == 0);
    bytes = malloc((size_t)size);
    CHECK(bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    *len = (size_t)size;
    return bytes;
}

#endif /* CHECK_H */
