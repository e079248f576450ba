/*
 * Runs the cases of the repository through C: reads one call a line from standard input, writes one
 * line each.
 *
 * A call is a verb and its fields, separated by tabs: numbers in decimal, text in hexadecimal
 * digits. The result is the name of the status, then the outputs in the same form; for a failure,
 * the message, the HTTP status and the code.
 */

#include <inttypes.h>

#include "check.h"

#define MOST_FIELDS 40

struct field {
    const char *at;
    size_t len;
};

static struct field fields[MOST_FIELDS];
static size_t field_count;

static void put_text(const char *text, size_t len)
{
    size_t i;
    putchar('\t');
    for (i = 0; i < len; i++) {
        printf("%02x", (unsigned char)text[i]);
    }
}

static void put_buffer(cretula_buffer *buffer)
{
    CHECK(buffer->data != NULL && buffer->data[buffer->len] == 0);
    put_text((const char *)buffer->data, buffer->len);
    cretula_buffer_clear_free(buffer);
}

/* Writes the status and, for a failure, the error. Returns whether outputs follow. */
static bool answered(cretula_status status)
{
    const char *message = cretula_error_message(check_error);
    CHECK((status == CRETULA_OK) == (check_error == NULL));
    printf("%s", cretula_status_name(status));
    if (status != CRETULA_OK) {
        put_text(message, strlen(message));
        printf("\t%" PRIu32 "\t%" PRIu32, cretula_status_http(status), cretula_error_code(check_error));
    }
    cretula_error_free(check_error);
    return status == CRETULA_OK;
}

static int digit(char c)
{
    CHECK((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Decodes a text field; the caller frees it. */
static const char *text(size_t index, size_t *len)
{
    char *at;
    size_t i;
    CHECK(index < field_count && fields[index].len % 2 == 0);
    *len = fields[index].len / 2;
    at = malloc(*len + 1);
    CHECK(at != NULL);
    for (i = 0; i < *len; i++) {
        at[i] = (char)(digit(fields[index].at[2 * i]) * 16 + digit(fields[index].at[2 * i + 1]));
    }
    return at;
}

static uint64_t number(size_t index)
{
    char *end;
    uint64_t value;
    CHECK(index < field_count);
    value = strtoull(fields[index].at, &end, 10);
    CHECK(end == fields[index].at + fields[index].len && fields[index].len > 0);
    return value;
}

#define TEXT_FIELD(name, index)                                                                              \
    size_t name##_len;                                                                                       \
    const char *name = text((index), &name##_len)

/* place: fit, box, source */
static void do_place(void)
{
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_placement placement = CRETULA_PLACEMENT_INIT;
    variant.fit = (int32_t)number(1);
    variant.width = (uint32_t)number(2);
    variant.height = (uint32_t)number(3);
    if (answered(cretula_place(&variant, (uint32_t)number(4), (uint32_t)number(5), &placement, ERR))) {
        printf("\t%.17g\t%.17g\t%.17g\t%.17g", placement.crop_x, placement.crop_y, placement.crop_width,
               placement.crop_height);
        printf("\t%" PRIu32 "\t%" PRIu32, placement.canvas_width, placement.canvas_height);
        printf("\t%" PRIu32 "\t%" PRIu32, placement.offset_x, placement.offset_y);
    }
}

/* options: json */
static void do_options(void)
{
    TEXT_FIELD(json, 1);
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    if (answered(cretula_variant_options_parse(json, json_len, &variant, ERR))) {
        printf("\t%" PRId32 "\t%" PRIu32 "\t%" PRIu32 "\t%" PRId32, variant.fit, variant.width,
               variant.height, variant.metadata);
    }
    free((void *)json);
}

/* A keyring of the keys in the fields from `first` on: name, value, name, value. */
static cretula_keyring *ring(size_t first)
{
    cretula_keyring *keys = NULL;
    size_t i;
    OK(cretula_keyring_new((field_count - first) / 2, &keys, ERR));
    for (i = first; i + 1 < field_count; i += 2) {
        TEXT_FIELD(name, i);
        TEXT_FIELD(value, i + 1);
        OK(cretula_keyring_put(keys, name, name_len, value, value_len, ERR));
        free((void *)name);
        free((void *)value);
    }
    check_begin(&check_error);
    return keys;
}

/* sign: key, url, expires_at, encoding, keys; also verifies the signed URL */
static void do_sign(void)
{
    TEXT_FIELD(key, 1);
    TEXT_FIELD(url, 2);
    cretula_keyring *keys = ring(5);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_status status =
        cretula_keyring_sign(keys, key, key_len, url, url_len, number(3), (int32_t)number(4), &out, ERR);
    if (answered(status)) {
        cretula_buffer name = DIRTY_BUFFER;
        OK(cretula_keyring_verify(keys, (const char *)out.data, out.len, 0, &name, NULL, ERR));
        put_buffer(&out);
        put_buffer(&name);
    }
    cretula_keyring_free(keys);
    free((void *)key);
    free((void *)url);
}

/* verify: url, now, keys */
static void do_verify(void)
{
    TEXT_FIELD(url, 1);
    cretula_keyring *keys = ring(3);
    cretula_buffer name = DIRTY_BUFFER;
    uint64_t expires = 7;
    cretula_status status = cretula_keyring_verify(keys, url, url_len, number(2), &name, &expires, ERR);
    CHECK(cretula_keyring_verify(keys, url, url_len, number(2), NULL, NULL, NULL) == status);
    CHECK(cretula_keyring_authorize(keys, true, false, url, url_len, number(2), NULL, NULL, NULL) == status);
    if (answered(status)) {
        put_buffer(&name);
        printf("\t%" PRIu64, expires);
    }
    cretula_keyring_free(keys);
    free((void *)url);
}

static void put_string(const char *string)
{
    if (string == NULL) {
        printf("\t-");
    } else {
        put_text(string, strlen(string));
    }
}

/* delivery: url, rules; also builds the URL again from its parts */
static void do_delivery(void)
{
    TEXT_FIELD(url, 1);
    int32_t rules = (int32_t)number(2);
    cretula_delivery_url *made = DIRTY_HANDLE;
    if (answered(cretula_delivery_url_parse(url, url_len, rules, &made, ERR))) {
        cretula_delivery_url *again = DIRTY_HANDLE;
        const char *scheme = cretula_delivery_url_scheme(made);
        const char *options = cretula_delivery_url_options(made);
        char origin[300] = "";
        const char *host = cretula_delivery_url_host(made);
        const char *account = cretula_delivery_url_account_hash(made);
        const char *image = cretula_delivery_url_image_id(made);
        const char *variant = cretula_delivery_url_variant_id(made);
        bool custom = cretula_delivery_url_is_on_custom_domain(made);
        put_string(host);
        printf("\t%d", custom);
        put_string(account);
        put_string(image);
        put_string(variant);
        put_string(cretula_delivery_url_text(made));
        put_string(scheme);
        put_string(options);
        if (host != NULL) {
            snprintf(origin, sizeof(origin), "%s://%s", scheme, host);
        }
        variant = variant == NULL ? options : variant;
        OK(cretula_delivery_url_new(origin, strlen(origin), account, strlen(account), image, strlen(image),
                                    variant, strlen(variant), custom, rules, &again, ERR));
        CHECK(strcmp(cretula_delivery_url_text(made), cretula_delivery_url_text(again)) == 0);
        cretula_delivery_url_free(again);
    }
    cretula_delivery_url_free(made);
    free((void *)url);
}

/* validate: field, rules, text */
static void do_validate(void)
{
    TEXT_FIELD(value, 3);
    answered(cretula_validate((int32_t)number(1), (int32_t)number(2), value, value_len, ERR));
    free((void *)value);
}

/* record: record, rules, json */
static void do_record(void)
{
    TEXT_FIELD(json, 3);
    cretula_buffer out = DIRTY_BUFFER;
    int32_t record = (int32_t)number(1);
    if (answered(cretula_record_normalize(record, (int32_t)number(2), json, json_len, &out, ERR))) {
        put_buffer(&out);
    }
    free((void *)json);
}

/* update: image, update, rules */
static void do_update(void)
{
    TEXT_FIELD(image, 1);
    TEXT_FIELD(update, 2);
    cretula_buffer out = DIRTY_BUFFER;
    if (answered(cretula_image_update(image, image_len, update, update_len, (int32_t)number(3), &out, ERR))) {
        put_buffer(&out);
    }
    free((void *)image);
    free((void *)update);
}

/* patch: a variant of the id "hero", update; writes the variant's place in a list */
static void do_patch(void)
{
    TEXT_FIELD(variant, 1);
    TEXT_FIELD(update, 2);
    char *list = malloc(variant_len + 40);
    cretula_variants *variants = NULL;
    CHECK(list != NULL);
    sprintf(list, "{\"variants\":{\"hero\":%.*s}}", (int)variant_len, variant);
    OK(cretula_variants_from_json(list, strlen(list), CRETULA_RULES_REFERENCE, &variants, ERR));
    check_begin(&check_error);
    if (answered(cretula_variants_patch(variants, TEXT("hero"), update, update_len, ERR))) {
        cretula_buffer out = DIRTY_BUFFER;
        OK(cretula_variants_to_json(variants, &out, ERR));
        put_buffer(&out);
    }
    cretula_variants_free(variants);
    free(list);
    free((void *)variant);
    free((void *)update);
}

/* query: query; in normal form, and the same again */
static void do_query(void)
{
    TEXT_FIELD(query, 1);
    cretula_buffer out = DIRTY_BUFFER;
    if (answered(cretula_image_query_normalize(query, query_len, &out, ERR))) {
        cretula_buffer again = DIRTY_BUFFER;
        OK(cretula_image_query_normalize((const char *)out.data, out.len, &again, ERR));
        CHECK(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
        cretula_buffer_free(&again);
        put_buffer(&out);
    }
    free((void *)query);
}

/* match: query, image */
static void do_match(void)
{
    TEXT_FIELD(query, 1);
    TEXT_FIELD(image, 2);
    bool matches = true;
    if (answered(cretula_image_query_matches(query, query_len, image, image_len, CRETULA_RULES_REFERENCE,
                                             &matches, ERR))) {
        printf("\t%d", matches);
    }
    free((void *)query);
    free((void *)image);
}

/* form: fields as JSON */
static void do_form(void)
{
    TEXT_FIELD(json, 1);
    cretula_buffer out = DIRTY_BUFFER;
    if (answered(cretula_meta_from_form(json, json_len, &out, ERR))) {
        put_buffer(&out);
    }
    free((void *)json);
}

/* time: text; also formats the parsed time */
static void do_time(void)
{
    TEXT_FIELD(time, 1);
    int64_t ms = 7;
    if (answered(cretula_timestamp_parse(time, time_len, &ms, ERR))) {
        cretula_buffer out = DIRTY_BUFFER;
        printf("\t%" PRId64, ms);
        OK(cretula_timestamp_format(ms, &out, ERR));
        put_buffer(&out);
    }
    free((void *)time);
}

static const struct {
    const char *name;
    void (*body)(void);
} VERBS[] = {
    {"place", do_place},   {"options", do_options},   {"sign", do_sign},
    {"verify", do_verify}, {"delivery", do_delivery}, {"validate", do_validate},
    {"record", do_record}, {"update", do_update},     {"time", do_time},
    {"patch", do_patch},   {"query", do_query},       {"match", do_match},
    {"form", do_form},
};

/* Splits a line, without its end, at its tabs. */
static void cut(const char *line, size_t len)
{
    const char *end = line + len;
    for (field_count = 0;; field_count++) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        CHECK(field_count < MOST_FIELDS);
        fields[field_count].at = line;
        fields[field_count].len = (size_t)((tab == NULL ? end : tab) - line);
        if (tab == NULL) {
            break;
        }
        line = tab + 1;
    }
    field_count++;
}

int main(void)
{
    enum { LONGEST = 1 << 20 };
    char *line = malloc(LONGEST);
    size_t k;
    CHECK(line != NULL);
    while (fgets(line, LONGEST, stdin) != NULL) {
        size_t len = strlen(line);
        bool known = false;
        CHECK(len > 0 && line[len - 1] == '\n');
        line[len - 1] = '\0';
        cut(line, len - 1);
        check_begin(&check_error);
        for (k = 0; k < sizeof(VERBS) / sizeof(*VERBS) && !known; k++) {
            known = strlen(VERBS[k].name) == fields[0].len &&
                    memcmp(VERBS[k].name, fields[0].at, fields[0].len) == 0;
            if (known) {
                VERBS[k].body();
            }
        }
        CHECK(known);
        putchar('\n');
    }
    free(line);
    return 0;
}
