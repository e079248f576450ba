/*
 * Keyrings: every result of their functions, and that a failure leaves the keyring unchanged.
 */

#include "check.h"

#define URL "/h/cat/hero"
#define NOW 1700000000u

/* Checks the keys of a keyring, as JSON. */
static void holds_keys(const cretula_keyring *ring, const char *json)
{
    cretula_buffer list = DIRTY_BUFFER;
    OK(cretula_keyring_to_json(ring, &list, ERR));
    CHECK(holds(&list, json));
    cretula_buffer_clear_free(&list);
}

static cretula_keyring *ring_of_two(void)
{
    cretula_keyring *ring = DIRTY_HANDLE;
    OK(cretula_keyring_new(0, &ring, ERR));
    OK(cretula_keyring_put(ring, TEXT("one"), TEXT("first"), ERR));
    OK(cretula_keyring_put(ring, TEXT("two"), TEXT("second"), ERR));
    return ring;
}

static const char TWO[] =
    "{\"keys\":[{\"name\":\"one\",\"value\":\"first\"},{\"name\":\"two\",\"value\":\"second\"}]}";

static void rings_are_made(void)
{
    cretula_keyring *ring = DIRTY_HANDLE;
    OK(cretula_keyring_new(0, &ring, ERR));
    CHECK(cretula_keyring_count(ring) == 0);
    holds_keys(ring, "{\"keys\":[]}");
    cretula_keyring_free(ring);
    OK(cretula_keyring_new((size_t)-1, &ring, ERR));
    OK(cretula_keyring_put(ring, TEXT("a"), TEXT("b"), ERR));
    cretula_keyring_free(ring);
    OK(cretula_keyring_from_json(TWO, strlen(TWO), 0, &ring, ERR));
    CHECK(cretula_keyring_count(ring) == 2);
    holds_keys(ring, TWO);
    cretula_keyring_free(ring);
    FAILS(CRETULA_ERR_NULL_POINTER, "the cretula_keyring output must not be NULL",
          cretula_keyring_new(0, NULL, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring", cretula_keyring_new(3, NULL, ERR));
}

#define UNREAD(status, says, ...)                                                                            \
    do {                                                                                                     \
        ring = DIRTY_HANDLE;                                                                                 \
        FAILS((status), (says), cretula_keyring_from_json(__VA_ARGS__, &ring, ERR));                         \
        CHECK(ring == NULL);                                                                                 \
    } while (0)

static void lists_of_keys_are_checked(void)
{
    const cretula_status invalid = CRETULA_ERR_INVALID_VALUE;
    static const char twice[] =
        "{\"keys\":[{\"name\":\"a\",\"value\":\"s3cret\"},{\"name\":\"a\",\"value\":\"s3cret\"}]}";
    static const char nameless[] = "{\"keys\":[{\"name\":\"\",\"value\":\"s3cret\"}]}";
    static const char worthless[] = "{\"keys\":[{\"name\":\"a\",\"value\":\"\"}]}";
    cretula_keyring *ring;
    UNREAD(invalid, "line 1, column", "{", 1, 0);
    UNREAD(invalid, "line 1, column", NULL, 0, 0);
    UNREAD(invalid, "\"a\" is given twice", TEXT(twice), 0);
    UNREAD(invalid, "1 to 20 characters, got 0", TEXT(nameless), 0);
    UNREAD(invalid, "1 to 1024 bytes", TEXT(worthless), 0);
    UNREAD(CRETULA_ERR_LIMIT_EXCEEDED, "there are 1 signing keys already", TWO, strlen(TWO), 1);
    UNREAD(CRETULA_ERR_UTF8, "json is not UTF-8 at byte 2", "{}\xc3", 3, 0);
    UNREAD(CRETULA_ERR_NULL_POINTER, "json", NULL, 1, 0);
    UNREAD(CRETULA_ERR_LENGTH, "top bit", "{}", TOP_BIT, 0);
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring", cretula_keyring_from_json(TEXT("{}"), 0, NULL, ERR));
    /* The message does not quote the JSON. */
    check_begin(&check_error);
    CHECK(cretula_keyring_from_json(TEXT(twice), 0, &ring, ERR) == invalid);
    CHECK(strstr(cretula_error_message(check_error), "s3cret") == NULL);
    cretula_error_free(check_error);
}

static void keys_are_put_and_removed(void)
{
    const cretula_status invalid = CRETULA_ERR_INVALID_VALUE;
    static const char long_name[] = "123456789012345678901";
    char value[1026];
    cretula_keyring *ring = ring_of_two();
    memset(value, 'v', sizeof(value));
    holds_keys(ring, TWO);
    FAILS(CRETULA_ERR_LIMIT_EXCEEDED, "there are 2 signing keys already",
          cretula_keyring_put(ring, TEXT("three"), TEXT("third"), ERR));
    FAILS(invalid, "1 to 20 characters, got 21", cretula_keyring_put(ring, TEXT(long_name), TEXT("x"), ERR));
    FAILS(invalid, "1 to 20 characters, got 0", cretula_keyring_put(ring, NULL, 0, TEXT("x"), ERR));
    FAILS(invalid, "1 to 1024 bytes, got 0", cretula_keyring_put(ring, TEXT("one"), NULL, 0, ERR));
    FAILS(invalid, "1 to 1024 bytes, got 1025", cretula_keyring_put(ring, TEXT("one"), value, 1025, ERR));
    FAILS(CRETULA_ERR_UTF8, "name is not UTF-8 at byte 0",
          cretula_keyring_put(ring, "\xff", 1, TEXT("x"), ERR));
    FAILS(CRETULA_ERR_UTF8, "value is not UTF-8 at byte 1",
          cretula_keyring_put(ring, TEXT("one"), "a\x80", 2, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "name", cretula_keyring_put(ring, NULL, 1, TEXT("x"), ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "value", cretula_keyring_put(ring, TEXT("one"), NULL, 1, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring",
          cretula_keyring_put(NULL, TEXT("one"), TEXT("x"), ERR));
    FAILS(CRETULA_ERR_LENGTH, "name", cretula_keyring_put(ring, "a", TOP_BIT, TEXT("x"), ERR));
    FAILS(CRETULA_ERR_LENGTH, "value", cretula_keyring_put(ring, TEXT("one"), "x", (size_t)-1, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no signing key \"three\"",
          cretula_keyring_remove(ring, TEXT("three"), ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no signing key", cretula_keyring_remove(ring, NULL, 0, ERR));
    FAILS(CRETULA_ERR_UTF8, "name", cretula_keyring_remove(ring, "\xff", 1, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "name", cretula_keyring_remove(ring, NULL, 1, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring", cretula_keyring_remove(NULL, TEXT("one"), ERR));
    FAILS(CRETULA_ERR_LENGTH, "name", cretula_keyring_remove(ring, "one", TOP_BIT, ERR));
    holds_keys(ring, TWO);

    OK(cretula_keyring_put(ring, TEXT("one"), value, 1024, ERR));
    CHECK(cretula_keyring_count(ring) == 2);
    OK(cretula_keyring_remove(ring, TEXT("one"), ERR));
    CHECK(cretula_keyring_count(ring) == 1);
    OK(cretula_keyring_remove(ring, TEXT("two"), ERR));
    CHECK(cretula_keyring_count(ring) == 1);
    cretula_keyring_free(ring);
}

static void names_are_listed(void)
{
    cretula_keyring *ring = ring_of_two();
    cretula_buffer name = DIRTY_BUFFER;
    OK(cretula_keyring_name_at(ring, 1, &name, ERR));
    CHECK(holds(&name, "two"));
    cretula_buffer_free(&name);
    OK(cretula_keyring_remove(ring, TEXT("two"), ERR));
    OK(cretula_keyring_remove(ring, TEXT("one"), ERR));
    OK(cretula_keyring_name_at(ring, 0, &name, ERR));
    CHECK(holds(&name, "default"));
    cretula_buffer_free(&name);
    name.len = 5;
    FAILS(CRETULA_ERR_NOT_FOUND, "no key at index 1: the keyring holds 1",
          cretula_keyring_name_at(ring, 1, &name, ERR));
    CHECK(IS_EMPTY(name));
    FAILS(CRETULA_ERR_NOT_FOUND, "no key at index", cretula_keyring_name_at(ring, (size_t)-1, &name, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring", cretula_keyring_name_at(NULL, 0, &name, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_keyring_name_at(ring, 0, NULL, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_keyring_to_json(ring, NULL, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_key_value_generate(NULL, ERR));
    name.len = 5;
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring", cretula_keyring_to_json(NULL, &name, ERR));
    CHECK(IS_EMPTY(name));
    cretula_keyring_free(ring);
}

#define UNSIGNED(status, says, ...)                                                                          \
    do {                                                                                                     \
        out.len = 5;                                                                                         \
        FAILS((status), (says), cretula_keyring_sign(__VA_ARGS__, &out, ERR));                               \
        CHECK(IS_EMPTY(out));                                                                                \
    } while (0)

static void urls_are_signed(void)
{
    static const char *const unsignable[] = {"",        "cat", "/a#b", "/a\nb", "/a?sig=1", "/a?exp=1&exp=2",
                                             "/a?exp=1"};
    const cretula_status invalid = CRETULA_ERR_INVALID_VALUE;
    cretula_keyring *ring = ring_of_two();
    cretula_buffer out = DIRTY_BUFFER;
    cretula_buffer hex = DIRTY_BUFFER;
    size_t i;
    OK(cretula_keyring_sign(ring, TEXT("one"), TEXT(URL), 0, 0, &out, ERR));
    CHECK(out.len == strlen(URL "?sig=") + 64 && memcmp(out.data, URL "?sig=", 16) == 0);
    OK(cretula_keyring_sign(ring, TEXT("one"), TEXT(URL), 0, CRETULA_ENCODING_HEX, &hex, ERR));
    CHECK(holds(&hex, (const char *)out.data));
    cretula_buffer_free(&hex);
    cretula_buffer_free(&out);
    OK(cretula_keyring_sign(ring, TEXT("two"), TEXT(URL), UINT64_MAX, CRETULA_ENCODING_BASE64URL, &out, ERR));
    CHECK(strstr((const char *)out.data, "?exp=18446744073709551615&sig=") != NULL);
    CHECK(out.len == strlen(URL "?exp=18446744073709551615&sig=") + 43);
    cretula_buffer_free(&out);
    for (i = 0; i < sizeof(unsignable) / sizeof(*unsignable); i++) {
        UNSIGNED(invalid, "cannot sign this URL: ", ring, TEXT("one"), unsignable[i], strlen(unsignable[i]),
                 NOW, CRETULA_ENCODING_HEX);
    }
    UNSIGNED(CRETULA_ERR_NOT_FOUND, "\"six\"", ring, TEXT("six"), TEXT(URL), 0, CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_UNKNOWN_CONSTANT, "2 is not a CRETULA_ENCODING_*", ring, TEXT("one"), TEXT(URL), 0,
             2);
    UNSIGNED(CRETULA_ERR_UNKNOWN_CONSTANT, "-1 is not a", ring, TEXT("one"), TEXT(URL), 0, -1);
    UNSIGNED(CRETULA_ERR_UTF8, "key_name is not UTF-8", ring, "\xff", 1, TEXT(URL), 0, CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_UTF8, "url is not UTF-8 at byte 1", ring, TEXT("one"), "/\xff", 2, 0,
             CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_LENGTH, "key_name", ring, "one", TOP_BIT, TEXT(URL), 0, CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_LENGTH, "url", ring, TEXT("one"), URL, TOP_BIT, 0, CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_NULL_POINTER, "key_name", ring, NULL, 1, TEXT(URL), 0, CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_NULL_POINTER, "url", ring, TEXT("one"), NULL, 1, 0, CRETULA_ENCODING_HEX);
    UNSIGNED(CRETULA_ERR_NULL_POINTER, "cretula_keyring", NULL, TEXT("one"), TEXT(URL), 0,
             CRETULA_ENCODING_HEX);
    FAILS(CRETULA_ERR_NULL_POINTER, "signed_url_out",
          cretula_keyring_sign(ring, TEXT("one"), TEXT(URL), 0, CRETULA_ENCODING_HEX, NULL, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_keyring",
          cretula_keyring_sign(NULL, TEXT("one"), TEXT(URL), 0, CRETULA_ENCODING_HEX, &out, ERR));
    holds_keys(ring, TWO);
    cretula_keyring_free(ring);
}

/* A URL that verifying and authorizing refuse alike. */
static void refused(const cretula_keyring *ring, const char *url, size_t len, cretula_status status,
                    const char *says)
{
    cretula_buffer name = DIRTY_BUFFER;
    uint64_t expires = 7;
    FAILS(status, says, cretula_keyring_verify(ring, url, len, NOW, &name, &expires, ERR));
    CHECK(IS_EMPTY(name) && expires == 0);
    FAILS(status, says, cretula_keyring_verify(ring, url, len, NOW, NULL, NULL, ERR));
    name.len = 5;
    expires = 7;
    FAILS(status, says, cretula_keyring_authorize(ring, true, false, url, len, NOW, &name, &expires, ERR));
    CHECK(IS_EMPTY(name) && expires == 0);
    FAILS(status, says, cretula_keyring_authorize(ring, true, false, url, len, NOW, NULL, NULL, ERR));
}

static void signatures_are_verified(void)
{
    static const char *const malformed[] = {
        "", "cat", "/a#b", URL "?sig=abc", URL "?sig=1&sig=2", URL "?exp=x&sig=1"};
    const cretula_status mismatch = CRETULA_ERR_SIGNATURE_MISMATCH;
    cretula_keyring *ring = ring_of_two();
    cretula_keyring *other = DIRTY_HANDLE;
    cretula_buffer url = DIRTY_BUFFER;
    cretula_buffer name = DIRTY_BUFFER;
    uint64_t expires = 7;
    size_t i;
    OK(cretula_keyring_new(0, &other, ERR));
    OK(cretula_keyring_sign(ring, TEXT("two"), TEXT(URL), NOW, CRETULA_ENCODING_HEX, &url, ERR));
    OK(cretula_keyring_verify(ring, (const char *)url.data, url.len, NOW, &name, &expires, ERR));
    CHECK(holds(&name, "two") && expires == NOW);
    cretula_buffer_free(&name);
    OK(cretula_keyring_verify(ring, (const char *)url.data, url.len, NOW, NULL, NULL, ERR));
    refused(other, (const char *)url.data, url.len, mismatch, "not one of this URL by any active key");
    FAILS(CRETULA_ERR_SIGNATURE_EXPIRED, "expired at 1700000000, it is now 1700000001",
          cretula_keyring_verify(ring, (const char *)url.data, url.len, NOW + 1, NULL, NULL, ERR));
    url.data[3] ^= 1;
    refused(ring, (const char *)url.data, url.len, mismatch, "not one of this URL by any active key");
    cretula_buffer_free(&url);
    OK(cretula_keyring_sign(ring, TEXT("two"), TEXT(URL), NOW - 1, CRETULA_ENCODING_HEX, &url, ERR));
    refused(ring, (const char *)url.data, url.len, CRETULA_ERR_SIGNATURE_EXPIRED,
            "expired at 1699999999, it is now 1700000000");
    cretula_buffer_free(&url);
    OK(cretula_keyring_sign(ring, TEXT("one"), TEXT(URL), 0, CRETULA_ENCODING_HEX, &url, ERR));
    expires = 7;
    OK(cretula_keyring_verify(ring, (const char *)url.data, url.len, UINT64_MAX, NULL, &expires, ERR));
    CHECK(expires == 0);
    cretula_buffer_free(&url);
    refused(ring, TEXT(URL), CRETULA_ERR_SIGNATURE_MISSING, "the URL has no sig parameter");
    for (i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
        refused(ring, malformed[i], strlen(malformed[i]), CRETULA_ERR_SIGNATURE_MALFORMED,
                "malformed signed URL");
    }
    refused(ring, "/\xff", 2, CRETULA_ERR_SIGNATURE_MISSING, "no sig");
    refused(ring, NULL, 0, CRETULA_ERR_SIGNATURE_MALFORMED, "malformed signed URL");
    refused(ring, NULL, 1, CRETULA_ERR_NULL_POINTER, "url must not be NULL");
    refused(ring, URL, TOP_BIT, CRETULA_ERR_LENGTH, "top bit");
    refused(NULL, TEXT(URL), CRETULA_ERR_NULL_POINTER, "cretula_keyring");
    holds_keys(ring, TWO);
    cretula_keyring_free(ring);
    cretula_keyring_free(other);
}

static void access_is_decided(void)
{
    cretula_keyring *ring = ring_of_two();
    cretula_buffer url = DIRTY_BUFFER;
    cretula_buffer name = DIRTY_BUFFER;
    uint64_t expires = 7;
    OK(cretula_keyring_authorize(ring, false, false, TEXT(URL), NOW, &name, &expires, ERR));
    CHECK(IS_EMPTY(name) && expires == 0);
    OK(cretula_keyring_authorize(ring, true, true, TEXT(URL), NOW, NULL, NULL, ERR));
    OK(cretula_keyring_authorize(ring, false, true, NULL, 0, NOW, NULL, NULL, ERR));
    OK(cretula_keyring_sign(ring, TEXT("one"), TEXT(URL), NOW + 5, CRETULA_ENCODING_HEX, &url, ERR));
    OK(cretula_keyring_authorize(ring, true, false, (const char *)url.data, url.len, NOW, &name, &expires,
                                 ERR));
    CHECK(holds(&name, "one") && expires == NOW + 5);
    cretula_buffer_free(&name);
    FAILS(CRETULA_ERR_SIGNATURE_EXPIRED, "it is now 1700000006",
          cretula_keyring_authorize(ring, true, false, (const char *)url.data, url.len, NOW + 6, NULL,
                                    &expires, ERR));
    CHECK(expires == 0);
    cretula_buffer_free(&url);
    cretula_keyring_free(ring);
}

/* Handles of another type are recognized, and the wrong free function leaves them untouched. */
static void other_handles_are_refused(void)
{
    cretula_cancel_token *cancel = cretula_cancel_token_new();
    cretula_keyring *wrong = (cretula_keyring *)cancel;
    cretula_keyring *ring = ring_of_two();
    cretula_buffer out = DIRTY_BUFFER;
    refused(wrong, TEXT(URL), CRETULA_ERR_BAD_HANDLE, "this handle is not a live cretula_keyring");
    UNSIGNED(CRETULA_ERR_BAD_HANDLE, "cretula_keyring", wrong, TEXT("one"), TEXT(URL), 0,
             CRETULA_ENCODING_HEX);
    FAILS(CRETULA_ERR_BAD_HANDLE, "cretula_keyring", cretula_keyring_put(wrong, TEXT("a"), TEXT("b"), ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, "cretula_keyring", cretula_keyring_remove(wrong, TEXT("a"), ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, "cretula_keyring", cretula_keyring_to_json(wrong, &out, ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, "cretula_keyring", cretula_keyring_name_at(wrong, 0, &out, ERR));
    CHECK(cretula_keyring_count(wrong) == 0);
    cretula_keyring_free(wrong);
    cretula_cancel_token_free((cretula_cancel_token *)ring);
    CHECK(!cretula_cancel_token_is_cancelled(cancel) && cretula_keyring_count(ring) == 2);
    cretula_cancel_token_cancel((const cretula_cancel_token *)ring);
    CHECK(!cretula_cancel_token_is_cancelled((const cretula_cancel_token *)ring));
    /* Misaligned, hence not a handle. */
    FAILS(CRETULA_ERR_BAD_HANDLE, "cretula_keyring",
          cretula_keyring_to_json((const cretula_keyring *)((const char *)ring + 1), &out, ERR));
    cretula_keyring_free(ring);
    cretula_cancel_token_free(cancel);
}

int main(void)
{
    rings_are_made();
    lists_of_keys_are_checked();
    keys_are_put_and_removed();
    names_are_listed();
    urls_are_signed();
    signatures_are_verified();
    access_is_decided();
    other_handles_are_refused();
    return 0;
}
