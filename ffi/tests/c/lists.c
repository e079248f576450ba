/*
 * Lists, forms and direct uploads: every result of their functions.
 */

#include "check.h"

#define REFERENCE CRETULA_RULES_REFERENCE
#define HOSTED CRETULA_RULES_HOSTED

static const cretula_status invalid = CRETULA_ERR_INVALID_VALUE;
static const cretula_status null = CRETULA_ERR_NULL_POINTER;

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

static void queries_are_written(void)
{
    static const char query[] = "per_page=50&creator=&meta.a.b[in]=x%7Cy&page=1";
    cretula_status (*const writes[])(const char *, size_t, cretula_buffer *, cretula_error **) = {
        cretula_image_query_normalize, cretula_image_query_to_json};
    cretula_buffer out = DIRTY_BUFFER;
    size_t i;
    WRITTEN("per_page=50&creator=&meta.a.b[in:string]=x%7Cy",
            cretula_image_query_normalize(TEXT(query), &out, ERR));
    WRITTEN("{\"page\":1,\"per_page\":50,\"sort_order\":\"desc\",\"creator\":null,"
            "\"meta\":[\"meta.a.b[in:string]=x|y\"]}",
            cretula_image_query_to_json(TEXT(query), &out, ERR));
    WRITTEN("", cretula_image_query_normalize(NULL, 0, &out, ERR));
    for (i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
        UNWRITTEN(invalid, "per_page must be", writes[i](TEXT("per_page=1"), &out, ERR));
        UNWRITTEN(CRETULA_ERR_INVALID_ARGUMENT, "sort_order", writes[i](TEXT("sort_order=up"), &out, ERR));
        UNWRITTEN(CRETULA_ERR_UTF8, "query", writes[i]("\xff", 1, &out, ERR));
        UNWRITTEN(CRETULA_ERR_LENGTH, "query", writes[i]("a", TOP_BIT, &out, ERR));
        UNWRITTEN(null, "query", writes[i](NULL, 1, &out, ERR));
        FAILS(null, "out", writes[i](TEXT(query), NULL, ERR));
    }
}

static void queries_are_matched(void)
{
    static const char query[] = "creator=me&meta.n[gte]=3";
    static const char image[] = "{\"id\":\"cat\",\"creator\":\"me\",\"meta\":{\"n\":3}}";
    bool matches = false;
    OK(cretula_image_query_matches(TEXT(query), TEXT(image), REFERENCE, &matches, ERR));
    CHECK(matches);
    OK(cretula_image_query_matches(TEXT(query), TEXT("{\"id\":\"cat\"}"), HOSTED, &matches, ERR));
    CHECK(!matches);
    matches = true;
    FAILS(invalid, "got \"ne\"",
          cretula_image_query_matches(TEXT("meta.n[ne]=3"), TEXT(image), 0, &matches, ERR));
    CHECK(!matches);
    FAILS(invalid, "invalid JSON for an image",
          cretula_image_query_matches(TEXT(query), TEXT("["), 0, &matches, ERR));
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES",
          cretula_image_query_matches(TEXT(query), TEXT(image), 2, &matches, ERR));
    FAILS(CRETULA_ERR_UTF8, "query", cretula_image_query_matches("\xff", 1, TEXT(image), 0, &matches, ERR));
    FAILS(CRETULA_ERR_UTF8, "image_json",
          cretula_image_query_matches(TEXT(query), "\xff", 1, 0, &matches, ERR));
    FAILS(CRETULA_ERR_LENGTH, "query",
          cretula_image_query_matches(query, TOP_BIT, TEXT(image), 0, &matches, ERR));
    FAILS(CRETULA_ERR_LENGTH, "image_json",
          cretula_image_query_matches(TEXT(query), image, TOP_BIT, 0, &matches, ERR));
    FAILS(null, "query", cretula_image_query_matches(NULL, 1, TEXT(image), 0, &matches, ERR));
    FAILS(null, "image_json", cretula_image_query_matches(TEXT(query), NULL, 1, 0, &matches, ERR));
    FAILS(null, "matches_out", cretula_image_query_matches(TEXT(query), TEXT(image), 0, NULL, ERR));
}

static void forms_are_read(void)
{
    static const char fields[] = "[[\"id\",\"cat\"],[\"metadata[a][]\",\"x\"],[\"metadata.b\",\"1\"]]";
    cretula_buffer out = DIRTY_BUFFER;
    WRITTEN("{\"a\":[\"x\"],\"b\":\"1\"}", cretula_meta_from_form(TEXT(fields), &out, ERR));
    WRITTEN("", cretula_meta_from_form(TEXT("[]"), &out, ERR));
    WRITTEN("{\"id\":\"cat\",\"metadata\":{\"a\":[\"x\"],\"b\":\"1\"},\"requireSignedURLs\":false}",
            cretula_direct_upload_from_form(TEXT(fields), REFERENCE, &out, ERR));
    UNWRITTEN(invalid, "invalid JSON for the fields of a form",
              cretula_meta_from_form(TEXT("[[\"a\"]]"), &out, ERR));
    UNWRITTEN(invalid, "is given twice",
              cretula_meta_from_form(TEXT("[[\"metadata.a\",\"\"],[\"metadata.a\",\"\"]]"), &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "fields_json", cretula_meta_from_form("\xff", 1, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "fields_json", cretula_meta_from_form("[]", TOP_BIT, &out, ERR));
    UNWRITTEN(null, "fields_json", cretula_meta_from_form(NULL, 1, &out, ERR));
    FAILS(null, "out", cretula_meta_from_form(TEXT("[]"), NULL, ERR));
    UNWRITTEN(invalid, "must not contain /",
              cretula_direct_upload_from_form(TEXT("[[\"id\",\"a/b\"]]"), REFERENCE, &out, ERR));
    UNWRITTEN(invalid, "fields of a form", cretula_direct_upload_from_form(NULL, 0, REFERENCE, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES",
              cretula_direct_upload_from_form(TEXT("[]"), 2, &out, ERR));
    UNWRITTEN(CRETULA_ERR_UTF8, "fields_json", cretula_direct_upload_from_form("\xff", 1, 0, &out, ERR));
    UNWRITTEN(CRETULA_ERR_LENGTH, "fields_json", cretula_direct_upload_from_form("[]", TOP_BIT, 0, &out, ERR));
    UNWRITTEN(null, "fields_json", cretula_direct_upload_from_form(NULL, 1, 0, &out, ERR));
    FAILS(null, "out", cretula_direct_upload_from_form(TEXT("[]"), 0, NULL, ERR));
}

static void direct_uploads_end(void)
{
    static const char request[] = "{\"expiry\":\"1970-01-01T00:02:00Z\"}";
    int64_t end = 7;
    OK(cretula_direct_upload_expires_at(TEXT(request), REFERENCE, 0, &end, ERR));
    CHECK(end == 120000);
    OK(cretula_direct_upload_expires_at(TEXT("{}"), HOSTED, 5, &end, ERR));
    CHECK(end == 1800005);
    FAILS(invalid, "must be from 2 minutes to 6 hours from now",
          cretula_direct_upload_expires_at(TEXT(request), REFERENCE, 1, &end, ERR));
    CHECK(end == 0);
    FAILS(invalid, "0000", cretula_direct_upload_expires_at(TEXT("{}"), REFERENCE, INT64_MIN, &end, ERR));
    FAILS(invalid, "invalid JSON", cretula_direct_upload_expires_at(NULL, 0, REFERENCE, 0, &end, ERR));
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES",
          cretula_direct_upload_expires_at(TEXT(request), 2, 0, &end, ERR));
    FAILS(CRETULA_ERR_UTF8, "request_json", cretula_direct_upload_expires_at("\xff", 1, 0, 0, &end, ERR));
    FAILS(CRETULA_ERR_LENGTH, "request_json",
          cretula_direct_upload_expires_at(request, TOP_BIT, 0, 0, &end, ERR));
    FAILS(null, "request_json", cretula_direct_upload_expires_at(NULL, 1, 0, 0, &end, ERR));
    FAILS(null, "unix_ms_out", cretula_direct_upload_expires_at(TEXT(request), 0, 0, NULL, ERR));
}

int main(void)
{
    queries_are_written();
    queries_are_matched();
    forms_are_read();
    direct_uploads_end();
    CHECK(cretula_rendering_version() >= 1);
    return 0;
}
