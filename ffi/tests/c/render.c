/*
 * Rendering: every result of the functions of a renderer, and that a failure leaves it usable.
 * Arguments: a JPEG of 640x427 and a PNG of 451x300.
 */

#include "check.h"

static const uint8_t *jpeg;
static size_t jpeg_len;
static const uint8_t *png;
static size_t png_len;

static cretula_variant_options box(int32_t fit, uint32_t width, uint32_t height)
{
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    variant.fit = fit;
    variant.width = width;
    variant.height = height;
    return variant;
}

static cretula_output_options as(int32_t format)
{
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    output.format = format;
    return output;
}

/* Checks that the renderer makes a small image, as before the failure. */
static void usable(cretula_renderer *renderer)
{
    const cretula_variant_options small = box(CRETULA_FIT_COVER, 8, 8);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info = CRETULA_INFO_INIT;
    OK(cretula_renderer_render(renderer, png, png_len, &small, NULL, NULL, &out, &info, ERR));
    CHECK(out.len > 40 && info.width == 8 && info.height == 8 && info.format == CRETULA_FORMAT_PNG);
    cretula_buffer_free(&out);
}

static void a_variant_is_rendered(cretula_renderer *renderer)
{
    const int32_t formats[] = {CRETULA_FORMAT_JPEG, CRETULA_FORMAT_PNG, CRETULA_FORMAT_WEBP,
                               CRETULA_FORMAT_GIF};
    const cretula_variant_options variant = box(CRETULA_FIT_SCALE_DOWN, 64, 64);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info = CRETULA_INFO_INIT;
    cretula_info again = CRETULA_INFO_INIT;
    size_t i;
    for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        const cretula_output_options output = as(formats[i]);
        DIRTY(info);
        OK(cretula_renderer_render(renderer, jpeg, jpeg_len, &variant, &output, NULL, &out, &info, ERR));
        CHECK(info.struct_size == sizeof(info) && info.format == formats[i]);
        CHECK(info.width == 64 && info.height == 43 && info.orientation == 1 && info.frames == 1);
        CHECK(out.data[out.len] == 0);
        DIRTY(again);
        OK(cretula_renderer_info(renderer, 0, &again, ERR));
        CHECK(memcmp(&info, &again, sizeof(info)) == 0);
        DIRTY(again);
        OK(cretula_probe(out.data, out.len, NULL, &again, ERR));
        CHECK(memcmp(&info, &again, sizeof(info)) == 0);
        cretula_buffer_free(&out);
    }
    OK(cretula_renderer_render(renderer, jpeg, jpeg_len, &variant, NULL, NULL, &out, NULL, ERR));
    OK(cretula_probe(out.data, out.len, NULL, &info, ERR));
    CHECK(info.format == CRETULA_FORMAT_JPEG);
    cretula_buffer_free(&out);
}

/* Two frames of 2x2 pixels, black for 50 ms and white for 70 ms, without end. */
static const uint8_t moving[] =
    "GIF89a\2\0\2\0\x80\0\0\0\0\0\xff\xff\xff"
    "\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    "\x21\xf9\4\0\5\0\0\0\x2c\0\0\0\0\2\0\2\0\0\2\2\x84Q\0"
    "\x21\xf9\4\0\7\0\0\0\x2c\0\0\0\0\2\0\2\0\0\2\2\x8cS\0;";

static void an_animation_stays_one(cretula_renderer *renderer)
{
    const int32_t formats[] = {CRETULA_FORMAT_SOURCE, CRETULA_FORMAT_PNG, CRETULA_FORMAT_WEBP};
    const cretula_variant_options variant = box(CRETULA_FIT_SCALE_DOWN, 64, 64);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info = CRETULA_INFO_INIT;
    size_t i;
    for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        cretula_output_options output = as(formats[i]);
        OK(cretula_renderer_render(renderer, moving, sizeof(moving) - 1, &variant, &output, NULL, &out, &info,
                                   ERR));
        CHECK(info.frames == 2 && info.loop_count == 0 && info.duration_ms == 120 && info.width == 2);
        cretula_buffer_free(&out);
        output.whole_frames = 2;
        FAILS(CRETULA_ERR_INVALID_ARGUMENT, "whole_frames must be a whole number from 0 to 1, got 2",
              cretula_renderer_render(renderer, moving, sizeof(moving) - 1, &variant, &output, NULL, &out, NULL,
                                      ERR));
    }
}

static void options_change_what_is_written(cretula_renderer *renderer)
{
    const cretula_variant_options variant = box(CRETULA_FIT_PAD, 60, 60);
    cretula_output_options output = as(CRETULA_FORMAT_JPEG);
    cretula_buffer fine = DIRTY_BUFFER;
    cretula_buffer coarse = DIRTY_BUFFER;
    cretula_info info = CRETULA_INFO_INIT;
    output.quality = 100;
    OK(cretula_renderer_render(renderer, jpeg, jpeg_len, &variant, &output, NULL, &fine, NULL, ERR));
    output.quality = 1;
    OK(cretula_renderer_render(renderer, jpeg, jpeg_len, &variant, &output, NULL, &coarse, NULL, ERR));
    CHECK(coarse.len < fine.len);
    cretula_buffer_free(&fine);
    cretula_buffer_free(&coarse);
    output = as(CRETULA_FORMAT_PNG);
    OK(cretula_renderer_render(renderer, png, png_len, &variant, &output, NULL, &fine, &info, ERR));
    CHECK(info.has_alpha == 0 && info.has_profile == 0);
    cretula_buffer_free(&fine);
    output.background_rgba = CRETULA_BACKGROUND_TRANSPARENT;
    output.color = CRETULA_COLOR_PRESERVE;
    OK(cretula_renderer_render(renderer, png, png_len, &variant, &output, NULL, &fine, &info, ERR));
    CHECK(info.has_alpha == 1 && info.has_profile == 1);
    cretula_buffer_free(&fine);
}

static void warnings_are_reported(cretula_renderer *renderer)
{
    cretula_variant_options variant = box(CRETULA_FIT_COVER, 16, 16);
    cretula_output_options output = as(CRETULA_FORMAT_GIF);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_buffer lines = DIRTY_BUFFER;
    OK(cretula_renderer_render(renderer, jpeg, jpeg_len, &variant, NULL, NULL, &out, NULL, ERR));
    OK(cretula_renderer_warnings(renderer, 0, &lines, ERR));
    CHECK(holds(&lines, ""));
    cretula_buffer_free(&lines);
    cretula_buffer_free(&out);
    variant.metadata = CRETULA_METADATA_KEEP;
    output.color = CRETULA_COLOR_PRESERVE;
    OK(cretula_renderer_render(renderer, png, png_len, &variant, &output, NULL, &out, NULL, ERR));
    OK(cretula_renderer_warnings(renderer, 0, &lines, ERR));
    CHECK(lines.len > 0);
    cretula_buffer_free(&lines);
    cretula_buffer_free(&out);

    lines.data = out.data = (uint8_t *)&lines;
    FAILS(CRETULA_ERR_NOT_FOUND, "no output at index 1: the last call made 1",
          cretula_renderer_warnings(renderer, 1, &lines, ERR));
    CHECK(IS_EMPTY(lines));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_renderer", cretula_renderer_warnings(NULL, 0, &lines, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_renderer_warnings(renderer, 0, NULL, ERR));
}

static void outputs_of_the_last_call_are_known(cretula_renderer *renderer)
{
    const cretula_variant_options variant = box(CRETULA_FIT_COVER, 8, 8);
    cretula_variant_options broken = variant;
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info;
    DIRTY(info);
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_renderer", cretula_renderer_info(NULL, 0, &info, ERR));
    CHECK(IS_ZEROED(info));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_info", cretula_renderer_info(renderer, 0, NULL, ERR));
    info.struct_size = 47;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 47", cretula_renderer_info(renderer, 0, &info, ERR));
    /* Any failure forgets them. */
    usable(renderer);
    OK(cretula_renderer_info(renderer, 0, (DIRTY(info), &info), ERR));
    FAILS(CRETULA_ERR_UNSUPPORTED_FORMAT, "not an image",
          cretula_renderer_render(renderer, NULL, 0, &variant, NULL, NULL, &out, NULL, ERR));
    DIRTY(info);
    FAILS(CRETULA_ERR_NOT_FOUND, "the last call made 0", cretula_renderer_info(renderer, 0, &info, ERR));
    CHECK(IS_ZEROED(info));
    usable(renderer);
    broken.fit = 8;
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "8 is not a CRETULA_FIT_*",
          cretula_renderer_render(renderer, png, png_len, &broken, NULL, NULL, &out, NULL, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "the last call made 0", cretula_renderer_info(renderer, 0, &info, ERR));
    usable(renderer);
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "8 is not a CRETULA_FIT_*",
          cretula_renderer_render_set(renderer, png, png_len, &broken, NULL, 1, NULL, &out, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "the last call made 0",
          cretula_renderer_info(renderer, (size_t)-1, &info, ERR));
}

/* A failing render: outputs are zeroed, the error has the reason, and the renderer remains usable. */
#define REFUSED(status, says, variant, output)                                                               \
    do {                                                                                                     \
        DIRTY(info);                                                                                         \
        out.data = (uint8_t *)&out;                                                                          \
        FAILS((status), (says),                                                                              \
              cretula_renderer_render(renderer, png, png_len, (variant), (output), NULL, &out, &info, ERR)); \
        CHECK(IS_EMPTY(out) && IS_ZEROED(info));                                                             \
        usable(renderer);                                                                                    \
    } while (0)

static void options_are_checked(cretula_renderer *renderer)
{
    const cretula_variant_options good = box(CRETULA_FIT_COVER, 8, 8);
    cretula_variant_options variant = good;
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_buffer out;
    cretula_info info;
    variant.width = variant.height = 0;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "width and height are both missing", &variant, NULL);
    variant.height = 8;
    variant.width = 12001;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "from 1 to 12000, got 12001", &variant, NULL);
    variant = good;
    variant.fit = -1;
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "-1 is not a CRETULA_FIT_* constant", &variant, NULL);
    variant = good;
    variant.metadata = 3;
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "3 is not a CRETULA_METADATA_* constant", &variant, NULL);
    REFUSED(CRETULA_ERR_NULL_POINTER, "cretula_variant_options", NULL, NULL);
    variant = good;
    variant.struct_size = 0;
    REFUSED(CRETULA_ERR_STRUCT_SIZE, "cretula_variant_options is 0", &variant, NULL);
    output.quality = 101;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "quality must be a whole number from 1 to 100, got 101", &good,
            &output);
    output.quality = UINT32_MAX;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "got 4294967295", &good, &output);
    output.quality = 257;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "got 257", &good, &output);
    output = as(6);
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "6 is not a CRETULA_FORMAT_* constant", &good, &output);
    output = as(-1);
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "-1 is not a CRETULA_FORMAT_* constant", &good, &output);
    output = as(CRETULA_FORMAT_AVIF);
    REFUSED(CRETULA_ERR_UNSUPPORTED_FORMAT, "does not write avif", &good, &output);
    output = as(CRETULA_FORMAT_SOURCE);
    output.color = 2;
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "2 is not a CRETULA_COLOR_* constant", &good, &output);
    output.color = CRETULA_COLOR_SRGB;
    output.shrink = 3;
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "3 is not a CRETULA_SHRINK_* constant", &good, &output);
    output.shrink = CRETULA_SHRINK_NEVER;
    output.effort = 7;
    REFUSED(CRETULA_ERR_INVALID_ARGUMENT, "effort must be a whole number from 1 to 6, got 7", &good, &output);
    output.effort = 6;
    output.damaged = 2;
    REFUSED(CRETULA_ERR_UNKNOWN_CONSTANT, "2 is not a CRETULA_DAMAGED_* constant", &good, &output);
    output.damaged = CRETULA_DAMAGED_ACCEPT;
    output.struct_size = 33;
    REFUSED(CRETULA_ERR_STRUCT_SIZE, "cretula_output_options is 33, this library knows 32 to 48", &good,
            &output);
}

static void arguments_are_checked(cretula_renderer *renderer)
{
    const cretula_variant_options good = box(CRETULA_FIT_COVER, 8, 8);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info;
    cretula_cancel_token *cancel = cretula_cancel_token_new();
    DIRTY(info);
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_renderer",
          cretula_renderer_render(NULL, png, png_len, &good, NULL, NULL, &out, &info, ERR));
    CHECK(IS_EMPTY(out) && IS_ZEROED(info));
    DIRTY(info);
    FAILS(CRETULA_ERR_NULL_POINTER, "out",
          cretula_renderer_render(renderer, png, png_len, &good, NULL, NULL, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    out.len = 5;
    FAILS(CRETULA_ERR_NULL_POINTER, "src",
          cretula_renderer_render(renderer, NULL, 1, &good, NULL, NULL, &out, &info, ERR));
    CHECK(IS_EMPTY(out));
    FAILS(CRETULA_ERR_LENGTH, "top bit",
          cretula_renderer_render(renderer, png, TOP_BIT | png_len, &good, NULL, NULL, &out, &info, ERR));
    info.struct_size = 0;
    out.len = 5;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "cretula_info is 0",
          cretula_renderer_render(renderer, png, png_len, &good, NULL, NULL, &out, &info, ERR));
    CHECK(IS_EMPTY(out));
    FAILS(CRETULA_ERR_BAD_HANDLE, "not a live cretula_renderer",
          cretula_renderer_render((cretula_renderer *)cancel, png, png_len, &good, NULL, NULL, &out, NULL,
                                  ERR));
    FAILS(CRETULA_ERR_BAD_HANDLE, "not a live cretula_cancel_token",
          cretula_renderer_render(renderer, png, png_len, &good, NULL, (const cretula_cancel_token *)renderer,
                                  &out, NULL, ERR));
    usable(renderer);
    OK(cretula_renderer_render(renderer, png, png_len, &good, NULL, cancel, &out, NULL, ERR));
    cretula_buffer_free(&out);
    cretula_cancel_token_cancel(cancel);
    out.len = 5;
    FAILS(CRETULA_ERR_CANCELLED, "cancelled",
          cretula_renderer_render(renderer, png, png_len, &good, NULL, cancel, &out, NULL, ERR));
    CHECK(IS_EMPTY(out));
    usable(renderer);
    cretula_renderer_free((cretula_renderer *)cancel);
    cretula_cancel_token_free((cretula_cancel_token *)renderer);
    usable(renderer);
    cretula_cancel_token_free(cancel);
}

static void broken_images_are_refused(cretula_renderer *renderer)
{
    const cretula_variant_options good = box(CRETULA_FIT_COVER, 8, 8);
    uint8_t *broken = malloc(png_len);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info;
    CHECK(broken != NULL);
    memcpy(broken, png, png_len);
    memset(broken + png_len / 2, 0x55, 2000);
    DIRTY(info);
    FAILS(CRETULA_ERR_MALFORMED_IMAGE, "malformed png",
          cretula_renderer_render(renderer, broken, png_len, &good, NULL, NULL, &out, &info, ERR));
    CHECK(IS_EMPTY(out) && IS_ZEROED(info));
    out.len = 5;
    FAILS(CRETULA_ERR_MALFORMED_IMAGE, "malformed png",
          cretula_renderer_render(renderer, png, png_len / 2, &good, NULL, NULL, &out, NULL, ERR));
    CHECK(IS_EMPTY(out));
    FAILS(CRETULA_ERR_UNSUPPORTED_FORMAT, "not an image",
          cretula_renderer_render(renderer, (const uint8_t *)"GIF", 3, &good, NULL, NULL, &out, NULL, ERR));
    usable(renderer);
    free(broken);
}

static void limits_belong_to_the_renderer(void)
{
    cretula_renderer *renderer = DIRTY_HANDLE;
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_variant_options variant = box(CRETULA_FIT_COVER, 451, 451);
    cretula_buffer out = DIRTY_BUFFER;
    limits.struct_size = 55;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 55", cretula_renderer_new(&limits, &renderer, ERR));
    CHECK(renderer == NULL);
    FAILS(CRETULA_ERR_NULL_POINTER, "the cretula_renderer output must not be NULL",
          cretula_renderer_new(NULL, NULL, ERR));
    limits.struct_size = sizeof(limits);
    limits.max_memory_bytes = 100000;
    limits.max_side = 451;
    OK(cretula_renderer_new(&limits, &renderer, ERR));
    FAILS(CRETULA_ERR_LIMIT_EXCEEDED, "max_memory_bytes",
          cretula_renderer_render(renderer, png, png_len, &variant, NULL, NULL, &out, NULL, ERR));
    CHECK(IS_EMPTY(out));
    FAILS(CRETULA_ERR_LIMIT_EXCEEDED, "640 pixels, the limit is 451",
          cretula_renderer_render(renderer, jpeg, jpeg_len, &variant, NULL, NULL, &out, NULL, ERR));
    variant.width = 452;
    FAILS(CRETULA_ERR_INVALID_ARGUMENT, "from 1 to 451, got 452",
          cretula_renderer_render(renderer, png, png_len, &variant, NULL, NULL, &out, NULL, ERR));
    cretula_renderer_free(renderer);
}

static void deadlines_are_kept(uint32_t side)
{
    cretula_renderer *renderer = NULL;
    cretula_limits limits = CRETULA_LIMITS_INIT;
    const cretula_variant_options large = box(CRETULA_FIT_COVER, side, side);
    const cretula_output_options webp = as(CRETULA_FORMAT_WEBP);
    cretula_buffer out = DIRTY_BUFFER;
    limits.deadline_ms = 1;
    OK(cretula_renderer_new(&limits, &renderer, ERR));
    FAILS(CRETULA_ERR_DEADLINE_EXCEEDED, "the deadline of 1 ms has passed",
          cretula_renderer_render(renderer, jpeg, jpeg_len, &large, &webp, NULL, &out, NULL, ERR));
    CHECK(IS_EMPTY(out));
    cretula_renderer_free(renderer);
    limits.deadline_ms = UINT64_MAX;
    OK(cretula_renderer_new(&limits, &renderer, ERR));
    usable(renderer);
    cretula_renderer_free(renderer);
}

int main(int argc, char **argv)
{
    cretula_renderer *renderer = DIRTY_HANDLE;
    uint8_t *files[2];
    CHECK(argc == 3);
    jpeg = files[0] = read_file(argv[1], &jpeg_len);
    png = files[1] = read_file(argv[2], &png_len);
    OK(cretula_renderer_new(NULL, &renderer, ERR));
    a_variant_is_rendered(renderer);
    an_animation_stays_one(renderer);
    options_change_what_is_written(renderer);
    warnings_are_reported(renderer);
    outputs_of_the_last_call_are_known(renderer);
    options_are_checked(renderer);
    arguments_are_checked(renderer);
    broken_images_are_refused(renderer);
    limits_belong_to_the_renderer();
    deadlines_are_kept(1500);
    cretula_renderer_free(renderer);
    free(files[0]);
    free(files[1]);
    return 0;
}
