/*
 * Sets: several variants of one image, and every result of cretula_renderer_render_set. Arguments:
 * a JPEG of 640x427 and a PNG of 451x300.
 */

#include "check.h"

#define COUNT 5

static const uint8_t *jpeg;
static size_t jpeg_len;
static const uint8_t *png;
static size_t png_len;

static cretula_variant_options variants[COUNT];
static cretula_output_options outputs[COUNT];
static cretula_buffer outs[COUNT];

static void begin(void)
{
    size_t i;
    for (i = 0; i < COUNT; i++) {
        const cretula_variant_options variant = {sizeof(variant), (int32_t)i, 20 + (uint32_t)i, 20, 0, NULL, 0};
        const cretula_output_options output = {sizeof(output), (int32_t)i, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        const cretula_buffer dirty = DIRTY_BUFFER;
        variants[i] = variant;
        outputs[i] = output;
        outs[i] = dirty;
    }
}

static bool all_are_empty(void)
{
    size_t i;
    for (i = 0; i < COUNT; i++) {
        if (!IS_EMPTY(outs[i])) {
            return false;
        }
    }
    return true;
}

/* Checks that the renderer makes the whole set, as before the failure. */
static void usable(cretula_renderer *renderer)
{
    cretula_info info = CRETULA_INFO_INIT;
    size_t i;
    begin();
    OK(cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    for (i = 0; i < COUNT; i++) {
        const int32_t format = i == 0 ? CRETULA_FORMAT_PNG : (int32_t)i;
        cretula_info again = CRETULA_INFO_INIT;
        cretula_buffer lines = DIRTY_BUFFER;
        CHECK(outs[i].len > 0 && outs[i].data[outs[i].len] == 0);
        OK(cretula_probe(outs[i].data, outs[i].len, NULL, &info, ERR));
        CHECK(info.format == format && info.width <= 20 + i && info.height <= 20);
        OK(cretula_renderer_info(renderer, i, &again, ERR));
        CHECK(memcmp(&info, &again, sizeof(info)) == 0);
        OK(cretula_renderer_warnings(renderer, i, &lines, ERR));
        cretula_buffer_free(&lines);
        cretula_buffer_free(&outs[i]);
    }
    FAILS(CRETULA_ERR_NOT_FOUND, "no output at index 5: the last call made 5",
          cretula_renderer_info(renderer, COUNT, &info, ERR));
    begin();
}

/* A failing set: every output is zeroed, and the renderer remains usable. */
#define REFUSED(status, says, call)                                                                          \
    do {                                                                                                     \
        FAILS((status), (says), (call));                                                                     \
        CHECK(all_are_empty());                                                                              \
        usable(renderer);                                                                                    \
    } while (0)

static void a_set_may_be_without_outputs_or_empty(cretula_renderer *renderer)
{
    cretula_info info = CRETULA_INFO_INIT;
    size_t i;
    begin();
    OK(cretula_renderer_render_set(renderer, jpeg, jpeg_len, variants, NULL, COUNT, NULL, outs, ERR));
    for (i = 0; i < COUNT; i++) {
        OK(cretula_probe(outs[i].data, outs[i].len, NULL, &info, ERR));
        CHECK(info.format == CRETULA_FORMAT_JPEG);
        cretula_buffer_free(&outs[i]);
    }
    OK(cretula_renderer_render_set(renderer, jpeg, jpeg_len, NULL, NULL, 0, NULL, NULL, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "the last call made 0", cretula_renderer_info(renderer, 0, &info, ERR));
    FAILS(CRETULA_ERR_UNSUPPORTED_FORMAT, "not an image",
          cretula_renderer_render_set(renderer, NULL, 0, NULL, NULL, 0, NULL, NULL, ERR));
}

static void elements_are_checked(cretula_renderer *renderer)
{
    begin();
    variants[4].fit = 9;
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "9 is not a CRETULA_FIT_*",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    variants[4].height = 12001;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "height must be",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    outputs[4].quality = 101;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "got 101",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    outputs[3].format = CRETULA_FORMAT_AVIF;
    REFUSED(CRETULA_ERR_UNSUPPORTED_FORMAT, "does not write avif",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    variants[0].struct_size = 0;
    REFUSED(CRETULA_ERR_STRUCT_SIZE, "cretula_variant_options is 0",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    variants[1].struct_size = 48;
    REFUSED(CRETULA_ERR_STRUCT_SIZE, "is 48, this library knows 24 to 40",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    outputs[4].struct_size = 0;
    REFUSED(CRETULA_ERR_STRUCT_SIZE, "cretula_output_options is 0",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
}

static void arguments_are_checked(cretula_renderer *renderer)
{
    cretula_cancel_token *cancel = cretula_cancel_token_new();
    begin();
    REFUSED(CRETULA_ERR_NULL_POINTER, "cretula_renderer",
            cretula_renderer_render_set(NULL, png, png_len, variants, outputs, COUNT, NULL, outs, ERR));
    REFUSED(CRETULA_ERR_NULL_POINTER, "src",
            cretula_renderer_render_set(renderer, NULL, 1, variants, outputs, COUNT, NULL, outs, ERR));
    REFUSED(CRETULA_ERR_NULL_POINTER, "cretula_variant_options",
            cretula_renderer_render_set(renderer, png, png_len, NULL, outputs, COUNT, NULL, outs, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "outs",
          cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, NULL, NULL, ERR));
    REFUSED(CRETULA_ERR_LENGTH, "top bit",
            cretula_renderer_render_set(renderer, png, TOP_BIT, variants, outputs, COUNT, NULL, outs, ERR));
    REFUSED(CRETULA_ERR_MALFORMED_IMAGE, "malformed png",
            cretula_renderer_render_set(renderer, png, 1000, variants, outputs, COUNT, NULL, outs, ERR));
    REFUSED(CRETULA_ERR_BAD_HANDLE, "not a live cretula_renderer",
            cretula_renderer_render_set((cretula_renderer *)cancel, png, png_len, variants, outputs, COUNT,
                                        NULL, outs, ERR));
    cretula_cancel_token_cancel(cancel);
    REFUSED(CRETULA_ERR_CANCELLED, "cancelled",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, COUNT, cancel, outs, ERR));
    cretula_cancel_token_free(cancel);
}

static void a_set_has_at_most_1024(cretula_renderer *renderer)
{
    const size_t over[] = {CRETULA_MAX_SET + 1, TOP_BIT, (size_t)-1};
    const cretula_variant_options tiny = {sizeof(tiny), CRETULA_FIT_COVER, 1, 1, 0, NULL, 0};
    cretula_variant_options *many = malloc(CRETULA_MAX_SET * sizeof(*many));
    cretula_buffer *made = malloc(CRETULA_MAX_SET * sizeof(*made));
    cretula_info info = CRETULA_INFO_INIT;
    size_t i;
    CHECK(many != NULL && made != NULL);
    for (i = 0; i < sizeof(over) / sizeof(*over); i++) {
        begin();
        FAILS(
            CRETULA_ERR_LENGTH, "a set has at most 1024 variants, got ",
            cretula_renderer_render_set(renderer, png, png_len, variants, outputs, over[i], NULL, outs, ERR));
        CHECK(outs[0].len == 77 && outs[0].data == (uint8_t *)&check_where);
        usable(renderer);
    }
    for (i = 0; i < CRETULA_MAX_SET; i++) {
        many[i] = tiny;
    }
    OK(cretula_renderer_render_set(renderer, jpeg, jpeg_len, many, NULL, CRETULA_MAX_SET, NULL, made, ERR));
    OK(cretula_renderer_info(renderer, CRETULA_MAX_SET - 1, &info, ERR));
    CHECK(info.width == 1 && info.height == 1);
    for (i = 0; i < CRETULA_MAX_SET; i++) {
        CHECK(made[i].len > 0);
        cretula_buffer_free(&made[i]);
    }
    free(many);
    free(made);
}

int main(int argc, char **argv)
{
    cretula_renderer *renderer = NULL;
    uint8_t *files[2];
    CHECK(argc == 3);
    jpeg = files[0] = read_file(argv[1], &jpeg_len);
    png = files[1] = read_file(argv[2], &png_len);
    OK(cretula_renderer_new(NULL, &renderer, ERR));
    usable(renderer);
    a_set_may_be_without_outputs_or_empty(renderer);
    elements_are_checked(renderer);
    arguments_are_checked(renderer);
    a_set_has_at_most_1024(renderer);
    cretula_renderer_free(renderer);
    free(files[0]);
    free(files[1]);
    return 0;
}
