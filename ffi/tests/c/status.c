/*
 * Statuses, formats and errors: numbers as the ABI fixes them, and the neutral results for NULL.
 */

#include "check.h"

struct status {
    cretula_status status;
    cretula_status number;
    const char *name;
    uint32_t http;
};

static const struct status STATUSES[] = {
    {CRETULA_OK, 0, "ok", 200},
    {CRETULA_ERR_NULL_POINTER, 1, "null-pointer", 500},
    {CRETULA_ERR_STRUCT_SIZE, 2, "struct-size", 500},
    {CRETULA_ERR_LENGTH, 3, "length", 500},
    {CRETULA_ERR_UNKNOWN_CONSTANT, 4, "unknown-constant", 500},
    {CRETULA_ERR_UTF8, 5, "utf8", 400},
    {CRETULA_ERR_BAD_HANDLE, 6, "bad-handle", 500},
    {CRETULA_ERR_BUSY, 7, "busy", 500},
    {CRETULA_ERR_POISONED, 8, "poisoned", 500},
    {CRETULA_ERR_INVALID_ARGUMENT, 9, "invalid-argument", 400},
    {CRETULA_ERR_UNSUPPORTED_FORMAT, 100, "unsupported-format", 415},
    {CRETULA_ERR_MALFORMED_IMAGE, 101, "malformed-image", 422},
    {CRETULA_ERR_LIMIT_EXCEEDED, 200, "limit-exceeded", 413},
    {CRETULA_ERR_DEADLINE_EXCEEDED, 201, "deadline-exceeded", 504},
    {CRETULA_ERR_CANCELLED, 202, "cancelled", 499},
    {CRETULA_ERR_SIGNATURE_MISSING, 300, "signature-missing", 403},
    {CRETULA_ERR_SIGNATURE_MALFORMED, 301, "signature-malformed", 403},
    {CRETULA_ERR_SIGNATURE_MISMATCH, 302, "signature-mismatch", 403},
    {CRETULA_ERR_SIGNATURE_EXPIRED, 303, "signature-expired", 403},
    {CRETULA_ERR_NOT_FOUND, 304, "not-found", 404},
    {CRETULA_ERR_INVALID_VALUE, 305, "invalid-value", 400},
    {CRETULA_ERR_ALREADY_EXISTS, 306, "already-exists", 409},
    {CRETULA_ERR_PANIC, 900, "panic", 500},
    {CRETULA_ERR_INTERNAL, 901, "internal", 500},
};

static void every_status_has_its_number_name_and_http_status(void)
{
    size_t known = 0;
    cretula_status status;
    size_t i;
    for (i = 0; i < sizeof(STATUSES) / sizeof(*STATUSES); i++) {
        CHECK(STATUSES[i].status == STATUSES[i].number);
        CHECK(strcmp(cretula_status_name(STATUSES[i].status), STATUSES[i].name) == 0);
        CHECK(cretula_status_http(STATUSES[i].status) == STATUSES[i].http);
    }
    for (status = -1000; status < 2000; status++) {
        known += strcmp(cretula_status_name(status), "internal") != 0;
    }
    CHECK(known + 1 == sizeof(STATUSES) / sizeof(*STATUSES));
    CHECK(strcmp(cretula_status_name(INT32_MIN), "internal") == 0);
    CHECK(strcmp(cretula_status_name(INT32_MAX), "internal") == 0);
    CHECK(cretula_status_http(INT32_MIN) == 500 && cretula_status_http(-1) == 500);
    CHECK(cretula_status_http(102) == 500 && cretula_status_http(INT32_MAX) == 500);
}

static void every_format_has_its_texts(void)
{
    static const char *const texts[][3] = {
        {"jpeg", "image/jpeg", "jpg"}, {"png", "image/png", "png"},    {"webp", "image/webp", "webp"},
        {"gif", "image/gif", "gif"},   {"avif", "image/avif", "avif"},
    };
    const int32_t none[] = {CRETULA_FORMAT_SOURCE, -1, 6, INT32_MIN, INT32_MAX};
    int32_t format;
    size_t i;
    for (format = CRETULA_FORMAT_JPEG; format <= CRETULA_FORMAT_AVIF; format++) {
        const char *const *text = texts[format - 1];
        CHECK(strcmp(cretula_format_name(format), text[0]) == 0);
        CHECK(strcmp(cretula_format_media_type(format), text[1]) == 0);
        CHECK(strcmp(cretula_format_extension(format), text[2]) == 0);
        CHECK(cretula_format_from_extension(text[2], strlen(text[2])) == format);
    }
    for (i = 0; i < sizeof(none) / sizeof(*none); i++) {
        CHECK(cretula_format_name(none[i]) == NULL);
        CHECK(cretula_format_media_type(none[i]) == NULL);
        CHECK(cretula_format_extension(none[i]) == NULL);
    }
    CHECK(cretula_format_from_extension(TEXT("JPEG")) == CRETULA_FORMAT_JPEG);
    CHECK(cretula_format_from_extension(TEXT("WebP")) == CRETULA_FORMAT_WEBP);
    CHECK(cretula_format_from_extension("pngs", 3) == CRETULA_FORMAT_PNG);
    CHECK(cretula_format_from_extension(TEXT(".png")) == CRETULA_FORMAT_SOURCE);
    CHECK(cretula_format_from_extension(TEXT("tiff")) == CRETULA_FORMAT_SOURCE);
    CHECK(cretula_format_from_extension(TEXT("\xff\xfe")) == CRETULA_FORMAT_SOURCE);
    CHECK(cretula_format_from_extension(NULL, 3) == CRETULA_FORMAT_SOURCE);
    CHECK(cretula_format_from_extension(NULL, 0) == CRETULA_FORMAT_SOURCE);
    CHECK(cretula_format_from_extension("png", TOP_BIT) == CRETULA_FORMAT_SOURCE);
}

/* Functions without a status return what the header documents for NULL, and freeing it does nothing. */
static void null_has_neutral_results(void)
{
    cretula_buffer buffer = CRETULA_BUFFER_INIT;
    CHECK(cretula_error_status(NULL) == CRETULA_OK);
    CHECK(strcmp(cretula_error_message(NULL), "") == 0);
    CHECK(strcmp(cretula_error_stage(NULL), "") == 0);
    CHECK(cretula_error_code(NULL) == 0);
    CHECK(!cretula_cancel_token_is_cancelled(NULL));
    CHECK(cretula_keyring_count(NULL) == 0);
    CHECK(cretula_variants_count(NULL) == 0);
    CHECK(cretula_delivery_url_text(NULL) == NULL);
    CHECK(cretula_delivery_url_host(NULL) == NULL);
    CHECK(cretula_delivery_url_account_hash(NULL) == NULL);
    CHECK(cretula_delivery_url_image_id(NULL) == NULL);
    CHECK(cretula_delivery_url_variant_id(NULL) == NULL);
    CHECK(!cretula_delivery_url_is_on_custom_domain(NULL));
    CHECK(!cretula_image_id_looks_generated(CRETULA_RULES_REFERENCE, NULL, 32));
    cretula_cancel_token_cancel(NULL);
    cretula_error_free(NULL);
    cretula_cancel_token_free(NULL);
    cretula_renderer_free(NULL);
    cretula_keyring_free(NULL);
    cretula_delivery_url_free(NULL);
    cretula_variants_free(NULL);
    cretula_buffer_free(NULL);
    cretula_buffer_clear_free(NULL);
    cretula_buffer_free(&buffer);
    cretula_buffer_clear_free(&buffer);
    CHECK(IS_EMPTY(buffer));
}

/* An error keeps its message until it is freed, whatever is called meanwhile. */
static void an_error_belongs_to_its_caller(void)
{
    cretula_error *first = NULL;
    cretula_error *second = NULL;
    cretula_info info = CRETULA_INFO_INIT;
    const char *message;
    CHECK(cretula_probe((const uint8_t *)"hello", 5, NULL, &info, &first) == CRETULA_ERR_UNSUPPORTED_FORMAT);
    message = cretula_error_message(first);
    CHECK(cretula_validate(CRETULA_FIELD_KEY_NAME, 0, TEXT(""), &second) == CRETULA_ERR_INVALID_VALUE);
    CHECK(message == cretula_error_message(first) && strcmp(message, "") != 0);
    CHECK(strcmp(message, cretula_error_message(second)) != 0);
    CHECK(cretula_error_status(first) == CRETULA_ERR_UNSUPPORTED_FORMAT);
    CHECK(cretula_error_code(first) == 9412);
    CHECK(strcmp(cretula_error_stage(first), "probe") == 0);
    CHECK(strcmp(cretula_error_stage(second), "records") == 0);
    cretula_error_free(first);
    CHECK(strstr(cretula_error_message(second), "1 to 20") != NULL);
    cretula_error_free(second);
}

/*
 * Text ends with a NUL that is not counted. Freeing empties the buffer, so that freeing again does
 * nothing.
 */
static void a_buffer_is_freed_once(void)
{
    cretula_buffer buffer = DIRTY_BUFFER;
    OK(cretula_image_id_generate(0, &buffer, ERR));
    CHECK(buffer.len == 32 && strlen((const char *)buffer.data) == 32);
    cretula_buffer_free(&buffer);
    CHECK(IS_EMPTY(buffer));
    cretula_buffer_free(&buffer);
    OK(cretula_key_value_generate(&buffer, ERR));
    CHECK(buffer.len >= 32 && strlen((const char *)buffer.data) == buffer.len);
    cretula_buffer_clear_free(&buffer);
    CHECK(IS_EMPTY(buffer));
    cretula_buffer_clear_free(&buffer);
}

static void cancelling_is_permanent(void)
{
    cretula_cancel_token *cancel = cretula_cancel_token_new();
    CHECK(cancel != NULL && !cretula_cancel_token_is_cancelled(cancel));
    cretula_cancel_token_cancel(cancel);
    CHECK(cretula_cancel_token_is_cancelled(cancel));
    cretula_cancel_token_cancel(cancel);
    CHECK(cretula_cancel_token_is_cancelled(cancel));
    cretula_cancel_token_free(cancel);
}

int main(void)
{
    every_status_has_its_number_name_and_http_status();
    every_format_has_its_texts();
    null_has_neutral_results();
    an_error_belongs_to_its_caller();
    a_buffer_is_freed_once();
    cancelling_is_permanent();
    return 0;
}
