/*
 * Options as texts, in every function that takes them; JSON; negotiation. Arguments: a JPEG of 640x427
 * and a PNG of 451x300.
 */

#include "check.h"

static const cretula_status invalid = CRETULA_ERR_INVALID_ARGUMENT;

static cretula_variant_options by_text(const char *text)
{
    cretula_variant_options made = CRETULA_VARIANT_OPTIONS_INIT;
    made.options = text;
    made.options_len = strlen(text);
    return made;
}

static void has_size(cretula_renderer *renderer, const uint8_t *src, size_t len, const char *text,
                     uint32_t width, uint32_t height)
{
    const cretula_variant_options variant = by_text(text);
    cretula_info info = CRETULA_INFO_INIT;
    cretula_buffer out = DIRTY_BUFFER;
    OK(cretula_renderer_render(renderer, src, len, &variant, NULL, NULL, &out, &info, ERR));
    if (info.width != width || info.height != height) {
        fprintf(stderr, "%s: %u x %u\n", text, info.width, info.height);
        CHECK(false);
    }
    cretula_buffer_free(&out);
}

static void texts_render(cretula_renderer *renderer, const uint8_t *jpeg, size_t len)
{
    cretula_variant_options variant = by_text("w=64,blur=300");
    cretula_buffer out = DIRTY_BUFFER;
    has_size(renderer, jpeg, len, "w=64", 64, 43);
    has_size(renderer, jpeg, len, "w=64,h=64,fit=cover,g=auto,sharpen=1", 64, 64);
    has_size(renderer, jpeg, len, "rotate=90,w=64,h=64", 43, 64);
    has_size(renderer, jpeg, len, "trim=0;40;27;0", 600, 400);
    has_size(renderer, jpeg, len, "w=64,h=64,fit=squeeze,border=2,border.color=red", 68, 68);
    FAILS(invalid, "blur must be a number from 1 to 250, got \"300\"",
          cretula_renderer_render(renderer, jpeg, len, &variant, NULL, NULL, &out, NULL, ERR));
    variant = by_text("w=64,f=json");
    FAILS(invalid, "format=json is not supported",
          cretula_renderer_render(renderer, jpeg, len, &variant, NULL, NULL, &out, NULL, ERR));
    variant = by_text("w=64");
    variant.height = 3;
    FAILS(invalid, "must be 0 where options is given",
          cretula_renderer_render(renderer, jpeg, len, &variant, NULL, NULL, &out, NULL, ERR));
    variant = by_text("w=64");
    variant.options_len = 0;
    FAILS(invalid, "width and height are both missing",
          cretula_renderer_render(renderer, jpeg, len, &variant, NULL, NULL, &out, NULL, ERR));
    variant.options = NULL;
    variant.options_len = 4;
    FAILS(CRETULA_ERR_NULL_POINTER, "options must not be NULL",
          cretula_renderer_render(renderer, jpeg, len, &variant, NULL, NULL, &out, NULL, ERR));
    variant = by_text("w=\xff");
    FAILS(CRETULA_ERR_UTF8, "options is not UTF-8",
          cretula_renderer_render(renderer, jpeg, len, &variant, NULL, NULL, &out, NULL, ERR));
}

static size_t bytes_of(cretula_renderer *renderer, const uint8_t *jpeg, size_t len, uint32_t slow)
{
    const cretula_variant_options variant = by_text("w=64,q=90,scq=10");
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_buffer out = DIRTY_BUFFER;
    size_t made;
    output.slow_connection = slow;
    OK(cretula_renderer_render(renderer, jpeg, len, &variant, &output, NULL, &out, NULL, ERR));
    made = out.len;
    cretula_buffer_free(&out);
    return made;
}

static void a_slow_connection_gets_fewer_bytes(cretula_renderer *renderer, const uint8_t *jpeg, size_t len)
{
    const cretula_variant_options variant = by_text("w=64");
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_buffer out = DIRTY_BUFFER;
    CHECK(bytes_of(renderer, jpeg, len, 1) < bytes_of(renderer, jpeg, len, 0));
    output.slow_connection = 2;
    FAILS(invalid, "slow_connection must be a whole number from 0 to 1, got 2",
          cretula_renderer_render(renderer, jpeg, len, &variant, &output, NULL, &out, NULL, ERR));
}

static bool is(const cretula_buffer *buffer, const char *text)
{
    return buffer->len == strlen(text) && memcmp(buffer->data, text, buffer->len) == 0;
}

static void a_description_takes_the_place_of_the_picture(cretula_renderer *renderer, const uint8_t *jpeg,
                                                         size_t len)
{
    const cretula_variant_options variant = by_text("w=64,f=json");
    cretula_buffer out = DIRTY_BUFFER;
    char wanted[200];
    snprintf(wanted, sizeof(wanted),
             "{\"width\":64,\"height\":43,\"original\":{\"file_size\":%lu,\"width\":640,\"height\":427,"
             "\"format\":\"image/jpeg\"}}",
             (unsigned long)len);
    OK(cretula_renderer_describe(renderer, jpeg, len, &variant, NULL, &out, ERR));
    CHECK(is(&out, wanted));
    cretula_buffer_free(&out);
    FAILS(CRETULA_ERR_UNSUPPORTED_FORMAT, "", cretula_renderer_describe(renderer, jpeg + 5, 40, &variant, NULL, &out, ERR));
    CHECK(IS_EMPTY(out));
}

static void texts_are_canonical(void)
{
    cretula_buffer out = DIRTY_BUFFER;
    OK(cretula_options_normalize(TEXT("h=3,w=4,background=red,q=high"), &out, ERR));
    CHECK(is(&out, "width=4,height=3,background=%23ff0000,quality=90"));
    cretula_buffer_free(&out);
    FAILS(invalid, "unknown option \"x\"", cretula_options_normalize(TEXT("x=1"), &out, ERR));
    FAILS(invalid, "at least one option", cretula_options_normalize(NULL, 0, &out, ERR));
    FAILS(invalid, "from 1 to 12000, got 12001", cretula_options_normalize(TEXT("w=12001"), &out, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_options_normalize(TEXT("w=1"), NULL, ERR));
    CHECK(IS_EMPTY(out));
}

static void texts_and_json_are_the_same(void)
{
    static const char json[] = "{\"fit\":\"cover\",\"width\":4,\"metadata\":\"none\",\"blur\":2.5}";
    static const char text[] = "width=4,fit=cover,blur=2.5,metadata=none";
    cretula_variant_options parsed = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_buffer out = DIRTY_BUFFER;
    OK(cretula_options_from_json(TEXT(json), &out, ERR));
    CHECK(is(&out, text));
    cretula_buffer_free(&out);
    OK(cretula_options_to_json(TEXT(text), &out, ERR));
    CHECK(is(&out, json));
    cretula_buffer_free(&out);
    FAILS(invalid, "invalid JSON", cretula_options_from_json(TEXT("[]"), &out, ERR));
    FAILS(invalid, "use cretula_options_from_json", cretula_variant_options_parse(TEXT(json), &parsed, ERR));
    CHECK(IS_ZEROED(parsed));
}

static void named_variants_have_texts(void)
{
    static const char list[] =
        "{\"variants\":{\"soft\":{\"id\":\"soft\",\"options\":{\"fit\":\"cover\",\"width\":4,\"height\":5,"
        "\"metadata\":\"none\",\"blur\":2},\"neverRequireSignedURLs\":false}}}";
    cretula_variants *variants = DIRTY_HANDLE;
    cretula_variant_options options = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_buffer out = DIRTY_BUFFER;
    OK(cretula_variants_from_json(TEXT(list), CRETULA_RULES_REFERENCE, &variants, ERR));
    OK(cretula_variants_options(variants, TEXT("soft"), &out, ERR));
    CHECK(is(&out, "width=4,height=5,fit=cover,blur=2,metadata=none"));
    cretula_buffer_free(&out);
    FAILS(invalid, "use cretula_variants_options",
          cretula_variants_get(variants, TEXT("soft"), &options, NULL, ERR));
    FAILS(CRETULA_ERR_NOT_FOUND, "", cretula_variants_options(variants, TEXT("hard"), &out, ERR));
    cretula_variants_free(variants);
}

static void texts_are_placed(void)
{
    const cretula_variant_options left = by_text("w=50,h=100,fit=cover,g=left");
    cretula_placement placement = CRETULA_PLACEMENT_INIT;
    OK(cretula_place(&left, 100, 100, &placement, ERR));
    CHECK(placement.crop_x == 0 && placement.crop_width == 50 && placement.canvas_height == 100);
}

static void a_format_is_negotiated(void)
{
    cretula_source source = CRETULA_SOURCE_INIT;
    cretula_negotiate_options options = CRETULA_NEGOTIATE_OPTIONS_INIT;
    int32_t format = -1;
    source.format = CRETULA_FORMAT_JPEG;
    OK(cretula_negotiate(TEXT("image/webp,*/*;q=0.8"), &source, NULL, &format, ERR));
    CHECK(format == CRETULA_FORMAT_WEBP);
    OK(cretula_negotiate(TEXT("*/*"), &source, &options, &format, ERR));
    CHECK(format == CRETULA_FORMAT_JPEG);
    OK(cretula_negotiate(NULL, 0, &source, &options, &format, ERR));
    CHECK(format == CRETULA_FORMAT_JPEG);
    source.has_alpha = 2;
    FAILS(invalid, "has_alpha", cretula_negotiate(TEXT("*/*"), &source, NULL, &format, ERR));
    source.format = CRETULA_FORMAT_SOURCE;
    FAILS(invalid, "must be that of the file", cretula_negotiate(TEXT("*/*"), &source, NULL, &format, ERR));
    source.format = 77;
    FAILS(CRETULA_ERR_UNKNOWN_CONSTANT, "77", cretula_negotiate(TEXT("*/*"), &source, NULL, &format, ERR));
    CHECK(format == 0);
}

int main(int argc, char **argv)
{
    cretula_renderer *renderer = NULL;
    uint8_t *jpeg;
    size_t len;
    CHECK(argc == 3);
    jpeg = read_file(argv[1], &len);
    OK(cretula_renderer_new(NULL, &renderer, ERR));
    texts_render(renderer, jpeg, len);
    a_slow_connection_gets_fewer_bytes(renderer, jpeg, len);
    a_description_takes_the_place_of_the_picture(renderer, jpeg, len);
    texts_are_canonical();
    texts_and_json_are_the_same();
    named_variants_have_texts();
    texts_are_placed();
    a_format_is_negotiated();
    cretula_renderer_free(renderer);
    free(jpeg);
    return 0;
}
