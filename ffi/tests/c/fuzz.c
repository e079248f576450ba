/*
 * Random calls of every function of the header: valid and invalid handles, garbage and nearly valid
 * bytes, any number, and NULL. No call may crash, leak, panic, return an unknown status, or leave
 * an output of a failure that is not zeroed. Arguments: a JPEG, a seed, and the number of calls.
 * The first line of output is enough to repeat a run. With CRETULA_FUZZ_INPUT defined it has no
 * main: a fuzzer's input replaces the seed.
 */

#include "check.h"

enum kind { RENDERER, KEYRING, ERROR, CANCEL, DELIVERY, VARIANTS, KINDS };
enum words { NAMES, URLS, TIMES, OPTIONS, KEYS, LISTS, RECORDS, TRANSFORMS, QUERIES, WORDS };

#define EACH 4
#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define OPTIONS_JSON "{\"fit\":\"cover\",\"width\":9,\"height\":8,\"metadata\":\"keep\"}"
#define NAMED_JSON "{\"id\":\"hero\",\"options\":" OPTIONS_JSON ",\"neverRequireSignedURLs\":true}"

static const char *const TEXTS[WORDS][8] = {
    {"one", "hero", "cat", "a/b", "107b9558dd064bbd5fef9c2c16bb7900", "", "caf\xc3\xa9",
     "12345678901234567890"},
    {"/h/cat/hero", "https://x.example/h/cat/hero?w=1", "/h/cat/hero?sig=12",
     "/cdn-cgi/imagedelivery/h/cat/hero",
     "/h/cat/hero?exp=1&sig=0000000000000000000000000000000000000000000000000000000000000000", "x", "/h/cat/w=9,h=8",
     "http://x:1/h/cat/fit=pad,w=3"},
    {"2014-01-02T02:20:00.123Z", "2014-01-02T02:20:00+02:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:60Z",
     "2014-13-02T02:20:00Z", "2014", "", "Z"},
    {OPTIONS_JSON, NAMED_JSON, "{\"fit\":\"pad\",\"width\":1e9,\"height\":8,\"metadata\":\"none\"}", "{}",
     "[]", "{", "null", "{\"fit\":1}"},
    {"{\"keys\":[{\"name\":\"one\",\"value\":\"first\"}]}", "{\"keys\":[]}", "{\"keys\":[{\"name\":\"\"}]}",
     "{}", "{\"keys\":null}", "[", "1", "{\"keys\":[{\"name\":\"a\",\"value\":\"\"}]}"},
    {"{\"variants\":{\"hero\":" NAMED_JSON "}}", "{\"variants\":{}}", "{\"variants\":{\"a\":" NAMED_JSON "}}",
     "{}", "{\"variants\":null}", "[", "\"", "{\"variants\":{\"a\":{}}}"},
    {"{\"id\":\"cat\",\"meta\":{\"a\":[1]},\"uploaded\":\"2014-01-02T02:20:00Z\"}",
     "{\"images\":[{\"id\":\"a\"}]}", "{\"creator\":\"me\",\"requireSignedURLs\":true}",
     "{\"count\":{\"allowed\":9,\"current\":3}}", "{\"variant\":" NAMED_JSON "}",
     "{\"a\":{\"b\":[1,2.5,null,\"\\ud834\\udd1e\"]}}",
     "{\"result\":null,\"success\":true,\"errors\":[],\"messages\":[]}", NAMED_JSON},
    {"w=16,h=12,fit=cover,g=auto", "trim=border,blur=3,sharpen=1", "rotate=90,flip=h,trim=1;2;3;4,w=9",
     "border=2,border.color=red,background=rgba(1,2,3,0.5)", "q=50,scq=low,f=jpeg,w=8", "f=json,w=7",
     "image/avif,image/webp;q=0.9,*/*;q=0.8", "brightness=1.2,contrast=0.8,gamma=2,saturation=0,w=11"},
    {"per_page=50&sort_order=asc&page=2", "creator=&meta.a[eq]=x", "meta.a.b[in:number]=1|2&meta.c[lte]=3.5",
     "meta.%3Cfield%3E[x]=1", "meta.a[eq:boolean]=true&other", "continuation_token=a%2Fb+c&creator=me",
     "per_page=9", ""},
};

#ifdef CRETULA_FUZZ_INPUT
static const uint8_t *input;
static size_t input_left;
#else
static uint64_t state;
#endif
static void *pool[KINDS][EACH];
static cretula_buffer images[4];
static cretula_buffer signed_url;
static void *kept[32];
static size_t kept_count;
static cretula_error *error;
static cretula_error **where;

#ifdef CRETULA_FUZZ_INPUT
/* The next bytes of the input, then zeros. */
static uint64_t taken(size_t bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0 && input_left > 0) {
        value = value << 8 | *input++;
        input_left--;
    }
    return value;
}

static uint64_t any(void)
{
    return taken(8);
}

static size_t below(size_t bound)
{
    return (size_t)(taken(bound <= 256 ? 1 : 4) % bound);
}
#else
/* xorshift64* */
static uint64_t any(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1du;
}

static size_t below(size_t bound)
{
    return (size_t)((any() >> 33) % bound);
}
#endif

static bool one_in(size_t n)
{
    return below(n) == 0;
}

/* A copy of exactly this size, so that a sanitizer sees a read beyond it; freed after the call. */
static uint8_t *keep(const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    CHECK(copy != NULL && kept_count < COUNT(kept));
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    kept[kept_count++] = copy;
    return copy;
}

/* A pointer and a length, nearly always of valid memory. */
struct bytes {
    const uint8_t *at;
    size_t len;
};

#define TEXT_OF(bytes) (const char *)(bytes).at, (bytes).len

static struct bytes varied(const void *start, size_t len)
{
    struct bytes bytes;
    uint8_t *copy = keep(start, len);
    size_t changes = one_in(2) ? 0 : below(4);
    while (changes-- > 0 && len > 0) {
        copy[below(len)] = (uint8_t)any();
    }
    bytes.at = copy;
    bytes.len = one_in(6) ? below(len + 1) : len;
    if (one_in(40)) {
        bytes.len |= TOP_BIT;
    } else if (one_in(40)) {
        bytes.at = NULL;
    } else if (one_in(40)) {
        bytes.len = 0;
    }
    return bytes;
}

static struct bytes text(enum words words)
{
    uint8_t garbage[40];
    size_t i;
    const char *chosen = TEXTS[one_in(8) ? below(WORDS) : (size_t)words][one_in(2) ? 0 : below(8)];
    if (one_in(12)) {
        for (i = 0; i < sizeof(garbage); i++) {
            garbage[i] = (uint8_t)any();
        }
        return varied(garbage, below(sizeof(garbage) + 1));
    }
    if (words == URLS && one_in(3)) {
        return varied(signed_url.data, signed_url.len);
    }
    return varied(chosen, strlen(chosen));
}

static struct bytes image(void)
{
    const cretula_buffer *chosen = &images[below(COUNT(images))];
    return varied(chosen->data, chosen->len);
}

static void release(enum kind kind, void *handle)
{
    switch (kind) {
    case RENDERER: cretula_renderer_free(handle); break;
    case KEYRING: cretula_keyring_free(handle); break;
    case ERROR: cretula_error_free(handle); break;
    case CANCEL: cretula_cancel_token_free(handle); break;
    case DELIVERY: cretula_delivery_url_free(handle); break;
    case VARIANTS: cretula_variants_free(handle); break;
    case KINDS: break;
    }
}

/* Puts a handle into the pool, and frees the one that it replaces. */
static void adopt(enum kind kind, void *handle)
{
    void **place = &pool[kind][below(EACH)];
    CHECK(handle != NULL);
    release(kind, *place);
    *place = handle;
}

/* A handle of this kind; now and then one of another kind, a misaligned one, or NULL. */
static void *handle(enum kind kind)
{
    char *chosen = pool[one_in(24) ? (enum kind)below(KINDS) : kind][below(EACH)];
    return chosen != NULL && one_in(60) ? chosen + 1 + below(7) : chosen;
}

static void free_some(enum kind kind)
{
    void **place = &pool[kind][below(EACH)];
    size_t other = (size_t)kind + 1 + below(KINDS - 1);
    release(kind, NULL);
    /* Freeing a handle of another kind does nothing. */
    release(kind, pool[other % KINDS][below(EACH)]);
    if (one_in(8)) {
        release(kind, *place);
        *place = NULL;
    }
}

static size_t size(size_t right)
{
    const size_t wrong[] = {0, 1, right - 1, right + 1, 8, TOP_BIT, (size_t)-1};
    return one_in(30) ? wrong[below(COUNT(wrong))] : right;
}

static int32_t constant(int32_t most)
{
    return one_in(20) ? (int32_t)any() : (int32_t)below((size_t)most + 1);
}

static uint32_t side(void)
{
    return one_in(20) ? (uint32_t)any() : 1 + (uint32_t)below(24);
}

static cretula_variant_options variant(void)
{
    cretula_variant_options made = {0, constant(7), side(), side(), constant(2), NULL, 0};
    if (one_in(4)) {
        struct bytes chosen = text(TRANSFORMS);
        made.options = (const char *)chosen.at;
        made.options_len = chosen.len;
        if (!one_in(8)) {
            made.fit = made.metadata = 0;
            made.width = made.height = 0;
        }
    }
    made.struct_size = size(sizeof(made));
    return made;
}

static cretula_output_options output(void)
{
    cretula_output_options made = CRETULA_OUTPUT_OPTIONS_INIT;
    made.format = constant(4);
    made.quality = (uint32_t)below(101);
    made.background_rgba = (uint32_t)any();
    made.color = constant(1);
    made.shrink = constant(1);
    made.effort = one_in(20) ? (uint32_t)any() : 0;
    made.damaged = constant(1);
    made.lossless = one_in(20) ? (uint32_t)any() : one_in(4);
    /* Now and then that of the first version, which ended before `damaged`. */
    made.struct_size = one_in(12) ? offsetof(cretula_output_options, damaged) : size(sizeof(made));
    if (one_in(20)) {
        made.quality = (uint32_t)any();
    }
    return made;
}

static cretula_limits limits(void)
{
    cretula_limits made = {0,
                           1 + below(20000),
                           1 + below(40000),
                           1 + below(90000),
                           1 + below(8000000),
                           1 + (uint32_t)below(2000),
                           1 + (uint32_t)below(20),
                           0};
    made.struct_size = size(sizeof(made));
    if (one_in(4)) {
        made.deadline_ms = 1 + below(20);
    }
    return made;
}

/* NULL now and then. */
static void *maybe(void *pointer)
{
    return one_in(20) ? NULL : pointer;
}

static cretula_error **begin(void)
{
    error = DIRTY_HANDLE;
    where = one_in(4) ? NULL : &error;
    return where;
}

/* Checks the status and the error of a call; `zeroed`: whether all its outputs are zero. */
static bool judged(cretula_status status, bool zeroed)
{
    CHECK(status == CRETULA_OK || strcmp(cretula_status_name(status), "internal") != 0);
    CHECK(status != CRETULA_ERR_PANIC && status != CRETULA_ERR_POISONED && status != CRETULA_ERR_BUSY);
    CHECK(status == CRETULA_OK || zeroed);
    if (where != NULL && status == CRETULA_OK) {
        CHECK(error == NULL);
    } else if (where != NULL) {
        CHECK(cretula_error_status(error) == status && cretula_error_code(error) >= 5400);
        CHECK(strlen(cretula_error_message(error)) > 0 && strchr(cretula_error_message(error), '\n') == NULL);
        if (one_in(16)) {
            adopt(ERROR, error);
        } else {
            cretula_error_free(error);
        }
    }
    return status == CRETULA_OK;
}

/* Like judged, for a call whose output is a buffer. */
static bool judged_buffer(cretula_status status, const cretula_buffer *place, cretula_buffer *out)
{
    bool ok = judged(status, place == NULL || IS_EMPTY(*out));
    if (ok) {
        CHECK(place != NULL && out->data[out->len] == 0);
        if (one_in(2)) {
            cretula_buffer_free(out);
        } else {
            cretula_buffer_clear_free(out);
        }
        cretula_buffer_free(out);
    }
    return ok;
}

#include "fuzz_calls.h"

/* Makes small images of every format. */
static void set_up(const uint8_t *jpeg, size_t len)
{
    cretula_renderer *renderer = NULL;
    const cretula_variant_options tiny = {sizeof(tiny), CRETULA_FIT_COVER, 16, 12, CRETULA_METADATA_KEEP,
                                         NULL, 0};
    size_t i;
    OK(cretula_renderer_new(NULL, &renderer, ERR));
    for (i = 0; i < COUNT(images); i++) {
        const cretula_output_options as = {sizeof(as), CRETULA_FORMAT_JPEG + (int32_t)i, 0, 0, 0, 0, 0, 0, 0, 0,
                                           0};
        OK(cretula_renderer_render(renderer, jpeg, len, &tiny, &as, NULL, &images[i], NULL, ERR));
    }
    cretula_renderer_free(renderer);
}

/* Makes the initial handles. */
static void begin_pool(void)
{
    cretula_keyring *keys = NULL;
    OK(cretula_keyring_from_json(TEXT("{\"keys\":[{\"name\":\"one\",\"value\":\"first\"}]}"), 3, &keys, ERR));
    if (signed_url.data == NULL) {
        OK(cretula_keyring_sign(keys, TEXT("one"), TEXT("/h/cat/hero"), 1000, 0, &signed_url, ERR));
    }
    adopt(KEYRING, keys);
}

/* Makes one call of the table. Returns whether it succeeded. */
static bool call(size_t at)
{
    bool fine = CALLS[at]();
    while (kept_count > 0) {
        free(kept[--kept_count]);
    }
    return fine;
}

static void end_pool(void)
{
    size_t k;
    for (k = 0; k < KINDS * EACH; k++) {
        release((enum kind)(k / EACH), pool[k / EACH][k % EACH]);
        pool[k / EACH][k % EACH] = NULL;
    }
}

#ifdef CRETULA_FUZZ_INPUT
void fuzz_set_up(const uint8_t *jpeg, size_t len);
void fuzz_input(const uint8_t *data, size_t len);

void fuzz_set_up(const uint8_t *jpeg, size_t len)
{
    set_up(jpeg, len);
}

void fuzz_input(const uint8_t *data, size_t len)
{
    input = data;
    input_left = len;
    begin_pool();
    while (input_left > 0) {
        call(below(COUNT(CALLS)));
    }
    end_pool();
}
#else
int main(int argc, char **argv)
{
    static size_t fine[COUNT(CALLS)];
    unsigned long calls;
    unsigned long i;
    size_t k;
    size_t len;
    uint8_t *jpeg;
    CHECK(argc == 4);
    state = strtoull(argv[2], NULL, 10) * 2 + 1;
    calls = strtoul(argv[3], NULL, 10);
    printf("seed %s, %lu calls\n", argv[2], calls);
    fflush(stdout);
    jpeg = read_file(argv[1], &len);
    set_up(jpeg, len);
    free(jpeg);
    begin_pool();
    for (i = 0; i < calls; i++) {
        size_t at = below(COUNT(CALLS));
        fine[at] += call(at);
    }
    for (k = 0; k < COUNT(CALLS); k++) {
        if (calls >= 50000 && fine[k] == 0) {
            fprintf(stderr, "call %lu of the table never succeeded\n", (unsigned long)k);
            return 1;
        }
    }
    end_pool();
    for (k = 0; k < COUNT(images); k++) {
        cretula_buffer_free(&images[k]);
    }
    cretula_buffer_free(&signed_url);
    return 0;
}
#endif
