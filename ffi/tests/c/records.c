/*
 * Identifiers, delivery URLs and records: every result of their functions.
 */

#include "check.h"

#define REFERENCE CRETULA_RULES_REFERENCE
#define HOSTED CRETULA_RULES_HOSTED

static const cretula_status invalid = CRETULA_ERR_INVALID_VALUE;

static void identifiers_are_checked(void)
{
    static const struct {
        int32_t field;
        const char *good;
        const char *bad;
        const char *says;
    } fields[] = {
        {CRETULA_FIELD_IMAGE_ID, "cat", "", "image id must be 1 to"},
        {CRETULA_FIELD_EXISTING_IMAGE_ID, "107b9558dd064bbd5fef9c2c16bb7900", "", "image id"},
        {CRETULA_FIELD_VARIANT_ID, "hero", "a/b", "variant id"},
        {CRETULA_FIELD_KEY_NAME, "default", "123456789012345678901", "1 to 20 characters, got 21"},
        {CRETULA_FIELD_CREATOR, "", NULL, ""},
        {CRETULA_FIELD_FILENAME, "a.png", "a/b", "filename"},
        {CRETULA_FIELD_META, "{\"a\":1}", "[]", "JSON"},
        {CRETULA_FIELD_TIMESTAMP, "2014-01-02T02:20:00.123Z", "yesterday", "yesterday"},
    };
    const int32_t unknown[] = {0, -1, 9, INT32_MIN};
    size_t i;
    for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        int32_t rules;
        for (rules = REFERENCE; rules <= HOSTED; rules++) {
            const char *bad = fields[i].bad;
            OK(cretula_validate(fields[i].field, rules, fields[i].good, strlen(fields[i].good), ERR));
            if (bad != NULL) {
                FAILS(invalid, fields[i].says,
                      cretula_validate(fields[i].field, rules, bad, strlen(bad), ERR));
            }
        }
        FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "2 is not a CRETULA_RULES_*",
              cretula_validate(fields[i].field, 2, TEXT("a"), ERR));
        FAILS(CRETULA_ERR_NULL_POINTER, "text", cretula_validate(fields[i].field, 0, NULL, 1, ERR));
        FAILS(CRETULA_ERR_LENGTH, "text", cretula_validate(fields[i].field, 0, "a", TOP_BIT, ERR));
        FAILS(CRETULA_ERR_UTF8, "text is not UTF-8 at byte 1",
              cretula_validate(fields[i].field, 0, "a\xf0\x9f", 3, ERR));
    }
    for (i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
        FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "is not a CRETULA_FIELD_*",
              cretula_validate(unknown[i], 0, TEXT("a"), ERR));
    }
    OK(cretula_validate(CRETULA_FIELD_CREATOR, REFERENCE, NULL, 0, ERR));
}

static void ids_are_generated(void)
{
    cretula_buffer id = DIRTY_BUFFER;
    cretula_buffer other = DIRTY_BUFFER;
    OK(cretula_image_id_generate(0, &id, ERR));
    OK(cretula_image_id_generate(REFERENCE, &other, ERR));
    CHECK(id.len == 32 && other.len == 32 && memcmp(id.data, other.data, 32) != 0);
    CHECK(cretula_image_id_looks_generated(REFERENCE, (const char *)id.data, id.len));
    CHECK(!cretula_image_id_looks_generated(HOSTED, (const char *)id.data, id.len));
    CHECK(!cretula_image_id_looks_generated(2, (const char *)id.data, id.len));
    CHECK(!cretula_image_id_looks_generated(REFERENCE, TEXT("cat")));
    CHECK(!cretula_image_id_looks_generated(REFERENCE, (const char *)id.data, TOP_BIT));
    CHECK(!cretula_image_id_looks_generated(REFERENCE, "\xff", 1));
    cretula_buffer_free(&id);
    cretula_buffer_free(&other);
    OK(cretula_image_id_generate(HOSTED, &id, ERR));
    CHECK(id.len == 36 && cretula_image_id_looks_generated(HOSTED, (const char *)id.data, id.len));
    FAILS(invalid, "UUID",
          cretula_validate(CRETULA_FIELD_IMAGE_ID, HOSTED, (const char *)id.data, id.len, ERR));
    OK(cretula_validate(CRETULA_FIELD_EXISTING_IMAGE_ID, HOSTED, (const char *)id.data, id.len, ERR));
    cretula_buffer_free(&id);
    id.len = 5;
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "-1 is not a", cretula_image_id_generate(-1, &id, ERR));
    CHECK(IS_EMPTY(id));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_image_id_generate(0, NULL, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_image_id_generate(HOSTED, NULL, ERR));
}

static void times_are_read_and_written(void)
{
    const int64_t beyond[] = {INT64_MIN, INT64_MAX, -62167219200001, 253402300800000};
    cretula_buffer text = DIRTY_BUFFER;
    int64_t ms = 7;
    size_t i;
    OK(cretula_timestamp_parse(TEXT("2014-01-02T04:20:00.123+02:00"), &ms, ERR));
    CHECK(ms == 1388629200123);
    OK(cretula_timestamp_format(ms, &text, ERR));
    CHECK(holds(&text, "2014-01-02T02:20:00.123Z"));
    cretula_buffer_free(&text);
    FAILS(invalid, "2014", cretula_timestamp_parse(TEXT("2014"), &ms, ERR));
    CHECK(ms == 0);
    ms = 7;
    FAILS(CRETULA_ERR_NULL_POINTER, "text", cretula_timestamp_parse(NULL, 1, &ms, ERR));
    CHECK(ms == 0);
    FAILS(CRETULA_ERR_NULL_POINTER, "unix_ms_out", cretula_timestamp_parse(TEXT("2014"), NULL, ERR));
    FAILS(CRETULA_ERR_LENGTH, "text", cretula_timestamp_parse("2014", TOP_BIT, &ms, ERR));
    FAILS(CRETULA_ERR_UTF8, "text", cretula_timestamp_parse("\xff", 1, &ms, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_timestamp_format(0, NULL, ERR));
    for (i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
        text.len = 5;
        FAILS(invalid, "0000", cretula_timestamp_format(beyond[i], &text, ERR));
        CHECK(IS_EMPTY(text));
    }
}

static void delivery_urls_are_parsed(void)
{
    static const char url[] = "https://img.example:8443/cdn-cgi/imagedelivery/h/a%20b/hero";
    cretula_delivery_url *made = DIRTY_HANDLE;
    OK(cretula_delivery_url_parse(TEXT(url), REFERENCE, &made, ERR));
    CHECK(strcmp(cretula_delivery_url_text(made), url) == 0);
    CHECK(strcmp(cretula_delivery_url_host(made), "img.example:8443") == 0);
    CHECK(strcmp(cretula_delivery_url_account_hash(made), "h") == 0);
    CHECK(strcmp(cretula_delivery_url_image_id(made), "a b") == 0);
    CHECK(strcmp(cretula_delivery_url_variant_id(made), "hero") == 0);
    CHECK(cretula_delivery_url_is_on_custom_domain(made));
    cretula_delivery_url_free(made);
    OK(cretula_delivery_url_parse(TEXT("/h/cat/hero"), HOSTED, &made, ERR));
    CHECK(cretula_delivery_url_host(made) == NULL && !cretula_delivery_url_is_on_custom_domain(made));
    CHECK(cretula_delivery_url_scheme(made) == NULL && cretula_delivery_url_options(made) == NULL);
    cretula_delivery_url_free(made);
    made = DIRTY_HANDLE;
    FAILS(invalid, "not a delivery URL", cretula_delivery_url_parse(TEXT("/h/cat"), REFERENCE, &made, ERR));
    CHECK(made == NULL);
    FAILS(invalid, "not a delivery URL", cretula_delivery_url_parse(NULL, 0, REFERENCE, &made, ERR));
    FAILS(invalid, "", cretula_delivery_url_parse("/h/\xff/hero", 10, REFERENCE, &made, ERR));
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES", cretula_delivery_url_parse(TEXT(url), 2, &made, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "url", cretula_delivery_url_parse(NULL, 1, REFERENCE, &made, ERR));
    FAILS(CRETULA_ERR_LENGTH, "url", cretula_delivery_url_parse(url, TOP_BIT, REFERENCE, &made, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "the cretula_delivery_url output must not be NULL",
          cretula_delivery_url_parse(TEXT(url), REFERENCE, NULL, ERR));
}

static void options_stand_in_the_place_of_a_variant(void)
{
    static const char url[] = "http://127.0.0.1:8080/h/cat/w=9,fit=cover?sig=x";
    cretula_delivery_url *made = DIRTY_HANDLE;
    OK(cretula_delivery_url_parse(TEXT(url), REFERENCE, &made, ERR));
    CHECK(strcmp(cretula_delivery_url_text(made), "http://127.0.0.1:8080/h/cat/width=9,fit=cover") == 0);
    CHECK(strcmp(cretula_delivery_url_scheme(made), "http") == 0);
    CHECK(strcmp(cretula_delivery_url_host(made), "127.0.0.1:8080") == 0);
    CHECK(strcmp(cretula_delivery_url_options(made), "width=9,fit=cover") == 0);
    CHECK(cretula_delivery_url_variant_id(made) == NULL);
    cretula_delivery_url_free(made);
    OK(cretula_delivery_url_parse(TEXT("https://x/h/cat/hero"), HOSTED, &made, ERR));
    CHECK(strcmp(cretula_delivery_url_variant_id(made), "hero") == 0);
    CHECK(strcmp(cretula_delivery_url_scheme(made), "https") == 0);
    CHECK(cretula_delivery_url_options(made) == NULL);
    cretula_delivery_url_free(made);
    OK(cretula_delivery_url_new(TEXT("http://h:1"), TEXT("h"), TEXT("a"), TEXT("w=9"), false, 0, &made, ERR));
    CHECK(strcmp(cretula_delivery_url_text(made), "http://h:1/h/a/width=9") == 0);
    cretula_delivery_url_free(made);
    made = DIRTY_HANDLE;
    FAILS(CRETULA_ERR_INVALID_ARGUMENT, "unknown option",
          cretula_delivery_url_parse(TEXT("/h/cat/x=1"), REFERENCE, &made, ERR));
    CHECK(made == NULL);
    CHECK(cretula_delivery_url_scheme(NULL) == NULL && cretula_delivery_url_options(NULL) == NULL);
}

#define UNBUILT(status, says, ...)                                                                           \
    do {                                                                                                     \
        made = DIRTY_HANDLE;                                                                                 \
        FAILS((status), (says), cretula_delivery_url_new(__VA_ARGS__, &made, ERR));                          \
        CHECK(made == NULL);                                                                                 \
    } while (0)

static void delivery_urls_are_built(void)
{
    const cretula_status null = CRETULA_ERR_NULL_POINTER;
    cretula_delivery_url *made = DIRTY_HANDLE;
    OK(cretula_delivery_url_new(NULL, 0, TEXT("h"), TEXT("a b"), TEXT("hero"), false, REFERENCE, &made, ERR));
    CHECK(strcmp(cretula_delivery_url_text(made), "/h/a%20b/hero") == 0);
    cretula_delivery_url_free(made);
    OK(cretula_delivery_url_new(TEXT("x.example"), TEXT("h"), TEXT("a"), TEXT("hero"), true, HOSTED, &made,
                                ERR));
    CHECK(strcmp(cretula_delivery_url_text(made), "https://x.example/cdn-cgi/imagedelivery/h/a/hero") == 0);
    /* A handle of another type. */
    CHECK(cretula_keyring_count((const cretula_keyring *)made) == 0);
    CHECK(cretula_variants_count((const cretula_variants *)made) == 0);
    cretula_variants_free((cretula_variants *)made);
    CHECK(strcmp(cretula_error_message((const cretula_error *)made), "") == 0);
    CHECK(strcmp(cretula_delivery_url_host(made), "x.example") == 0);
    cretula_delivery_url_free(made);
    UNBUILT(invalid, "", TEXT("a b"), TEXT("h"), TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(invalid, "neither https nor http", TEXT("ftp://x"), TEXT("h"), TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_INVALID_ARGUMENT, "quality", NULL, 0, TEXT("h"), TEXT("a"), TEXT("q=0"), false, 0);
    UNBUILT(invalid, "", NULL, 0, TEXT(""), TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(invalid, "image id", NULL, 0, TEXT("h"), TEXT(""), TEXT("v"), false, 0);
    UNBUILT(invalid, "variant id", NULL, 0, TEXT("h"), TEXT("a"), TEXT("v-w"), false, HOSTED);
    UNBUILT(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES", NULL, 0, TEXT("h"), TEXT("a"), TEXT("v"), false, 9);
    UNBUILT(null, "host", NULL, 1, TEXT("h"), TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(null, "account_hash", NULL, 0, NULL, 1, TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(null, "image_id", NULL, 0, TEXT("h"), NULL, 1, TEXT("v"), false, 0);
    UNBUILT(null, "variant_id", NULL, 0, TEXT("h"), TEXT("a"), NULL, 1, false, 0);
    UNBUILT(CRETULA_ERR_LENGTH, "host", "x", TOP_BIT, TEXT("h"), TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_LENGTH, "account_hash", NULL, 0, "h", TOP_BIT, TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_LENGTH, "image_id", NULL, 0, TEXT("h"), "a", TOP_BIT, TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_LENGTH, "variant_id", NULL, 0, TEXT("h"), TEXT("a"), "v", TOP_BIT, false, 0);
    UNBUILT(CRETULA_ERR_UTF8, "host", "\xff", 1, TEXT("h"), TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_UTF8, "account_hash", NULL, 0, "\xff", 1, TEXT("a"), TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_UTF8, "image_id", NULL, 0, TEXT("h"), "\xff", 1, TEXT("v"), false, 0);
    UNBUILT(CRETULA_ERR_UTF8, "variant_id", NULL, 0, TEXT("h"), TEXT("a"), "\xff", 1, false, 0);
    FAILS(null, "the cretula_delivery_url output must not be NULL",
          cretula_delivery_url_new(NULL, 0, TEXT("h"), TEXT("a"), TEXT("v"), false, 0, NULL, ERR));
}

#define UNWRITTEN(status, says, call)                                                                        \
    do {                                                                                                     \
        out.len = 5;                                                                                         \
        FAILS((status), (says), (call));                                                                     \
        CHECK(IS_EMPTY(out));                                                                                \
    } while (0)

#define WRITTEN(text, call)                                                                                  \
    do {                                                                                                     \
        OK(call);                                                                                            \
        CHECK(holds(&out, (text)));                                                                          \
        cretula_buffer_free(&out);                                                                           \
    } while (0)

static void records_are_normalized(void)
{
    static const char options[] = "{\"fit\":\"crop\",\"width\":5,\"height\":6,\"metadata\":\"none\"}";
    char json[512];
    static const struct {
        int32_t record;
        const char *good;
        const char *gives;
    } records[] = {
        {CRETULA_RECORD_IMAGE, "{\"id\":\"a\"}",
         "{\"id\":\"a\",\"requireSignedURLs\":false,\"variants\":[]}"},
        {CRETULA_RECORD_IMAGE_LIST, "{\"images\":[]}", "{\"images\":[]}"},
        {CRETULA_RECORD_IMAGE_UPDATE, "{\"requireSignedURLs\":true}", "{\"requireSignedURLs\":true}"},
        {CRETULA_RECORD_VARIANTS, "{\"variants\":{}}", "{\"variants\":{}}"},
        {CRETULA_RECORD_STAT, "{\"count\":{\"current\":1,\"allowed\":2}}",
         "{\"count\":{\"allowed\":2,\"current\":1}}"},
        {CRETULA_RECORD_META, "{ \"a\" : [1] }", "{\"a\":[1]}"},
        {CRETULA_RECORD_IMAGE_PAGE, "{\"images\":[]}", "{\"images\":[],\"continuation_token\":null}"},
        {CRETULA_RECORD_DIRECT_UPLOAD_REQUEST, "{\"id\":\"a\"}", "{\"id\":\"a\",\"requireSignedURLs\":false}"},
        {CRETULA_RECORD_DIRECT_UPLOAD, "{\"uploadURL\":\"u\",\"id\":\"a\"}",
         "{\"id\":\"a\",\"uploadURL\":\"u\"}"},
        {CRETULA_RECORD_RESPONSE, "{\"success\":true,\"result\":{\"any\":[]},\"errors\":[],\"messages\":[]}",
         "{\"result\":{\"any\":[]},\"success\":true,\"errors\":[],\"messages\":[]}"},
    };
    cretula_buffer out = DIRTY_BUFFER;
    int32_t record;
    size_t i;
    for (i = 0; i < sizeof(records) / sizeof(*records); i++) {
        const char *good = records[i].good;
        WRITTEN(records[i].gives,
                cretula_record_normalize(records[i].record, REFERENCE, good, strlen(good), &out, ERR));
        WRITTEN(records[i].gives,
                cretula_record_normalize(records[i].record, HOSTED, good, strlen(good), &out, ERR));
    }
    for (record = CRETULA_RECORD_IMAGE; record <= CRETULA_RECORD_DIRECT_UPLOAD; record++) {
        UNWRITTEN(CRETULA_ERR_UTF8, "json", cretula_record_normalize(record, 0, "\xff", 1, &out, ERR));
        UNWRITTEN(CRETULA_ERR_NULL_POINTER, "json", cretula_record_normalize(record, 0, NULL, 1, &out, ERR));
        UNWRITTEN(CRETULA_ERR_LENGTH, "json", cretula_record_normalize(record, 0, "{}", TOP_BIT, &out, ERR));
        UNWRITTEN(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES",
                  cretula_record_normalize(record, 2, TEXT("{}"), &out, ERR));
        FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_record_normalize(record, 0, TEXT("{}"), NULL, ERR));
    }
    UNWRITTEN(invalid, "invalid JSON for an image",
              cretula_record_normalize(CRETULA_RECORD_IMAGE, 0, TEXT("["), &out, ERR));
    UNWRITTEN(CRETULA_ERR_UNKNOWN_CONSTANT, "0 is not a CRETULA_RECORD_*",
              cretula_record_normalize(0, 0, TEXT("{}"), &out, ERR));
    UNWRITTEN(CRETULA_ERR_UNKNOWN_CONSTANT, "13 is not a CRETULA_RECORD_*",
              cretula_record_normalize(13, 0, TEXT("{}"), &out, ERR));
    /* A variant's id follows the rule set, both in a variant and in a result. */
    snprintf(json, sizeof(json), "{\"id\":\"a-b\",\"options\":%s,\"neverRequireSignedURLs\":true}", options);
    WRITTEN(json, cretula_record_normalize(CRETULA_RECORD_VARIANT, REFERENCE, json, strlen(json), &out, ERR));
    UNWRITTEN(invalid, "variant id \"a-b\" must consist of",
              cretula_record_normalize(CRETULA_RECORD_VARIANT, HOSTED, json, strlen(json), &out, ERR));
    snprintf(json, sizeof(json),
             "{\"variant\":{\"id\":\"a-b\",\"options\":%s,\"neverRequireSignedURLs\":true}}", options);
    WRITTEN(json, cretula_record_normalize(CRETULA_RECORD_VARIANT_RESULT, REFERENCE, json, strlen(json), &out,
                                           ERR));
    UNWRITTEN(invalid, "variant id \"a-b\" must consist of",
              cretula_record_normalize(CRETULA_RECORD_VARIANT_RESULT, HOSTED, json, strlen(json), &out, ERR));
}

static void images_are_updated(void)
{
    static const char image[] = "{\"id\":\"a\",\"requireSignedURLs\":false,\"variants\":[]}";
    static const char update[] = "{\"creator\":\"me\"}";
    cretula_buffer out = DIRTY_BUFFER;
    WRITTEN("{\"id\":\"a\",\"creator\":\"me\",\"requireSignedURLs\":false,\"variants\":[]}",
            cretula_image_update(TEXT(image), TEXT(update), REFERENCE, &out, ERR));
    UNWRITTEN(invalid, "invalid JSON for an image",
              cretula_image_update(TEXT("{}"), TEXT(update), REFERENCE, &out, ERR));
    UNWRITTEN(invalid, "invalid JSON", cretula_image_update(TEXT(image), TEXT("[]"), REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES",
              cretula_image_update(TEXT(image), TEXT(update), 2, &out, ERR));
    UNWRITTEN(CRETULA_ERR_NULL_POINTER, "image_json",
              cretula_image_update(NULL, 1, TEXT(update), REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_NULL_POINTER, "update_json",
              cretula_image_update(TEXT(image), NULL, 1, REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "image_json",
              cretula_image_update(image, TOP_BIT, TEXT(update), REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "update_json",
              cretula_image_update(TEXT(image), update, TOP_BIT, REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "image_json",
              cretula_image_update("\xff", 1, TEXT(update), REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "update_json",
              cretula_image_update(TEXT(image), "\xff", 1, REFERENCE, &out, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out",
          cretula_image_update(TEXT(image), TEXT(update), REFERENCE, NULL, ERR));
}

static void images_are_counted(void)
{
    static const char seven[] = "{\"count\":{\"allowed\":10,\"current\":7}}";
    cretula_buffer out = DIRTY_BUFFER;
    WRITTEN("{\"count\":{\"allowed\":10,\"current\":10}}",
            cretula_stat_after_upload(TEXT(seven), 3, &out, ERR));
    WRITTEN("{\"count\":{\"allowed\":10,\"current\":0}}",
            cretula_stat_after_delete(TEXT(seven), 7, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LIMIT_EXCEEDED, "cannot store 4 more images: there are 7, the allowance is 10",
              cretula_stat_after_upload(TEXT(seven), 4, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LIMIT_EXCEEDED, "18446744073709551615",
              cretula_stat_after_upload(TEXT(seven), UINT64_MAX, &out, ERR));
    UNWRITTEN(invalid, "cannot count 8 deleted images: there are 7",
              cretula_stat_after_delete(TEXT(seven), 8, &out, ERR));
    UNWRITTEN(invalid, "invalid JSON", cretula_stat_after_upload(TEXT("{}"), 1, &out, ERR));
    UNWRITTEN(invalid, "invalid JSON", cretula_stat_after_delete(NULL, 0, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_NULL_POINTER, "stat_json", cretula_stat_after_upload(NULL, 1, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_NULL_POINTER, "stat_json", cretula_stat_after_delete(NULL, 1, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "stat_json", cretula_stat_after_upload(seven, TOP_BIT, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "stat_json", cretula_stat_after_delete(seven, TOP_BIT, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "stat_json", cretula_stat_after_upload("\xff", 1, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "stat_json", cretula_stat_after_delete("\xff", 1, 1, &out, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_stat_after_upload(TEXT(seven), 1, NULL, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_stat_after_delete(TEXT(seven), 1, NULL, ERR));
}

static void responses_are_enveloped(void)
{
    cretula_buffer out = DIRTY_BUFFER;
    cretula_error *failure = NULL;
    WRITTEN("{\"result\":{\"a\":1},\"success\":true,\"errors\":[],\"messages\":[]}",
            cretula_response_success(TEXT("{\"a\":1}"), &out, ERR));
    UNWRITTEN(invalid, "invalid JSON for a result", cretula_response_success(TEXT("{"), &out, ERR));
    UNWRITTEN(invalid, "invalid JSON for a result", cretula_response_success(NULL, 0, &out, ERR));
    UNWRITTEN(CRETULA_ERR_NULL_POINTER, "result_json", cretula_response_success(NULL, 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "result_json", cretula_response_success("1", TOP_BIT, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "result_json", cretula_response_success("\"\xff\"", 3, &out, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_response_success(TEXT("1"), NULL, ERR));
    CHECK(cretula_validate(CRETULA_FIELD_KEY_NAME, 0, TEXT(""), &failure) == invalid);
    WRITTEN("{\"result\":null,\"success\":false,\"errors\":[{\"code\":5411,\"message\":"
            "\"key name must be 1 to 20 characters, got 0\"}],\"messages\":[]}",
            cretula_response_failure(failure, &out, ERR));
    CHECK(cretula_error_code(failure) == 5411);
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_response_failure(failure, NULL, ERR));
    cretula_error_free(failure);
    UNWRITTEN(CRETULA_ERR_NULL_POINTER, "cretula_error", cretula_response_failure(NULL, &out, ERR));
}

int main(void)
{
    identifiers_are_checked();
    ids_are_generated();
    times_are_read_and_written();
    delivery_urls_are_parsed();
    options_stand_in_the_place_of_a_variant();
    delivery_urls_are_built();
    records_are_normalized();
    images_are_updated();
    images_are_counted();
    responses_are_enveloped();
    return 0;
}
