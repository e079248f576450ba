/*
 * A program compiled against an older header: it states the sizes of structs that lack the fields
 * added since. Arguments: a JPEG of 640x427 and a PNG of 451x300.
 */

#include "check.h"

#define COUNT 3

/* cretula_output_options in the first version of the header, which ended before `damaged`. */
struct first_output_options {
    size_t struct_size;
    int32_t format;
    uint32_t quality;
    uint32_t background_rgba;
    int32_t color;
    int32_t shrink;
    uint32_t effort;
};

/* One in front of bytes that belong to something else. */
struct followed {
    struct first_output_options first;
    int32_t others[2];
};

#define AS_OPTIONS(first) ((const cretula_output_options *)(const void *)(first))

static struct first_output_options first(int32_t format)
{
    struct first_output_options made = {sizeof(made), 0, 0, 0, 0, 0, 0};
    made.format = format;
    return made;
}

static const cretula_variant_options small = {sizeof(small), CRETULA_FIT_COVER, 20, 20, 0, NULL, 0};

/*
 * The fields that it knows count, the bytes behind them do not, and those added since have their
 * defaults.
 */
static void a_smaller_struct_is_read(cretula_renderer *renderer, const uint8_t *jpeg, size_t len)
{
    struct followed older = {{0, 0, 0, 0, 0, 0, 0}, {77, 77}};
    cretula_output_options newer = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_buffer by_older = DIRTY_BUFFER;
    cretula_buffer by_newer = DIRTY_BUFFER;
    older.first = first(CRETULA_FORMAT_WEBP);
    older.first.quality = newer.quality = 30;
    newer.format = CRETULA_FORMAT_WEBP;
    OK(cretula_renderer_render(renderer, jpeg, len, &small, AS_OPTIONS(&older), NULL, &by_older, NULL, ERR));
    OK(cretula_renderer_render(renderer, jpeg, len, &small, &newer, NULL, &by_newer, NULL, ERR));
    CHECK(by_older.len == by_newer.len && memcmp(by_older.data, by_newer.data, by_newer.len) == 0);
    cretula_buffer_free(&by_older);
    cretula_buffer_free(&by_newer);

    older.others[0] = CRETULA_DAMAGED_ACCEPT;
    FAILS(CRETULA_ERR_MALFORMED_IMAGE, "malformed jpeg",
          cretula_renderer_render(renderer, jpeg, len / 2, &small, AS_OPTIONS(&older), NULL, &by_older, NULL,
                                  ERR));
    newer.damaged = CRETULA_DAMAGED_ACCEPT;
    OK(cretula_renderer_render(renderer, jpeg, len / 2, &small, &newer, NULL, &by_newer, NULL, ERR));
    cretula_buffer_free(&by_newer);
}

/* cretula_variant_options in the first version of the header, which ended before `options`. */
static void a_smaller_variant_is_read(cretula_renderer *renderer, const uint8_t *jpeg, size_t len)
{
    struct {
        size_t struct_size;
        int32_t fit;
        uint32_t width;
        uint32_t height;
        int32_t metadata;
        size_t others[2];
    } older = {offsetof(cretula_variant_options, options), CRETULA_FIT_COVER, 20, 20, 0, {77, 77}};
    const cretula_variant_options *variant = (const cretula_variant_options *)(const void *)&older;
    cretula_buffer out = DIRTY_BUFFER;
    cretula_info info = CRETULA_INFO_INIT;
    OK(cretula_renderer_render(renderer, jpeg, len, variant, NULL, NULL, &out, &info, ERR));
    CHECK(info.width == 20 && info.height == 20);
    cretula_buffer_free(&out);
}

/* In an array, elements have the size that the first one states. */
static void an_array_of_smaller_structs_is_read(cretula_renderer *renderer, const uint8_t *png, size_t len)
{
    const cretula_variant_options variants[COUNT] = {small, small, small};
    struct first_output_options outputs[COUNT];
    cretula_buffer outs[COUNT];
    cretula_info info = CRETULA_INFO_INIT;
    size_t i;
    for (i = 0; i < COUNT; i++) {
        outputs[i] = first(CRETULA_FORMAT_JPEG + (int32_t)i);
    }
    OK(cretula_renderer_render_set(renderer, png, len, variants, AS_OPTIONS(outputs), COUNT, NULL, outs,
                                   ERR));
    for (i = 0; i < COUNT; i++) {
        OK(cretula_probe(outs[i].data, outs[i].len, NULL, &info, ERR));
        CHECK(info.format == CRETULA_FORMAT_JPEG + (int32_t)i);
        cretula_buffer_free(&outs[i]);
    }
    outputs[COUNT - 1].struct_size = sizeof(cretula_output_options);
    FAILS(CRETULA_ERR_STRUCT_SIZE, "differs from that of the first element",
          cretula_renderer_render_set(renderer, png, len, variants, AS_OPTIONS(outputs), COUNT, NULL, outs,
                                      ERR));
}

static void other_sizes_are_refused(cretula_renderer *renderer, const uint8_t *png, size_t len)
{
    const size_t first = sizeof(struct first_output_options);
    const size_t now = sizeof(cretula_output_options);
    const size_t sizes[] = {1,       sizeof(size_t), first - 8, first - 1, first + 1,
                            now - 1, now + 1,        now + 8,   TOP_BIT,   (size_t)-1};
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_buffer out = DIRTY_BUFFER;
    size_t i;
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        output.struct_size = sizes[i];
        FAILS(CRETULA_ERR_STRUCT_SIZE, "this library knows 32 to 48",
              cretula_renderer_render(renderer, png, len, &small, &output, NULL, &out, NULL, ERR));
    }
    output.struct_size = 0;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 0: initialize the struct with its CRETULA_*_INIT",
          cretula_renderer_render(renderer, png, len, &small, &output, NULL, &out, NULL, ERR));
}

int main(int argc, char **argv)
{
    cretula_renderer *renderer = NULL;
    uint8_t *jpeg;
    uint8_t *png;
    size_t jpeg_len;
    size_t png_len;
    CHECK(argc == 3);
    jpeg = read_file(argv[1], &jpeg_len);
    png = read_file(argv[2], &png_len);
    CHECK(sizeof(struct first_output_options) == offsetof(cretula_output_options, damaged));
    OK(cretula_renderer_new(NULL, &renderer, ERR));
    a_smaller_struct_is_read(renderer, jpeg, jpeg_len);
    a_smaller_variant_is_read(renderer, jpeg, jpeg_len);
    an_array_of_smaller_structs_is_read(renderer, png, png_len);
    other_sizes_are_refused(renderer, png, png_len);
    cretula_renderer_free(renderer);
    free(jpeg);
    free(png);
    return 0;
}
