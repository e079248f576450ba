/*
 * The C side of corpus.py: renders each file named on standard input, all in one process, and prints the name of the
 * status and a hash of the variant (FNV-1a, 64 bits) for each.
 */

#include <cretula.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hashed(const uint8_t *bytes, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325u;
    size_t i;
    for (i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    }
    return hash;
}

int main(void)
{
    static char path[4096];
    static uint8_t bytes[11000000];
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_renderer *renderer = NULL;
    limits.deadline_ms = 5000;
    variant.fit = CRETULA_FIT_COVER;
    variant.width = 64;
    variant.height = 48;
    variant.metadata = CRETULA_METADATA_KEEP;
    output.format = CRETULA_FORMAT_PNG;
    if (cretula_renderer_new(&limits, &renderer, NULL) != CRETULA_OK) {
        return 1;
    }
    while (fgets(path, sizeof(path), stdin) != NULL) {
        cretula_buffer out = CRETULA_BUFFER_INIT;
        cretula_status status;
        FILE *file;
        size_t len;
        path[strcspn(path, "\n")] = 0;
        file = fopen(path, "rb");
        if (file == NULL) {
            return 1;
        }
        len = fread(bytes, 1, sizeof(bytes), file);
        fclose(file);
        status = cretula_renderer_render(renderer, bytes, len, &variant, &output, NULL, &out, NULL, NULL);
        if (status != CRETULA_OK && (out.data != NULL || out.len != 0)) {
            return 2;
        }
        printf("%s %016" PRIx64 "\n", cretula_status_name(status), status == CRETULA_OK ? hashed(out.data, out.len) : 0);
        cretula_buffer_free(&out);
    }
    cretula_renderer_free(renderer);
    return 0;
}
