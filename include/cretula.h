/*
 * cretula 0.1.0: image variants and signed URLs.
 *
 * Generated from the sources of the library; do not edit. The conventions of every function:
 *
 *  1. Names are cretula_<noun>_<verb>. Arguments are self, inputs, outputs, and last a
 *     cretula_error **, which may be NULL.
 *  2. A function that can fail returns a cretula_status; CRETULA_OK is 0. Numbers never change, and
 *     new ones may be added.
 *  3. Outputs are written on success, and zeroed on failure.
 *  4. An object from a _new, _parse or _from_json is freed once, with its _free. Freeing NULL does
 *     nothing.
 *  5. Inputs are borrowed for the call only.
 *  6. Bytes are a pointer and a length. If the length is 0, the pointer is ignored. A length with
 *     its top bit set is an error.
 *  7. Text is UTF-8 with a length, and needs no NUL. Returned text is followed by a NUL.
 *  8. A struct that may grow starts with struct_size: initialize it with its CRETULA_*_INIT. A
 *     field of 0 selects its default. A program compiled against an older header may pass its
 *     smaller struct: fields that it does not know have their defaults.
 *  9. Threads may share a const handle. A handle that is not const serves one call at a time; a
 *     concurrent call returns CRETULA_ERR_BUSY. Free a handle when no call uses it.
 * 10. There are no globals and no thread-locals. A panic becomes CRETULA_ERR_PANIC, and poisons
 *     only the handles in use.
 */

#ifndef CRETULA_H
#define CRETULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Declares a function. Define CRETULA_STATIC on Windows if you link the static library. */
#ifndef CRETULA_API
#if defined(_WIN32) && !defined(CRETULA_STATIC)
#define CRETULA_API __declspec(dllimport)
#elif defined(__GNUC__) && !defined(_WIN32)
#define CRETULA_API __attribute__((visibility("default")))
#else
#define CRETULA_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions of the library and of the ABI. ---- */

/**
 * The version of the ABI described by this header: major in the upper 16 bits, minor in the lower
 * 16 bits.
 *
 * The major version is that of the shared library's soname. The minor version increases when
 * functions, constants or fields are added.
 */
#define CRETULA_ABI_VERSION 0x00010000

/** The major version of the library. */
#define CRETULA_VERSION_MAJOR 0

/** The minor version of the library. */
#define CRETULA_VERSION_MINOR 1

/** The patch version of the library. */
#define CRETULA_VERSION_PATCH 0

/** The CRETULA_ABI_VERSION of the library. */
CRETULA_API uint32_t cretula_abi_version(void);

/**
 * Whether a program compiled against a header with this CRETULA_ABI_VERSION can use the library:
 * the major versions are equal, and the minor version of the library is at least that of the
 * header.
 *
 * Call it once at startup: `cretula_abi_compatible(CRETULA_ABI_VERSION)`.
 */
CRETULA_API bool cretula_abi_compatible(uint32_t header_abi_version);

/** The CRETULA_VERSION of the library, such as "0.1.0". Static. */
CRETULA_API const char *cretula_version(void);

/**
 * A number that changes when the same image and options may give other bytes than before: a part of
 * the keys, such as ETags, under which outputs are stored or cached.
 */
CRETULA_API uint32_t cretula_rendering_version(void);

/** The version of the library that this header is part of. */
#define CRETULA_VERSION "0.1.0"

/* ---- Statuses: the results of calls. ---- */

/**
 * The result of a function that can fail: CRETULA_OK or one of the CRETULA_ERR_* constants.
 *
 * 1 to 99 are mistakes of the caller, 100 to 199 concern the image, 200 to 299 limits, 300 to 399
 * signing and validation, and 900 to 999 are bugs of the library. New statuses may be added: treat
 * an unknown one according to its block.
 */
typedef int32_t cretula_status;

/** Success. */
#define CRETULA_OK 0

/** A required pointer is NULL. */
#define CRETULA_ERR_NULL_POINTER 1

/** The library does not know the struct_size of a struct. */
#define CRETULA_ERR_STRUCT_SIZE 2

/** A length has its top bit set, or a count exceeds its maximum. */
#define CRETULA_ERR_LENGTH 3

/** An integer is not one of the constants of its kind. */
#define CRETULA_ERR_UNKNOWN_CONSTANT 4

/** Text is not UTF-8. */
#define CRETULA_ERR_UTF8 5

/** A handle is of another type, or was freed. Detection is best effort: do not rely on it. */
#define CRETULA_ERR_BAD_HANDLE 6

/** Another thread is using the handle. */
#define CRETULA_ERR_BUSY 7

/** An earlier panic poisoned the handle: it can only be freed. */
#define CRETULA_ERR_POISONED 8

/** An option is out of range. */
#define CRETULA_ERR_INVALID_ARGUMENT 9

/** The bytes are not an image, or the library does not read or write this format or subtype. */
#define CRETULA_ERR_UNSUPPORTED_FORMAT 100

/** The bytes violate the rules of their format, or are truncated. */
#define CRETULA_ERR_MALFORMED_IMAGE 101

/** A limit is exceeded. */
#define CRETULA_ERR_LIMIT_EXCEEDED 200

/** The deadline has passed. */
#define CRETULA_ERR_DEADLINE_EXCEEDED 201

/** The call was cancelled by its cretula_cancel_token. */
#define CRETULA_ERR_CANCELLED 202

/** The URL requires a signature and has none. */
#define CRETULA_ERR_SIGNATURE_MISSING 300

/** The URL, its sig or its exp is malformed. */
#define CRETULA_ERR_SIGNATURE_MALFORMED 301

/** The signature matches none of the keys for this URL. */
#define CRETULA_ERR_SIGNATURE_MISMATCH 302

/** The signature is valid but has expired. */
#define CRETULA_ERR_SIGNATURE_EXPIRED 303

/** There is no key, variant or output with this name or index. */
#define CRETULA_ERR_NOT_FOUND 304

/** An identifier, text, record, key or URL violates its rule. */
#define CRETULA_ERR_INVALID_VALUE 305

/** There is a variant with this name already. */
#define CRETULA_ERR_ALREADY_EXISTS 306

/** A bug of the library: a caught panic. The handles in use are poisoned. */
#define CRETULA_ERR_PANIC 900

/** A bug of the library or of a codec that it uses. */
#define CRETULA_ERR_INTERNAL 901

/**
 * The name of a status in lower case, such as "malformed-image"; "internal" for a number that is
 * not a status. Static.
 */
CRETULA_API const char *cretula_status_name(cretula_status status);

/**
 * The HTTP status for a server's response: 200 for CRETULA_OK, 500 for a number that is not a
 * status.
 */
CRETULA_API uint32_t cretula_status_http(cretula_status status);

/* ---- Errors: the reason for a failed call. ---- */

/**
 * The reason for a failed call.
 *
 * A function with a `cretula_error **` argument writes NULL there on success, and on failure an
 * error that the caller frees. The argument may be NULL. Any number of threads may read an error
 * at once.
 */
typedef struct cretula_error cretula_error;

/** The status of the failed call; CRETULA_OK for NULL. */
CRETULA_API cretula_status cretula_error_status(const cretula_error *error);

/**
 * The reason as one line of UTF-8 that names the value and the bound; "" for NULL. Valid until the
 * error is freed.
 *
 * The message may quote arguments of the call, but never the value of a key.
 */
CRETULA_API const char *cretula_error_message(const cretula_error *error);

/** The hosted service's error code, such as 9412 for bytes that are not an image; 0 for NULL. */
CRETULA_API uint32_t cretula_error_code(const cretula_error *error);

/**
 * The stage that failed: "options", "probe", "fit", "decode", "analyze", "resample", "color",
 * "orient", "effects", "canvas", "encode", "metadata", "records" or "sign"; "" for a misuse of this
 * interface and for NULL. Valid until the error is freed.
 */
CRETULA_API const char *cretula_error_stage(const cretula_error *error);

/** Frees an error. NULL is ignored. */
CRETULA_API void cretula_error_free(cretula_error *error);

/* ---- Buffers: bytes that the library returns to the caller. ---- */

/**
 * Bytes allocated by the library, which the caller frees once with cretula_buffer_free.
 *
 * The bytes are followed by a NUL that `len` does not count, so that text can be used as a C
 * string. Do not change the fields. `CRETULA_BUFFER_INIT` is an empty buffer, which needs no
 * freeing.
 */
typedef struct cretula_buffer {
    /** The bytes, or NULL. */
    uint8_t *data;
    /** The number of bytes. */
    size_t len;
} cretula_buffer;

/**
 * Frees the bytes of a buffer and empties it, so that freeing it again does nothing. NULL is
 * ignored.
 */
CRETULA_API void cretula_buffer_free(cretula_buffer *buffer);

/** Like cretula_buffer_free, but overwrites the bytes with zeros first. For values of keys. */
CRETULA_API void cretula_buffer_clear_free(cretula_buffer *buffer);

/** An empty buffer. */
#define CRETULA_BUFFER_INIT { NULL, 0 }

/* ---- Cancellation of calls from another thread. ---- */

/**
 * A cancellation token: cancelling it on one thread stops work on another. Any number of threads
 * and calls may share it.
 */
typedef struct cretula_cancel_token cretula_cancel_token;

/** Creates a token that is not cancelled. Free it after every call that uses it has returned. */
CRETULA_API cretula_cancel_token *cretula_cancel_token_new(void);

/**
 * Stops all calls that use this token: they return CRETULA_ERR_CANCELLED. Permanent. May be called
 * on any thread.
 */
CRETULA_API void cretula_cancel_token_cancel(const cretula_cancel_token *token);

/** Whether cretula_cancel_token_cancel has been called; false for NULL. */
CRETULA_API bool cretula_cancel_token_is_cancelled(const cretula_cancel_token *token);

/** Frees a token. NULL is ignored. */
CRETULA_API void cretula_cancel_token_free(cretula_cancel_token *token);

/* ---- Limits on the cost of an image. ---- */

/**
 * Limits for one call. A field of 0 selects its default; a NULL pointer to the struct selects all
 * defaults.
 */
typedef struct cretula_limits {
    /** Set by CRETULA_LIMITS_INIT. */
    size_t struct_size;
    /** Maximum bytes of an input. Default 10 000 000. */
    uint64_t max_input_bytes;
    /** Maximum pixels of one frame of a source. Default 100 000 000. */
    uint64_t max_pixels;
    /** Maximum pixels over all frames of an animated source. Default 50 000 000. */
    uint64_t max_total_pixels;
    /** Maximum bytes held at once for one call, excluding the input. Default 400 000 000. */
    uint64_t max_memory_bytes;
    /** Maximum width and height in pixels, of sources and of variants. Default 12 000. */
    uint32_t max_side;
    /** Maximum frames of an animated source. Default 10 000. */
    uint32_t max_frames;
    /** Maximum milliseconds for one call. Default: no deadline. */
    uint64_t deadline_ms;
} cretula_limits;

/** Initializes the struct: its size, and defaults. */
#define CRETULA_LIMITS_INIT { sizeof(cretula_limits), 0, 0, 0, 0, 0, 0, 0 }

/* ---- Variant options, and the geometry of a variant. ---- */

/** Scales down to fit inside the box, and never enlarges. */
#define CRETULA_FIT_SCALE_DOWN 0

/** Scales to fit inside the box, enlarging if necessary. */
#define CRETULA_FIT_CONTAIN 1

/** Scales to fill the box, enlarging if necessary, and crops the overflow. */
#define CRETULA_FIT_COVER 2

/** Like CRETULA_FIT_COVER, but never enlarges. */
#define CRETULA_FIT_CROP 3

/** Like CRETULA_FIT_CONTAIN, and pads to the full box. */
#define CRETULA_FIT_PAD 4

/** Scales to exactly the box, without keeping the aspect ratio. */
#define CRETULA_FIT_SQUEEZE 5

/** Like CRETULA_FIT_CONTAIN, but never reduces. */
#define CRETULA_FIT_SCALE_UP 6

/** Crops to the aspect ratio of the box and scales down to it; never enlarges. */
#define CRETULA_FIT_ASPECT_CROP 7

/** The output has no metadata. */
#define CRETULA_METADATA_NONE 0

/** The output has only the EXIF Copyright tag. */
#define CRETULA_METADATA_COPYRIGHT 1

/** The output has the EXIF (GPS included), XMP and IPTC of the input. */
#define CRETULA_METADATA_KEEP 2

/** Options for one variant: target box, fit, and metadata policy, or a text with any options. */
typedef struct cretula_variant_options {
    /** Set by CRETULA_VARIANT_OPTIONS_INIT. */
    size_t struct_size;
    /** CRETULA_FIT_*. */
    int32_t fit;
    /**
     * Width of the box in pixels, from 1 to the limits' max_side; 0 to follow the height and the
     * aspect ratio.
     */
    uint32_t width;
    /**
     * Height of the box in pixels, from 1 to the limits' max_side; 0 to follow the width and the
     * aspect ratio.
     */
    uint32_t height;
    /** CRETULA_METADATA_*. */
    int32_t metadata;
    /**
     * All options as one text, such as "w=400,fit=cover,gravity=top", UTF-8; NULL for none. If it is
     * given, it says everything: the other fields must be 0.
     */
    const char *options;
    /** Bytes of `options`. */
    size_t options_len;
} cretula_variant_options;

/** The geometry of a variant: crop the displayed source, resize it, place it on a canvas. */
typedef struct cretula_placement {
    /** Set by CRETULA_PLACEMENT_INIT. */
    size_t struct_size;
    /** Left edge of the crop in source pixels. */
    double crop_x;
    /** Top edge of the crop in source pixels. */
    double crop_y;
    /** Width of the crop in source pixels. */
    double crop_width;
    /** Height of the crop in source pixels. */
    double crop_height;
    /** Width in pixels after resizing. */
    uint32_t resize_width;
    /** Height in pixels after resizing. */
    uint32_t resize_height;
    /** Width of the output in pixels. */
    uint32_t canvas_width;
    /** Height of the output in pixels. */
    uint32_t canvas_height;
    /** Left edge of the resized image on the canvas, in pixels. */
    uint32_t offset_x;
    /** Top edge of the resized image on the canvas, in pixels. */
    uint32_t offset_y;
} cretula_placement;

/**
 * Parses options, `{"fit","width","height","metadata"}`, or a whole variant, `{"id","options",…}`,
 * and checks them against the default limits.
 *
 * CRETULA_ERR_INVALID_ARGUMENT for other JSON, a value out of range, and options beyond these four,
 * which cretula_options_from_json reads.
 */
CRETULA_API cretula_status cretula_variant_options_parse(const char *json,
                                                         size_t json_len,
                                                         cretula_variant_options *out,
                                                         cretula_error **error);

/**
 * Computes the geometry of a variant of a picture of this size, without the picture: of the image as
 * displayed and, if the options say so, trimmed and rotated. "gravity=auto" counts as the center.
 *
 * CRETULA_ERR_INVALID_ARGUMENT if a side of the source is 0, if both sides of the box are 0 and there
 * is no text, or if an option is out of its range.
 */
CRETULA_API cretula_status cretula_place(const cretula_variant_options *variant,
                                         uint32_t src_width,
                                         uint32_t src_height,
                                         cretula_placement *out,
                                         cretula_error **error);

/** Initializes the struct: its size, and defaults. */
#define CRETULA_VARIANT_OPTIONS_INIT { sizeof(cretula_variant_options), 0, 0, 0, 0, 0, 0 }

/** Initializes the struct: its size, and defaults. */
#define CRETULA_PLACEMENT_INIT { sizeof(cretula_placement), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* ---- Options as text and as JSON. ---- */

/**
 * Checks options, such as "w=400,fit=cover", against the default limits, and writes their canonical
 * text: long names in a fixed order, without defaults. Equal options have equal texts, so that it
 * suits as a cache key.
 *
 * CRETULA_ERR_INVALID_ARGUMENT with an error that names the key, the value and the range.
 */
CRETULA_API cretula_status cretula_options_normalize(const char *text,
                                                     size_t text_len,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/**
 * Reads options as JSON, `{"fit","width","height","metadata",…}`, or a whole variant,
 * `{"id","options",…}`, checks them against the default limits, and writes their canonical text.
 *
 * CRETULA_ERR_INVALID_ARGUMENT for other JSON or a value out of range.
 */
CRETULA_API cretula_status cretula_options_from_json(const char *json,
                                                     size_t json_len,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/**
 * Checks options against the default limits, and writes them as JSON.
 *
 * CRETULA_ERR_INVALID_ARGUMENT as for cretula_options_normalize.
 */
CRETULA_API cretula_status cretula_options_to_json(const char *text,
                                                   size_t text_len,
                                                   cretula_buffer *out,
                                                   cretula_error **error);

/* ---- Output options, and the names of formats. ---- */

/** The format of the input. */
#define CRETULA_FORMAT_SOURCE 0

/** JPEG. */
#define CRETULA_FORMAT_JPEG 1

/** PNG. */
#define CRETULA_FORMAT_PNG 2

/** WebP. */
#define CRETULA_FORMAT_WEBP 3

/** GIF. */
#define CRETULA_FORMAT_GIF 4

/** AVIF, which this version neither reads nor writes. */
#define CRETULA_FORMAT_AVIF 5

/** Pixels are converted to sRGB. */
#define CRETULA_COLOR_SRGB 0

/** Pixels stay in the color space of the source, whose ICC profile is embedded. */
#define CRETULA_COLOR_PRESERVE 1

/** A JPEG is decoded at the smallest scale that is visually indistinguishable. */
#define CRETULA_SHRINK_FINE 0

/**
 * A JPEG is decoded at the smallest scale that still covers the target size: faster, up to 2 dB
 * less accurate.
 */
#define CRETULA_SHRINK_FAST 1

/** A JPEG is decoded at full size, then resampled. */
#define CRETULA_SHRINK_NEVER 2

/** An image with damaged data is refused. */
#define CRETULA_DAMAGED_REFUSE 0

/**
 * The readable part of an image with damaged data is rendered, with a warning. Missing pixels are
 * gray, or transparent in an image with alpha.
 */
#define CRETULA_DAMAGED_ACCEPT 1

/** A fully transparent background. */
#define CRETULA_BACKGROUND_TRANSPARENT 0xFFFFFF00

/**
 * Output options: format, quality, background, color policy. A field of 0 selects its default; a
 * NULL pointer to the struct selects all defaults.
 */
typedef struct cretula_output_options {
    /** Set by CRETULA_OUTPUT_OPTIONS_INIT. */
    size_t struct_size;
    /** CRETULA_FORMAT_*. Default: that of the input. */
    int32_t format;
    /** 1 (smallest) to 100 (best), for JPEG and lossy WebP. Default 85. */
    uint32_t quality;
    /**
     * The color of padding and behind transparency: 0xRRGGBBAA in sRGB, alpha not premultiplied.
     * Default opaque white. Since 0 selects the default, use CRETULA_BACKGROUND_TRANSPARENT for
     * transparency.
     */
    uint32_t background_rgba;
    /** CRETULA_COLOR_*. Default sRGB. */
    int32_t color;
    /** CRETULA_SHRINK_*. Default fine. */
    int32_t shrink;
    /** 1 (fastest) to 6 (smallest), for lossy WebP: the "method" of libwebp. Default 2. */
    uint32_t effort;
    /**
     * CRETULA_DAMAGED_*. Default refuse. A set renders a damaged image only if all of its outputs
     * accept it.
     */
    int32_t damaged;
    /** 1 for lossless WebP. Default 0, lossy. */
    uint32_t lossless;
    /**
     * 1 if the client says that its connection is slow: "slow-connection-quality" of the variant's
     * options then replaces the quality. Default 0.
     */
    uint32_t slow_connection;
    /** 1 to write every frame of an animation whole. Default 0: a frame holds what has changed. */
    uint32_t whole_frames;
} cretula_output_options;

/**
 * The name of a format, such as "jpeg"; NULL for an unknown number and for CRETULA_FORMAT_SOURCE.
 * Static.
 */
CRETULA_API const char *cretula_format_name(int32_t format);

/** The media type of a format, such as "image/jpeg"; NULL as for cretula_format_name. Static. */
CRETULA_API const char *cretula_format_media_type(int32_t format);

/**
 * The usual file extension of a format, without a dot, such as "jpg"; NULL as for
 * cretula_format_name. Static.
 */
CRETULA_API const char *cretula_format_extension(int32_t format);

/**
 * The format with this file extension, in any case and without a dot; CRETULA_FORMAT_SOURCE if
 * there is none.
 */
CRETULA_API int32_t cretula_format_from_extension(const char *extension,
                                                  size_t extension_len);

/**
 * Parses a color, `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa` or a CSS color name, into 0xRRGGBBAA as
 * background_rgba expects it: fully transparent black, which would select the default, becomes
 * CRETULA_BACKGROUND_TRANSPARENT.
 *
 * CRETULA_ERR_INVALID_ARGUMENT for other text.
 */
CRETULA_API cretula_status cretula_color_parse(const char *text,
                                               size_t text_len,
                                               uint32_t *out,
                                               cretula_error **error);

/** Initializes the struct: its size, and defaults. */
#define CRETULA_OUTPUT_OPTIONS_INIT { sizeof(cretula_output_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* ---- Info: the properties of an image. ---- */

/** The properties of an image, read from its header. */
typedef struct cretula_info {
    /** Set by CRETULA_INFO_INIT. */
    size_t struct_size;
    /** CRETULA_FORMAT_*, as recognized from the bytes. */
    int32_t format;
    /** Width in pixels as displayed, with the orientation applied. */
    uint32_t width;
    /** Height in pixels as displayed, with the orientation applied. */
    uint32_t height;
    /** EXIF orientation, 1 to 8; 1 if there is none. */
    uint32_t orientation;
    /** Frames of an animation; 1 for a still image. */
    uint32_t frames;
    /** Bits per sample as stored; for a palette, bits per index. */
    uint32_t bit_depth;
    /** 1 if some pixel may be transparent, else 0. */
    uint32_t has_alpha;
    /** 1 if an ICC profile is embedded, else 0. */
    uint32_t has_profile;
    /** 1 if an EXIF block is embedded, else 0. */
    uint32_t has_exif;
    /** The number of times an animation plays, or 0 if it repeats endlessly; 1 for a still image. */
    uint32_t loop_count;
    /**
     * How long an animation takes to play once, in milliseconds; 0 for a still image. Delays below
     * 20 ms in a GIF count as 100 ms, as in browsers.
     */
    uint64_t duration_ms;
} cretula_info;

/**
 * Reads the header of an image. Takes microseconds, and no memory for pixels.
 *
 * CRETULA_ERR_UNSUPPORTED_FORMAT if the bytes are not JPEG, PNG, WebP or GIF;
 * CRETULA_ERR_MALFORMED_IMAGE if the header is malformed or truncated; CRETULA_ERR_LIMIT_EXCEEDED
 * if the input or the size in its header exceeds the limits.
 */
CRETULA_API cretula_status cretula_probe(const uint8_t *src,
                                         size_t src_len,
                                         const cretula_limits *limits,
                                         cretula_info *out,
                                         cretula_error **error);

/** Initializes the struct: its size, and defaults. */
#define CRETULA_INFO_INIT { sizeof(cretula_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* ---- Negotiation: the output format for a client. ---- */

/** What negotiation has to know of a source. */
typedef struct cretula_source {
    /** Set by CRETULA_SOURCE_INIT. */
    size_t struct_size;
    /** CRETULA_FORMAT_* of the file. */
    int32_t format;
    /** 1 if some pixel may be transparent, else 0. */
    uint32_t has_alpha;
    /** Frames of an animation; 0 or 1 for a still image. */
    uint32_t frames;
    /** Always 0. */
    uint32_t reserved;
} cretula_source;

/**
 * Options of negotiation. A field of 0 selects its default; a NULL pointer to the struct selects all
 * defaults.
 */
typedef struct cretula_negotiate_options {
    /** Set by CRETULA_NEGOTIATE_OPTIONS_INIT. */
    size_t struct_size;
    /** Pixels of the output. Default: unknown, not limited. */
    uint64_t output_pixels;
    /** AVIF is not chosen for more pixels. Default 1 440 000. */
    uint64_t max_avif_pixels;
} cretula_negotiate_options;

/**
 * Chooses the output format, a CRETULA_FORMAT_*, from the value of a client's Accept header: AVIF or
 * WebP if the header names it and this version writes it, else the format of the source, or JPEG, or
 * PNG if there is alpha. No header makes this fail. The answer depends on the header: send
 * "Vary: Accept".
 *
 * CRETULA_ERR_UNKNOWN_CONSTANT for an unknown format.
 */
CRETULA_API cretula_status cretula_negotiate(const char *accept,
                                             size_t accept_len,
                                             const cretula_source *source,
                                             const cretula_negotiate_options *options,
                                             int32_t *out,
                                             cretula_error **error);

/** Initializes the struct: its size, and defaults. */
#define CRETULA_SOURCE_INIT { sizeof(cretula_source), 0, 0, 0, 0 }

/** Initializes the struct: its size, and defaults. */
#define CRETULA_NEGOTIATE_OPTIONS_INIT { sizeof(cretula_negotiate_options), 0, 0 }

/* ---- Renderers: from uploaded bytes to rendered variants. ---- */

/** The maximum number of variants of cretula_renderer_render_set. */
#define CRETULA_MAX_SET 1024

/**
 * Renders variants within limits. Calls reuse its memory: keep one per thread. It may move between
 * threads.
 */
typedef struct cretula_renderer cretula_renderer;

/** Creates a renderer with limits for every call; NULL selects all defaults. */
CRETULA_API cretula_status cretula_renderer_new(const cretula_limits *limits,
                                                cretula_renderer **out,
                                                cretula_error **error);

/**
 * Renders one variant of the image file in `src`.
 *
 * Writes the encoded file to `out`, to be freed with cretula_buffer_free, and its properties to
 * `out_info`. `output`, `cancel` and `out_info` may be NULL. After a failure the renderer remains
 * usable, unless the status is CRETULA_ERR_PANIC.
 */
CRETULA_API cretula_status cretula_renderer_render(cretula_renderer *renderer,
                                                   const uint8_t *src,
                                                   size_t src_len,
                                                   const cretula_variant_options *variant,
                                                   const cretula_output_options *output,
                                                   const cretula_cancel_token *cancel,
                                                   cretula_buffer *out,
                                                   cretula_info *out_info,
                                                   cretula_error **error);

/**
 * Describes what cretula_renderer_render would make of the image file in `src`, as JSON:
 * `{"width","height","original":{"file_size","width","height","format"}}`. This is the answer to
 * "format=json", which cretula_renderer_render refuses. Pixels are decoded only where a border is
 * trimmed. `output` may be NULL.
 */
CRETULA_API cretula_status cretula_renderer_describe(cretula_renderer *renderer,
                                                     const uint8_t *src,
                                                     size_t src_len,
                                                     const cretula_variant_options *variant,
                                                     const cretula_output_options *output,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/**
 * Renders `count` variants of one image, which is decoded once: `variants[i]` with `outputs[i]` to
 * `outs[i]`.
 *
 * `outputs` has `count` elements, or is NULL for all defaults. All elements of an array have the
 * struct_size of the first. If `count` exceeds CRETULA_MAX_SET, the status is CRETULA_ERR_LENGTH
 * and `outs` is not written. The first failure fails the whole set. A JPEG is decoded at the scale
 * that the largest variant needs, so that the pixels of smaller variants may differ slightly from
 * those of cretula_renderer_render.
 */
CRETULA_API cretula_status cretula_renderer_render_set(cretula_renderer *renderer,
                                                       const uint8_t *src,
                                                       size_t src_len,
                                                       const cretula_variant_options *variants,
                                                       const cretula_output_options *outputs,
                                                       size_t count,
                                                       const cretula_cancel_token *cancel,
                                                       cretula_buffer *outs,
                                                       cretula_error **error);

/**
 * The properties of the output at `index` of the last call: 0 after cretula_renderer_render, less
 * than `count` after cretula_renderer_render_set. CRETULA_ERR_NOT_FOUND if there is none, as after
 * a failure.
 */
CRETULA_API cretula_status cretula_renderer_info(const cretula_renderer *renderer,
                                                 size_t index,
                                                 cretula_info *out,
                                                 cretula_error **error);

/**
 * The warnings for the output at `index` of the last call: one line for each thing that could not
 * be carried over from the source, such as dropped metadata; empty for none. CRETULA_ERR_NOT_FOUND
 * as for cretula_renderer_info.
 */
CRETULA_API cretula_status cretula_renderer_warnings(const cretula_renderer *renderer,
                                                     size_t index,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/** Frees a renderer. NULL is ignored. */
CRETULA_API void cretula_renderer_free(cretula_renderer *renderer);

/* ---- Keyrings: signing and verifying URLs. ---- */

/** A signature of 64 hexadecimal digits, as documented by the hosted service. */
#define CRETULA_ENCODING_HEX 0

/** A signature of 43 characters of base64url, without padding. */
#define CRETULA_ENCODING_BASE64URL 1

/**
 * The keys that sign URLs and verify signatures.
 *
 * Any number of threads may sign and verify with a keyring at once. Adding and removing keys needs
 * exclusive access (CRETULA_ERR_BUSY otherwise). Keys are overwritten when they are freed.
 */
typedef struct cretula_keyring cretula_keyring;

/**
 * Creates a keyring without keys. It holds at most `capacity` keys; 0 selects 2, one that signs
 * and one that retires. Verifying costs one HMAC for each key.
 */
CRETULA_API cretula_status cretula_keyring_new(size_t capacity,
                                               cretula_keyring **out,
                                               cretula_error **error);

/**
 * Creates a keyring from the list of keys of the API, `{"keys":[{"name","value"}]}`. `capacity` is
 * as for cretula_keyring_new.
 *
 * CRETULA_ERR_INVALID_VALUE for other JSON, a duplicate name, or a name or value that violates its
 * rule; CRETULA_ERR_LIMIT_EXCEEDED for too many keys. The message states line and column, and
 * never quotes the JSON.
 */
CRETULA_API cretula_status cretula_keyring_from_json(const char *json,
                                                     size_t json_len,
                                                     size_t capacity,
                                                     cretula_keyring **out,
                                                     cretula_error **error);

/**
 * Writes the list of keys of the API, including the values. Free it with
 * cretula_buffer_clear_free.
 */
CRETULA_API cretula_status cretula_keyring_to_json(const cretula_keyring *keyring,
                                                   cretula_buffer *out,
                                                   cretula_error **error);

/** The number of keys; 0 for NULL. */
CRETULA_API size_t cretula_keyring_count(const cretula_keyring *keyring);

/**
 * The name of the key at `index`, in the order in which keys were put. CRETULA_ERR_NOT_FOUND
 * beyond the last.
 */
CRETULA_API cretula_status cretula_keyring_name_at(const cretula_keyring *keyring,
                                                   size_t index,
                                                   cretula_buffer *out,
                                                   cretula_error **error);

/**
 * Adds a key, or replaces the key of the same name. A name has 1 to 20 characters, a value 1 to
 * 1024 bytes of UTF-8.
 *
 * CRETULA_ERR_LIMIT_EXCEEDED if the name is new and the keyring is full; CRETULA_ERR_INVALID_VALUE
 * if the name or the value violates its rule. The keyring is then unchanged.
 */
CRETULA_API cretula_status cretula_keyring_put(cretula_keyring *keyring,
                                               const char *name,
                                               size_t name_len,
                                               const char *value,
                                               size_t value_len,
                                               cretula_error **error);

/**
 * Removes a key. Removing the last key generates a new one named "default", so that signing
 * remains possible.
 *
 * CRETULA_ERR_NOT_FOUND if there is no key of this name.
 */
CRETULA_API cretula_status cretula_keyring_remove(cretula_keyring *keyring,
                                                  const char *name,
                                                  size_t name_len,
                                                  cretula_error **error);

/**
 * Signs a URL, absolute or a path, with the key of this name. The result is the URL with `exp` and
 * `sig` added.
 *
 * `expires_at` is the last Unix second at which the signature is valid; 0 means no expiry.
 * `encoding` is CRETULA_ENCODING_*; 0 is hexadecimal.
 *
 * CRETULA_ERR_NOT_FOUND if there is no key of this name; CRETULA_ERR_INVALID_VALUE if the URL has
 * a fragment, a control character, a sig or a second exp, or is neither absolute nor starts with
 * "/".
 */
CRETULA_API cretula_status cretula_keyring_sign(const cretula_keyring *keyring,
                                                const char *key_name,
                                                size_t key_name_len,
                                                const char *url,
                                                size_t url_len,
                                                uint64_t expires_at,
                                                int32_t encoding,
                                                cretula_buffer *signed_url_out,
                                                cretula_error **error);

/**
 * Verifies the signature of a received URL, absolute or a path with its query, byte for byte as
 * sent, at `now` (Unix seconds). CRETULA_OK if it is valid, otherwise one of
 * CRETULA_ERR_SIGNATURE_*.
 *
 * `key_name_out` is the name of the key that signed; `expires_at_out` is the last Unix second at
 * which the signature is valid, 0 for no expiry. Either may be NULL.
 */
CRETULA_API cretula_status cretula_keyring_verify(const cretula_keyring *keyring,
                                                  const char *url,
                                                  size_t url_len,
                                                  uint64_t now,
                                                  cretula_buffer *key_name_out,
                                                  uint64_t *expires_at_out,
                                                  cretula_error **error);

/** Frees a keyring and overwrites its keys. NULL is ignored. */
CRETULA_API void cretula_keyring_free(cretula_keyring *keyring);

/**
 * Generates a value for a key from the random generator of the operating system. Free it with
 * cretula_buffer_clear_free.
 */
CRETULA_API cretula_status cretula_key_value_generate(cretula_buffer *out,
                                                      cretula_error **error);

/* ---- Identifiers: validation and generation. ---- */

/** The rules of the API reference. */
#define CRETULA_RULES_REFERENCE 0

/**
 * The documented and observed behavior of the hosted service: longer image ids with subpaths,
 * simpler variant ids.
 */
#define CRETULA_RULES_HOSTED 1

/** A custom id for a new image. */
#define CRETULA_FIELD_IMAGE_ID 1

/** The id of an existing image, custom or generated. */
#define CRETULA_FIELD_EXISTING_IMAGE_ID 2

/** The id of a variant. */
#define CRETULA_FIELD_VARIANT_ID 3

/** The name of a signing key. */
#define CRETULA_FIELD_KEY_NAME 4

/** The creator of an image. */
#define CRETULA_FIELD_CREATOR 5

/** The name of an uploaded file. */
#define CRETULA_FIELD_FILENAME 6

/** The metadata of an image: a JSON object. */
#define CRETULA_FIELD_META 7

/** A timestamp in the format of RFC 3339. */
#define CRETULA_FIELD_TIMESTAMP 8

/**
 * Validates text as the CRETULA_FIELD_* `field`, by the CRETULA_RULES_* `rules`.
 *
 * CRETULA_ERR_INVALID_VALUE, with an error that names the violated rule.
 */
CRETULA_API cretula_status cretula_validate(int32_t field,
                                            int32_t rules,
                                            const char *text,
                                            size_t text_len,
                                            cretula_error **error);

/**
 * Generates an image id from the random generator of the operating system: 128 bits as 32
 * hexadecimal digits, or, with CRETULA_RULES_HOSTED, a version 4 UUID.
 */
CRETULA_API cretula_status cretula_image_id_generate(int32_t rules,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/**
 * Whether an image id has the form of those from cretula_image_id_generate; false for an invalid
 * id.
 */
CRETULA_API bool cretula_image_id_looks_generated(int32_t rules,
                                                  const char *id,
                                                  size_t id_len);

/**
 * Parses a timestamp in the format of RFC 3339 to milliseconds since 1970-01-01T00:00:00Z, without
 * leap seconds.
 *
 * CRETULA_ERR_INVALID_VALUE for other text, or a time outside the years 0000 to 9999 UTC.
 */
CRETULA_API cretula_status cretula_timestamp_parse(const char *text,
                                                   size_t text_len,
                                                   int64_t *unix_ms_out,
                                                   cretula_error **error);

/**
 * Formats a time as records do: "2014-01-02T02:20:00.123Z".
 *
 * CRETULA_ERR_INVALID_VALUE outside the years 0000 to 9999 UTC.
 */
CRETULA_API cretula_status cretula_timestamp_format(int64_t unix_ms,
                                                    cretula_buffer *out,
                                                    cretula_error **error);

/* ---- Delivery URLs, from which a variant of an image is fetched. ---- */

/**
 * The parts of a delivery URL, `https://<host>/<account>/<image>/<variant>`, or of only its path.
 * Options, such as `width=400,fit=cover`, may be in the place of the variant.
 * Any number of threads may read them at once.
 */
typedef struct cretula_delivery_url cretula_delivery_url;

/**
 * Parses an absolute http or https URL, or a path, by the CRETULA_RULES_* `rules`.
 *
 * A last segment that contains "=" is options instead of a variant id. The query is ignored;
 * cretula_keyring_verify checks its signature over the bytes as received.
 *
 * CRETULA_ERR_INVALID_VALUE for anything else; CRETULA_ERR_INVALID_ARGUMENT for options that are
 * unknown, given twice or out of range.
 */
CRETULA_API cretula_status cretula_delivery_url_parse(const char *url,
                                                      size_t url_len,
                                                      int32_t rules,
                                                      cretula_delivery_url **out,
                                                      cretula_error **error);

/**
 * Builds a delivery URL. If `host_len` is 0, it is a path. The scheme is https, unless `host` begins
 * with one, such as "http://127.0.0.1:8080". A `variant_id` with "=" is not an id but options, such as
 * "width=400". `on_custom_domain` puts the path below "/cdn-cgi/imagedelivery".
 *
 * CRETULA_ERR_INVALID_VALUE if a part violates its rule, CRETULA_ERR_INVALID_ARGUMENT if an option does.
 */
CRETULA_API cretula_status cretula_delivery_url_new(const char *host,
                                                    size_t host_len,
                                                    const char *account_hash,
                                                    size_t account_hash_len,
                                                    const char *image_id,
                                                    size_t image_id_len,
                                                    const char *variant_id,
                                                    size_t variant_id_len,
                                                    bool on_custom_domain,
                                                    int32_t rules,
                                                    cretula_delivery_url **out,
                                                    cretula_error **error);

/** The whole URL, percent-encoded; NULL for NULL. Valid until `url` is freed. */
CRETULA_API const char *cretula_delivery_url_text(const cretula_delivery_url *url);

/** The scheme, "https" or "http"; NULL for a path. Valid until `url` is freed. */
CRETULA_API const char *cretula_delivery_url_scheme(const cretula_delivery_url *url);

/** The host, with a port if there is one; NULL for a path. Valid until `url` is freed. */
CRETULA_API const char *cretula_delivery_url_host(const cretula_delivery_url *url);

/** The account hash. Valid until `url` is freed. */
CRETULA_API const char *cretula_delivery_url_account_hash(const cretula_delivery_url *url);

/** The image id, percent-decoded. Valid until `url` is freed. */
CRETULA_API const char *cretula_delivery_url_image_id(const cretula_delivery_url *url);

/** The variant id, percent-decoded; NULL if the URL has options. Valid until `url` is freed. */
CRETULA_API const char *cretula_delivery_url_variant_id(const cretula_delivery_url *url);

/**
 * The options in the place of the variant, in normal form; NULL if the URL has a variant. Valid until
 * `url` is freed.
 */
CRETULA_API const char *cretula_delivery_url_options(const cretula_delivery_url *url);

/** Whether the URL is below "/cdn-cgi/imagedelivery"; false for NULL. */
CRETULA_API bool cretula_delivery_url_is_on_custom_domain(const cretula_delivery_url *url);

/** Frees a delivery URL. NULL is ignored. */
CRETULA_API void cretula_delivery_url_free(cretula_delivery_url *url);

/* ---- Access: whether a request may see a variant of an image. ---- */

/**
 * Decides whether the request for `url` may see a variant of an image at `now` (Unix seconds):
 * CRETULA_OK if it may.
 *
 * A signature is required if `image_requires_signed_urls` is set and
 * `variant_never_requires_signed_urls` is not. It is then verified as by cretula_keyring_verify,
 * over the URL as received. Without a required signature, the outputs are an empty buffer and 0.
 *
 * Does not check that the URL refers to this image and variant: look both up from the URL you pass
 * here. A cache must not keep the response beyond `expires_at_out`, if that is not 0. Both outputs
 * may be NULL.
 */
CRETULA_API cretula_status cretula_keyring_authorize(const cretula_keyring *keyring,
                                                     bool image_requires_signed_urls,
                                                     bool variant_never_requires_signed_urls,
                                                     const char *url,
                                                     size_t url_len,
                                                     uint64_t now,
                                                     cretula_buffer *key_name_out,
                                                     uint64_t *expires_at_out,
                                                     cretula_error **error);

/* ---- The list of the variants of an account, by id. ---- */

/**
 * The variants of an account, at most 100, in the order of their ids.
 *
 * Any number of threads may read a list at once. Changing it needs exclusive access
 * (CRETULA_ERR_BUSY otherwise).
 */
typedef struct cretula_variants cretula_variants;

/** Creates a list without variants, whose ids follow the CRETULA_RULES_* `rules`. */
CRETULA_API cretula_status cretula_variants_new(int32_t rules,
                                                cretula_variants **out,
                                                cretula_error **error);

/**
 * Creates a list from the JSON of the API, `{"variants":{"<id>":{"id","options",…}}}`.
 *
 * CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT for other JSON or a variant that
 * violates a rule; CRETULA_ERR_LIMIT_EXCEEDED for more than 100.
 */
CRETULA_API cretula_status cretula_variants_from_json(const char *json,
                                                      size_t json_len,
                                                      int32_t rules,
                                                      cretula_variants **out,
                                                      cretula_error **error);

/** Writes the JSON of the API. */
CRETULA_API cretula_status cretula_variants_to_json(const cretula_variants *variants,
                                                    cretula_buffer *out,
                                                    cretula_error **error);

/** The number of variants; 0 for NULL. */
CRETULA_API size_t cretula_variants_count(const cretula_variants *variants);

/** The id of the variant at `index`. CRETULA_ERR_NOT_FOUND beyond the last. */
CRETULA_API cretula_status cretula_variants_id_at(const cretula_variants *variants,
                                                  size_t index,
                                                  cretula_buffer *out,
                                                  cretula_error **error);

/**
 * Looks up a variant by id. CRETULA_ERR_NOT_FOUND if there is none.
 *
 * `never_require_signed_urls_out` is whether the variant never requires a signature. Both outputs may
 * be NULL. CRETULA_ERR_INVALID_ARGUMENT if the options have more than the four fields of the struct:
 * cretula_variants_options gives all of them.
 */
CRETULA_API cretula_status cretula_variants_get(const cretula_variants *variants,
                                                const char *id,
                                                size_t id_len,
                                                cretula_variant_options *out,
                                                bool *never_require_signed_urls_out,
                                                cretula_error **error);

/** The options of a variant as one text. CRETULA_ERR_NOT_FOUND if there is none of this id. */
CRETULA_API cretula_status cretula_variants_options(const cretula_variants *variants,
                                                    const char *id,
                                                    size_t id_len,
                                                    cretula_buffer *out,
                                                    cretula_error **error);

/**
 * Adds a variant. With `never_require_signed_urls`, it never requires a signature.
 *
 * CRETULA_ERR_ALREADY_EXISTS if the id is in use; CRETULA_ERR_INVALID_VALUE if it violates its rule;
 * CRETULA_ERR_INVALID_ARGUMENT if a side is out of range; CRETULA_ERR_LIMIT_EXCEEDED if there are 100
 * already. The list is then unchanged.
 */
CRETULA_API cretula_status cretula_variants_create(cretula_variants *variants,
                                                   const char *id,
                                                   size_t id_len,
                                                   const cretula_variant_options *variant,
                                                   bool never_require_signed_urls,
                                                   cretula_error **error);

/**
 * Replaces the variant with this id. CRETULA_ERR_NOT_FOUND if there is none; other failures as for
 * cretula_variants_create.
 */
CRETULA_API cretula_status cretula_variants_update(cretula_variants *variants,
                                                   const char *id,
                                                   size_t id_len,
                                                   const cretula_variant_options *variant,
                                                   bool never_require_signed_urls,
                                                   cretula_error **error);

/**
 * Applies an update, `{"options","neverRequireSignedURLs"}`, to the variant with this id. What is
 * missing stays the same, each option for itself; an option that is null gets its default.
 *
 * CRETULA_ERR_NOT_FOUND if there is none; CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT
 * for other JSON, an option out of its range, or if no side is left. The list is then unchanged.
 */
CRETULA_API cretula_status cretula_variants_patch(cretula_variants *variants,
                                                  const char *id,
                                                  size_t id_len,
                                                  const char *update_json,
                                                  size_t update_json_len,
                                                  cretula_error **error);

/**
 * Removes a variant. CRETULA_ERR_NOT_FOUND if there is none with this id;
 * CRETULA_ERR_INVALID_VALUE for "public" with CRETULA_RULES_HOSTED, where it cannot be removed.
 */
CRETULA_API cretula_status cretula_variants_remove(cretula_variants *variants,
                                                   const char *id,
                                                   size_t id_len,
                                                   cretula_error **error);

/** Frees a list. NULL is ignored. */
CRETULA_API void cretula_variants_free(cretula_variants *variants);

/* ---- The records of the API: JSON in, JSON out. ---- */

/** An image: `{"id","creator","filename","meta","requireSignedURLs","uploaded","variants","draft"}`. */
#define CRETULA_RECORD_IMAGE 1

/** A list of images: `{"images":[…]}`. */
#define CRETULA_RECORD_IMAGE_LIST 2

/**
 * An update of an image: `{"creator","metadata","requireSignedURLs"}`. A creator that is null or empty
 * is removed.
 */
#define CRETULA_RECORD_IMAGE_UPDATE 3

/** A variant: `{"id","options","neverRequireSignedURLs"}`. */
#define CRETULA_RECORD_VARIANT 4

/** The result with one variant: `{"variant":…}`. */
#define CRETULA_RECORD_VARIANT_RESULT 5

/** A list of variants: `{"variants":{"<id>":…}}`. */
#define CRETULA_RECORD_VARIANTS 6

/** The image count: `{"count":{"allowed","current"}}`. */
#define CRETULA_RECORD_STAT 7

/** The metadata of an image: a JSON object. */
#define CRETULA_RECORD_META 8

/** The envelope of every response: `{"result","success","errors","messages"}`, with any result. */
#define CRETULA_RECORD_RESPONSE 9

/** A page of a list of images: `{"images":[…],"continuation_token"}`. */
#define CRETULA_RECORD_IMAGE_PAGE 10

/** A request of a direct upload: `{"id","expiry","metadata","requireSignedURLs","creator"}`. */
#define CRETULA_RECORD_DIRECT_UPLOAD_REQUEST 11

/** A direct upload: `{"id","uploadURL"}`. */
#define CRETULA_RECORD_DIRECT_UPLOAD 12

/**
 * Validates a CRETULA_RECORD_* by the CRETULA_RULES_* `rules`, and writes it in normal form:
 * compact, fields in the order of the API reference, without unknown fields.
 *
 * CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT, with an error that names the violated
 * rule; CRETULA_ERR_LIMIT_EXCEEDED for too many variants.
 */
CRETULA_API cretula_status cretula_record_normalize(int32_t record,
                                                    int32_t rules,
                                                    const char *json,
                                                    size_t json_len,
                                                    cretula_buffer *out,
                                                    cretula_error **error);

/**
 * Applies an update to an image, both as JSON, and writes the updated image.
 *
 * CRETULA_ERR_INVALID_VALUE if either violates a rule, or the update does not apply to this image.
 */
CRETULA_API cretula_status cretula_image_update(const char *image_json,
                                                size_t image_json_len,
                                                const char *update_json,
                                                size_t update_json_len,
                                                int32_t rules,
                                                cretula_buffer *out,
                                                cretula_error **error);

/**
 * The image count, as JSON, after `images` more are stored. CRETULA_ERR_LIMIT_EXCEEDED if it would
 * exceed the allowance; CRETULA_ERR_INVALID_VALUE for other JSON.
 */
CRETULA_API cretula_status cretula_stat_after_upload(const char *stat_json,
                                                     size_t stat_json_len,
                                                     uint64_t images,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/**
 * The image count, as JSON, after `images` are deleted. CRETULA_ERR_INVALID_VALUE if there are
 * fewer, or for other JSON.
 */
CRETULA_API cretula_status cretula_stat_after_delete(const char *stat_json,
                                                     size_t stat_json_len,
                                                     uint64_t images,
                                                     cretula_buffer *out,
                                                     cretula_error **error);

/** Wraps any JSON as the result of a success. CRETULA_ERR_INVALID_VALUE if it is not JSON. */
CRETULA_API cretula_status cretula_response_success(const char *result_json,
                                                    size_t result_json_len,
                                                    cretula_buffer *out,
                                                    cretula_error **error);

/** Wraps the code and message of `failure` in the envelope of a failure. `failure` is only read. */
CRETULA_API cretula_status cretula_response_failure(const cretula_error *failure,
                                                    cretula_buffer *out,
                                                    cretula_error **error);

/* ---- Lists of images: their queries, with filters of metadata. ---- */

/**
 * Checks the query of a list of images, without its "?", and writes it in normal form:
 * percent-encoded, in a fixed order, without what has its default or is unknown.
 *
 * CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT for a parameter out of its range, or given
 * twice; CRETULA_ERR_LIMIT_EXCEEDED for more than 32 filters.
 */
CRETULA_API cretula_status cretula_image_query_normalize(const char *query,
                                                         size_t query_len,
                                                         cretula_buffer *out,
                                                         cretula_error **error);

/**
 * Writes the parameters of a query as JSON:
 * `{"page","per_page","sort_order","continuation_token","creator","meta":["meta.a[eq:string]=b"]}`.
 * `continuation_token` and `creator` may be missing; a `creator` of null asks for images without one.
 *
 * Failures as for cretula_image_query_normalize.
 */
CRETULA_API cretula_status cretula_image_query_to_json(const char *query,
                                                       size_t query_len,
                                                       cretula_buffer *out,
                                                       cretula_error **error);

/**
 * Whether an image has the creator and the metadata that a query asks for.
 *
 * Failures as for cretula_image_query_normalize, and CRETULA_ERR_INVALID_VALUE for an image that
 * violates its rules.
 */
CRETULA_API cretula_status cretula_image_query_matches(const char *query,
                                                       size_t query_len,
                                                       const char *image_json,
                                                       size_t image_json_len,
                                                       int32_t rules,
                                                       bool *matches_out,
                                                       cretula_error **error);

/* ---- Uploads: metadata in forms, and direct uploads. ---- */

/**
 * Reads the metadata among the fields of a form, and writes them as JSON; nothing (a length of 0) if
 * there are none.
 *
 * `fields_json` is an array of fields: `[["<name>","<value>"],…]`. The field "metadata" holds JSON;
 * "metadata.a", "metadata[a][b]", "metadata.a[]" and "metadata.a.0" hold texts. Others are ignored.
 *
 * CRETULA_ERR_INVALID_VALUE if fields contradict each other, or the metadata violate their rules.
 */
CRETULA_API cretula_status cretula_meta_from_form(const char *fields_json,
                                                  size_t fields_json_len,
                                                  cretula_buffer *out,
                                                  cretula_error **error);

/**
 * Reads the fields of a form, as cretula_meta_from_form does, as a request for a direct upload, and
 * writes it as a CRETULA_RECORD_DIRECT_UPLOAD_REQUEST.
 *
 * CRETULA_ERR_INVALID_VALUE if a field violates its rule or is given twice.
 */
CRETULA_API cretula_status cretula_direct_upload_from_form(const char *fields_json,
                                                           size_t fields_json_len,
                                                           int32_t rules,
                                                           cretula_buffer *out,
                                                           cretula_error **error);

/**
 * When a direct upload that is requested at `now_unix_ms` is no longer accepted, in milliseconds since
 * 1970-01-01T00:00:00Z: the expiry of the CRETULA_RECORD_DIRECT_UPLOAD_REQUEST, or 30 minutes later if
 * it has none.
 *
 * CRETULA_ERR_INVALID_VALUE if the expiry is less than 2 minutes or more than 6 hours later, or for
 * other JSON.
 */
CRETULA_API cretula_status cretula_direct_upload_expires_at(const char *request_json,
                                                            size_t request_json_len,
                                                            int32_t rules,
                                                            int64_t now_unix_ms,
                                                            int64_t *unix_ms_out,
                                                            cretula_error **error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* CRETULA_H */
