/*
 * thumbnail: shrinks an image file to fit into a box.
 *
 *     thumbnail photo.jpg out.webp 320 320
 *
 * The extension of the output selects the format; an unknown extension keeps that of the input.
 * Exit status: 0, or 1 with the reason on stderr.
 */

#include <cretula.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a whole file. Returns NULL, with errno set, on failure. */
static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t size = 0, capacity = 1 << 16;
    *len = 0;
    while (file && !ferror(file)) {
        uint8_t *grown = realloc(bytes, capacity);
        if (!grown)
            break;
        bytes = grown;
        size += fread(bytes + size, 1, capacity - size, file);
        if (size < capacity) {
            if (ferror(file))
                break;
            fclose(file);
            *len = size;
            return bytes;
        }
        capacity *= 2;
    }
    if (file)
        fclose(file);
    free(bytes);
    return NULL;
}

static int write_file(const char *path, const cretula_buffer *bytes)
{
    FILE *file = fopen(path, "wb");
    int written = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len;
    if (file && fclose(file) != 0)
        written = 0;
    return written;
}

int main(int argc, char **argv)
{
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_info info = CRETULA_INFO_INIT;
    cretula_buffer image = CRETULA_BUFFER_INIT;
    cretula_renderer *renderer = NULL;
    cretula_error *error = NULL;
    uint8_t *src;
    size_t src_len;
    const char *dot;
    int done = 0;

    if (argc != 5) {
        fprintf(stderr, "usage: %s INPUT OUTPUT WIDTH HEIGHT\n", argv[0]);
        return 1;
    }
    if (!cretula_abi_compatible(CRETULA_ABI_VERSION)) {
        fprintf(stderr, "libcretula %s is too old for this program\n", cretula_version());
        return 1;
    }
    variant.fit = CRETULA_FIT_SCALE_DOWN;
    variant.width = (uint32_t)strtoul(argv[3], NULL, 10);
    variant.height = (uint32_t)strtoul(argv[4], NULL, 10);
    dot = strrchr(argv[2], '.');
    if (dot)
        output.format = cretula_format_from_extension(dot + 1, strlen(dot + 1));

    src = read_file(argv[1], &src_len);
    if (!src) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    if (cretula_renderer_new(NULL, &renderer, &error) == CRETULA_OK &&
        cretula_renderer_render(renderer, src, src_len, &variant, &output, NULL, &image, &info, &error) ==
            CRETULA_OK) {
        done = write_file(argv[2], &image);
        if (done)
            printf("%s: %ux%u %s, %zu bytes\n", argv[2], (unsigned)info.width, (unsigned)info.height,
                   cretula_format_name(info.format), image.len);
        else
            fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
    } else {
        fprintf(stderr, "%s: %s\n", argv[1], cretula_error_message(error));
    }
    cretula_error_free(error);
    cretula_buffer_free(&image);
    cretula_renderer_free(renderer);
    free(src);
    return done ? 0 : 1;
}
