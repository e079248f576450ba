/*
 * Lists of variants: every result of their functions, and that a failure leaves the list unchanged.
 */

#include "check.h"

#define REFERENCE CRETULA_RULES_REFERENCE
#define HOSTED CRETULA_RULES_HOSTED

static const cretula_status invalid = CRETULA_ERR_INVALID_VALUE;
static const cretula_status null = CRETULA_ERR_NULL_POINTER;
static const cretula_variant_options five = {sizeof(five), CRETULA_FIT_CROP, 5, 6, CRETULA_METADATA_KEEP, NULL, 0};

static const char ONE[] =
    "{\"variants\":{\"hero\":{\"id\":\"hero\",\"options\":{\"fit\":\"crop\",\"width\":5,"
    "\"height\":6,\"metadata\":\"keep\"},\"neverRequireSignedURLs\":true}}}";

static cretula_variants *list_of_one(int32_t rules)
{
    cretula_variants *list = DIRTY_HANDLE;
    OK(cretula_variants_new(rules, &list, ERR));
    CHECK(cretula_variants_count(list) == 0);
    OK(cretula_variants_create(list, TEXT("hero"), &five, true, ERR));
    return list;
}

static void holds_one(const cretula_variants *list)
{
    cretula_buffer json = DIRTY_BUFFER;
    CHECK(cretula_variants_count(list) == 1);
    OK(cretula_variants_to_json(list, &json, ERR));
    CHECK(holds(&json, ONE));
    cretula_buffer_free(&json);
}

#define UNREAD(status, says, ...)                                                                            \
    do {                                                                                                     \
        list = DIRTY_HANDLE;                                                                                 \
        FAILS((status), (says), cretula_variants_from_json(__VA_ARGS__, &list, ERR));                        \
        CHECK(list == NULL);                                                                                 \
    } while (0)

static void lists_are_made_and_read(void)
{
    cretula_variants *list = DIRTY_HANDLE;
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "2 is not a CRETULA_RULES_*", cretula_variants_new(2, &list, ERR));
    CHECK(list == NULL);
    FAILS(null, "the cretula_variants output must not be NULL", cretula_variants_new(REFERENCE, NULL, ERR));
    OK(cretula_variants_from_json(TEXT(ONE), REFERENCE, &list, ERR));
    holds_one(list);
    cretula_variants_free(list);
    UNREAD(invalid, "invalid JSON", TEXT("[]"), REFERENCE);
    UNREAD(invalid, "invalid JSON", NULL, 0, REFERENCE);
    UNREAD(
        CRETULA_ERR_INVALID_ARGUMENT, "from 1 to 12000, got 12001",
        TEXT("{\"variants\":{\"a\":{\"id\":\"a\",\"options\":{\"fit\":\"crop\",\"width\":12001,\"height\":6,"
             "\"metadata\":\"keep\"}}}}"),
        REFERENCE);
    UNREAD(CRETULA_ERR_UNKNOWN_CONSTANT, "RULES", TEXT(ONE), -1);
    UNREAD(CRETULA_ERR_UTF8, "json", "\xff", 1, REFERENCE);
    UNREAD(CRETULA_ERR_LENGTH, "json", ONE, TOP_BIT, REFERENCE);
    UNREAD(null, "json", NULL, 1, REFERENCE);
    FAILS(null, "the cretula_variants output must not be NULL",
          cretula_variants_from_json(TEXT(ONE), REFERENCE, NULL, ERR));
}

static void a_list_is_read(void)
{
    cretula_variants *list = list_of_one(REFERENCE);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_variant_options variant;
    bool never = false;
    DIRTY(variant);
    OK(cretula_variants_get(list, TEXT("hero"), &variant, &never, ERR));
    CHECK(memcmp(&variant, &five, sizeof(variant)) == 0 && never);
    OK(cretula_variants_get(list, TEXT("hero"), &variant, NULL, ERR));
    OK(cretula_variants_id_at(list, 0, &out, ERR));
    CHECK(holds(&out, "hero"));
    cretula_buffer_free(&out);
    out.len = 5;
    FAILS(CRETULA_ERR_NOT_FOUND, "no variant at index 1: the list holds 1",
          cretula_variants_id_at(list, 1, &out, ERR));
    CHECK(IS_EMPTY(out));
    FAILS(CRETULA_ERR_NOT_FOUND, "no variant at index", cretula_variants_id_at(list, (size_t)-1, &out, ERR));
    FAILS(null, "cretula_variants", cretula_variants_id_at(NULL, 0, &out, ERR));
    FAILS(null, "out", cretula_variants_id_at(list, 0, NULL, ERR));
    FAILS(null, "out", cretula_variants_to_json(list, NULL, ERR));
    out.len = 5;
    FAILS(null, "cretula_variants", cretula_variants_to_json(NULL, &out, ERR));
    CHECK(IS_EMPTY(out));
    DIRTY(variant);
    never = true;
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no variant \"zero\"",
          cretula_variants_get(list, TEXT("zero"), &variant, &never, ERR));
    CHECK(IS_ZEROED(variant) && !never);
    DIRTY(variant);
    FAILS(null, "id", cretula_variants_get(list, NULL, 1, &variant, &never, ERR));
    CHECK(IS_ZEROED(variant));
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no variant",
          cretula_variants_get(list, NULL, 0, &variant, NULL, ERR));
    FAILS(CRETULA_ERR_LENGTH, "id", cretula_variants_get(list, "hero", TOP_BIT, &variant, &never, ERR));
    FAILS(CRETULA_ERR_UTF8, "id", cretula_variants_get(list, "\xff", 1, &variant, &never, ERR));
    FAILS(null, "cretula_variants", cretula_variants_get(NULL, TEXT("hero"), &variant, &never, ERR));
    never = false;
    OK(cretula_variants_get(list, TEXT("hero"), NULL, &never, ERR));
    CHECK(never);
    variant.struct_size = 1;
    never = true;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 1", cretula_variants_get(list, TEXT("hero"), &variant, &never, ERR));
    CHECK(!never);
    holds_one(list);
    cretula_variants_free(list);
}

typedef cretula_status change(cretula_variants *, const char *, size_t, const cretula_variant_options *, bool,
                              cretula_error **);

/* The refusals that creating and updating share. */
static void changes_are_checked(change *call, const char *id)
{
    cretula_variants *list = list_of_one(HOSTED);
    cretula_variant_options variant = five;
    size_t len = strlen(id);
    variant.width = variant.height = 0;
    FAILS(CRETULA_ERR_INVALID_ARGUMENT, "width and height are both missing",
          call(list, id, len, &variant, false, ERR));
    variant = five;
    variant.width = 12001;
    FAILS(CRETULA_ERR_INVALID_ARGUMENT, "got 12001", call(list, id, len, &variant, false, ERR));
    variant = five;
    variant.fit = 8;
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "FIT", call(list, id, len, &variant, false, ERR));
    variant = five;
    variant.metadata = -1;
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "METADATA", call(list, id, len, &variant, false, ERR));
    variant = five;
    variant.struct_size = 0;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 0", call(list, id, len, &variant, false, ERR));
    FAILS(invalid, "variant id \"a-b\" must consist of", call(list, TEXT("a-b"), &five, false, ERR));
    FAILS(invalid, "1 to 99 characters, got 0", call(list, NULL, 0, &five, false, ERR));
    FAILS(CRETULA_ERR_UTF8, "id", call(list, "\xff", 1, &five, false, ERR));
    FAILS(CRETULA_ERR_LENGTH, "id", call(list, id, TOP_BIT, &five, false, ERR));
    FAILS(null, "id", call(list, NULL, 1, &five, false, ERR));
    FAILS(null, "cretula_variant_options", call(list, id, len, NULL, false, ERR));
    FAILS(null, "cretula_variants", call(NULL, id, len, &five, false, ERR));
    holds_one(list);
    cretula_variants_free(list);
}

static void variants_are_created_updated_and_removed(void)
{
    cretula_variants *list = list_of_one(HOSTED);
    cretula_variant_options wide = five;
    cretula_variant_options found = CRETULA_VARIANT_OPTIONS_INIT;
    char id[8];
    size_t i;
    wide.width = 12000;
    FAILS(CRETULA_ERR_ALREADY_EXISTS, "variant \"hero\" already exists",
          cretula_variants_create(list, TEXT("hero"), &wide, false, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no variant \"zero\"",
          cretula_variants_update(list, TEXT("zero"), &wide, false, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no variant \"zero\"",
          cretula_variants_remove(list, TEXT("zero"), ERR));
    FAILS(CRETULA_ERR_UTF8, "id", cretula_variants_remove(list, "\xff", 1, ERR));
    FAILS(CRETULA_ERR_LENGTH, "id", cretula_variants_remove(list, "hero", TOP_BIT, ERR));
    FAILS(null, "id", cretula_variants_remove(list, NULL, 1, ERR));
    FAILS(null, "cretula_variants", cretula_variants_remove(NULL, TEXT("hero"), ERR));
    holds_one(list);
    OK(cretula_variants_update(list, TEXT("hero"), &wide, false, ERR));
    OK(cretula_variants_get(list, TEXT("hero"), &found, NULL, ERR));
    CHECK(found.width == 12000);
    for (i = 1; i < 100; i++) {
        snprintf(id, sizeof(id), "v%lu", (unsigned long)i);
        OK(cretula_variants_create(list, id, strlen(id), &five, true, ERR));
    }
    FAILS(CRETULA_ERR_LIMIT_EXCEEDED, "there are 100 variants already",
          cretula_variants_create(list, TEXT("w"), &five, false, ERR));
    CHECK(cretula_variants_count(list) == 100);
    OK(cretula_variants_remove(list, TEXT("v50"), ERR));
    OK(cretula_variants_create(list, TEXT("public"), &five, false, ERR));
    FAILS(invalid, "\"public\" cannot be removed", cretula_variants_remove(list, TEXT("public"), ERR));
    CHECK(cretula_variants_count(list) == 100);
    cretula_variants_free(list);
}

static void variants_are_patched(void)
{
    static const char half[] = "{\"options\":{\"width\":7,\"height\":null},\"neverRequireSignedURLs\":true}";
    const cretula_status argument = CRETULA_ERR_INVALID_ARGUMENT;
    cretula_variants *list = list_of_one(HOSTED);
    cretula_variant_options found = CRETULA_VARIANT_OPTIONS_INIT;
    bool never = false;
    FAILS(CRETULA_ERR_NOT_FOUND, "there is no variant \"zero\"",
          cretula_variants_patch(list, TEXT("zero"), TEXT("{}"), ERR));
    FAILS(invalid, "invalid JSON for an update of a variant",
          cretula_variants_patch(list, TEXT("hero"), TEXT("["), ERR));
    FAILS(argument, "got 12001",
          cretula_variants_patch(list, TEXT("hero"), TEXT("{\"options\":{\"width\":12001}}"), ERR));
    FAILS(argument, "width and height are both missing",
          cretula_variants_patch(list, TEXT("hero"), TEXT("{\"options\":{\"w\":null,\"h\":null}}"), ERR));
    FAILS(CRETULA_ERR_UTF8, "id", cretula_variants_patch(list, "\xff", 1, TEXT("{}"), ERR));
    FAILS(CRETULA_ERR_UTF8, "update_json", cretula_variants_patch(list, TEXT("hero"), "\xff", 1, ERR));
    FAILS(CRETULA_ERR_LENGTH, "id", cretula_variants_patch(list, "hero", TOP_BIT, TEXT("{}"), ERR));
    FAILS(CRETULA_ERR_LENGTH, "update_json",
          cretula_variants_patch(list, TEXT("hero"), "{}", TOP_BIT, ERR));
    FAILS(null, "id", cretula_variants_patch(list, NULL, 1, TEXT("{}"), ERR));
    FAILS(null, "update_json", cretula_variants_patch(list, TEXT("hero"), NULL, 1, ERR));
    FAILS(null, "cretula_variants", cretula_variants_patch(NULL, TEXT("hero"), TEXT("{}"), ERR));
    holds_one(list);
    OK(cretula_variants_patch(list, TEXT("hero"), TEXT(half), ERR));
    OK(cretula_variants_get(list, TEXT("hero"), &found, &never, ERR));
    CHECK(found.width == 7 && found.height == 0 && found.fit == five.fit && never);
    cretula_variants_free(list);
}

static void over_a_hundred_are_not_read(void)
{
    char *json = malloc(101 * 128);
    size_t len = 0;
    int i;
    cretula_variants *list = NULL;
    CHECK(json != NULL);
    len += (size_t)sprintf(json, "{\"variants\":");
    for (i = 0; i < 101; i++) {
        len +=
            (size_t)sprintf(json + len,
                            "%c\"v%d\":{\"id\":\"v%d\",\"options\":{\"fit\":\"pad\",\"width\":1,\"height\":1,"
                            "\"metadata\":\"none\"}}",
                            i == 0 ? '{' : ',', i, i);
    }
    len += (size_t)sprintf(json + len, "}}");
    FAILS(CRETULA_ERR_LIMIT_EXCEEDED, "there are 100 variants already",
          cretula_variants_from_json(json, len, REFERENCE, &list, ERR));
    CHECK(list == NULL);
    free(json);
}

static void other_handles_are_refused(void)
{
    cretula_cancel_token *cancel = cretula_cancel_token_new();
    cretula_variants *wrong = (cretula_variants *)cancel;
    cretula_buffer out = DIRTY_BUFFER;
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    const char *says = "not a live cretula_variants";
    FAILS(CRETULA_ERR_BAD_HANDLE, says, cretula_variants_to_json(wrong, &out, ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, says, cretula_variants_id_at(wrong, 0, &out, ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, says, cretula_variants_get(wrong, TEXT("a"), &variant, NULL, ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, says, cretula_variants_create(wrong, TEXT("a"), &five, false, ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, says, cretula_variants_update(wrong, TEXT("a"), &five, false, ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, says, cretula_variants_remove(wrong, TEXT("a"), ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, "not a live cretula_error",
          cretula_response_failure((const cretula_error *)cancel, &out, ERR));
    CHECK(cretula_variants_count(wrong) == 0);
    cretula_variants_free(wrong);
    cretula_cancel_token_cancel(cancel);
    CHECK(cretula_cancel_token_is_cancelled(cancel));
    cretula_cancel_token_free(cancel);
}

int main(void)
{
    lists_are_made_and_read();
    a_list_is_read();
    changes_are_checked(cretula_variants_create, "new");
    changes_are_checked(cretula_variants_update, "hero");
    variants_are_created_updated_and_removed();
    variants_are_patched();
    over_a_hundred_are_not_read();
    other_handles_are_refused();
    return 0;
}
