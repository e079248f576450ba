/*
 * cretula 0.1.0: image variants and signed URLs.
 *
 * Generated from the library's sources; not to be edited. The conventions, which hold throughout:
 *
 *  1. Names are cretula_<noun>_<verb>; arguments are self, inputs, outputs, and last a cretula_error ** that may be NULL.
 *  2. What can fail answers a cretula_status; 0 is CRETULA_OK. Numbers never change; new ones may join.
 *  3. Outputs are written on CRETULA_OK only, and are zeroed otherwise.
 *  4. What a _new, _parse or _from_json makes its _free frees, once; freeing NULL does nothing.
 *  5. Inputs are borrowed for the call and never kept.
 *  6. Bytes are a pointer and a length; length 0 ignores the pointer; a length with its top bit set is an error.
 *  7. Text is UTF-8 with a length, and needs no NUL.
 *  8. Structs that may grow start with struct_size: begin with their CRETULA_*_INIT. A field of 0 has its default.
 *  9. A const handle may be shared between threads; a handle that is not const belongs to one call at a time, and a
 *     second one gets CRETULA_ERR_BUSY. Freeing is the owner's, when no other call uses the handle.
 * 10. No globals, no thread-locals. A panic becomes CRETULA_ERR_PANIC and poisons only the handles it went through.
 */

#ifndef CRETULA_H
#define CRETULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions: of the library, and of this ABI. ---- */

/**
 * The ABI this header describes: its major version in the upper 16 bits, its minor version in the lower ones. The major
 * version is that of the shared library's soname; the minor one grows when functions, constants or fields join.
 */
#define CRETULA_ABI_VERSION 65536

/** The major version of the library. */
#define CRETULA_VERSION_MAJOR 0

/** The minor version of the library. */
#define CRETULA_VERSION_MINOR 1

/** The patch version of the library. */
#define CRETULA_VERSION_PATCH 0

/** The CRETULA_ABI_VERSION that the library was built with. */
uint32_t cretula_abi_version(void);

/**
 * Whether a program that was compiled against a header with this CRETULA_ABI_VERSION may use the library: the major
 * versions are equal, and the library's minor version is not the smaller.
 *
 * Call it once at start: `cretula_abi_compatible(CRETULA_ABI_VERSION)`.
 */
bool cretula_abi_compatible(uint32_t header_abi_version);

/** The version of the library, such as "0.1.0": the CRETULA_VERSION it was built with. Static. */
const char *cretula_version(void);

/** The version of the library that this header belongs to. */
#define CRETULA_VERSION "0.1.0"

/* ---- Statuses: what a call answers. ---- */

/**
 * What a function answers that can fail: CRETULA_OK, or one of the CRETULA_ERR_* constants. 1 to 99 are the caller's
 * mistakes, 100 to 199 are about the image, 200 to 299 about limits, 300 to 399 about signing and validation, 900 to 999
 * are this library's own. New numbers may join: treat one that you do not know as its block.
 */
typedef int32_t cretula_status;

/** Done. */
#define CRETULA_OK 0

/** A pointer is NULL that must not be. */
#define CRETULA_ERR_NULL_POINTER 1

/** The struct_size of a struct is not one that the library knows. */
#define CRETULA_ERR_STRUCT_SIZE 2

/** A length has its top bit set, or a count is above its maximum. */
#define CRETULA_ERR_LENGTH 3

/** An integer is none of the constants of its kind. */
#define CRETULA_ERR_UNKNOWN_CONSTANT 4

/** A text is not UTF-8. */
#define CRETULA_ERR_UTF8 5

/** A handle is of another type, or was freed. Best effort: do not rely on it. */
#define CRETULA_ERR_BAD_HANDLE 6

/** Another thread is using the handle. */
#define CRETULA_ERR_BUSY 7

/** A panic went through the handle earlier: it can only be freed. */
#define CRETULA_ERR_POISONED 8

/** An option is out of its range. */
#define CRETULA_ERR_INVALID_ARGUMENT 9

/** The bytes are not an image, or of a format or subtype that this library does not read or write. */
#define CRETULA_ERR_UNSUPPORTED_FORMAT 100

/** The bytes break the rules of their own format, or end too early. */
#define CRETULA_ERR_MALFORMED_IMAGE 101

/** A value exceeds one of the limits. */
#define CRETULA_ERR_LIMIT_EXCEEDED 200

/** The deadline has passed. */
#define CRETULA_ERR_DEADLINE_EXCEEDED 201

/** The caller's cretula_cancel was triggered. */
#define CRETULA_ERR_CANCELLED 202

/** The URL needs a signature and has none. */
#define CRETULA_ERR_SIGNATURE_MISSING 300

/** The URL, its sig or its exp is not well formed. */
#define CRETULA_ERR_SIGNATURE_MALFORMED 301

/** No key of the ring made this signature for this URL. */
#define CRETULA_ERR_SIGNATURE_MISMATCH 302

/** The signature is good, its time is over. */
#define CRETULA_ERR_SIGNATURE_EXPIRED 303

/** There is no key, variant or image of that name. */
#define CRETULA_ERR_NOT_FOUND 304

/** An identifier, a text, a record, a key or a URL breaks its rule. */
#define CRETULA_ERR_INVALID_VALUE 305

/** A bug of this library: a panic, caught. The handles it went through are poisoned. */
#define CRETULA_ERR_PANIC 900

/** A bug of this library or of a codec below it. */
#define CRETULA_ERR_INTERNAL 901

/**
 * The name of a status: lower case, words joined by "-", such as "malformed-image"; "internal" for a number that is no
 * status. Static.
 */
const char *cretula_status_name(cretula_status status);

/** The HTTP status a server would answer with: 200 for CRETULA_OK, 500 for a number that is no status. */
uint32_t cretula_status_http(cretula_status status);

/* ---- Errors: why a call failed, in words. ---- */

/**
 * Why a call failed. Functions that take a `cretula_error **` write NULL there on success, and on failure an error that
 * the caller frees; the pointer itself may be NULL for a caller that does not want to know. It may be read by many
 * threads at once.
 */
typedef struct cretula_error cretula_error;

/** The status that came with the error; CRETULA_OK for NULL. */
cretula_status cretula_error_status(const cretula_error *error);

/**
 * The reason as one line of UTF-8 that names the value and the bound; "" for NULL. Lives as long as the error.
 *
 * It may quote what the caller passed, never a key's value.
 */
const char *cretula_error_message(const cretula_error *error);

/** The hosted service's own code for the failure, such as 9412 for what is no image; 0 for NULL. */
uint32_t cretula_error_code(const cretula_error *error);

/**
 * Where the failure arose: "options", "probe", "fit", "decode", "resample", "color", "orient", "canvas", "encode",
 * "metadata", "records" or "sign"; "" for a misuse of this interface and for NULL. Lives as long as the error.
 */
const char *cretula_error_stage(const cretula_error *error);

/** Frees an error. NULL is ignored. */
void cretula_error_free(cretula_error *error);

/* ---- Buffers: bytes that the library gives to the caller. ---- */

/**
 * Bytes that the library made and the caller frees with cretula_buffer_free, once. A NUL stands behind them that `len`
 * does not count, so that a text can be used as a C string. Do not change the fields. `CRETULA_BUFFER_INIT` is an empty
 * one, for which there is nothing to free.
 */
typedef struct cretula_buffer {
    /** The bytes, or NULL. */
    uint8_t *data;
    /** How many. */
    size_t len;
} cretula_buffer;

/** Frees a buffer's bytes and empties it, so that freeing it again does nothing. NULL is ignored. */
void cretula_buffer_free(cretula_buffer *buffer);

/** Overwrites a buffer's bytes with zeros, then frees them: for the values of keys. */
void cretula_buffer_clear_free(cretula_buffer *buffer);

/** An empty buffer. */
#define CRETULA_BUFFER_INIT { NULL, 0 }

/* ---- Cancellation: a wish to stop that one thread gives and another obeys. ---- */

/** A wish to stop. Any number of threads and calls may share it. */
typedef struct cretula_cancel cretula_cancel;

/** A wish that has not been given yet. The caller frees it, after every call that was given it has returned. */
cretula_cancel *cretula_cancel_new(void);

/** Has every call that was given this wish stop soon, with CRETULA_ERR_CANCELLED. For good. From any thread. */
void cretula_cancel_trigger(const cretula_cancel *cancel);

/** Whether cretula_cancel_trigger has been called; false for NULL. */
bool cretula_cancel_is_triggered(const cretula_cancel *cancel);

/** Frees a wish. NULL is ignored. */
void cretula_cancel_free(cretula_cancel *cancel);

/* ---- Limits: how much an image may cost. ---- */

/** What one call may cost. A field that is 0 has its default; NULL in place of the struct means all defaults. */
typedef struct cretula_limits {
    /** Set by CRETULA_LIMITS_INIT. */
    size_t struct_size;
    /** Most bytes of an input. Default 10 000 000. */
    uint64_t max_input_bytes;
    /** Most pixels of one frame of a source. Default 100 000 000. */
    uint64_t max_pixels;
    /** Most pixels over all frames of an animated source. Default 50 000 000. */
    uint64_t max_total_pixels;
    /** Most bytes held at once for one call, the input not counted. Default 400 000 000. */
    uint64_t max_memory_bytes;
    /** Most pixels a side, of sources and of variants. Default 12 000. */
    uint32_t max_side;
    /** Most frames of an animated source. Default 10 000. */
    uint32_t max_frames;
    /** Milliseconds that one call may take. Default: no deadline. */
    uint64_t deadline_ms;
} cretula_limits;

/** All defaults, with its size. */
#define CRETULA_LIMITS_INIT { sizeof(cretula_limits), 0, 0, 0, 0, 0, 0, 0 }

/* ---- Variants: what is asked, and where it puts the picture. ---- */

/** Shrinks to fit inside the box, never enlarges. */
#define CRETULA_FIT_SCALE_DOWN 0

/** Fits inside the box, enlarging if need be. */
#define CRETULA_FIT_CONTAIN 1

/** Fills the box, enlarging if need be, and crops what stands over. */
#define CRETULA_FIT_COVER 2

/** Like CRETULA_FIT_COVER, never enlarging. */
#define CRETULA_FIT_CROP 3

/** Like CRETULA_FIT_CONTAIN, padded to the whole box. */
#define CRETULA_FIT_PAD 4

/** The output carries no metadata. */
#define CRETULA_METADATA_NONE 0

/** The output carries the EXIF Copyright tag alone. */
#define CRETULA_METADATA_COPYRIGHT 1

/** The output carries the input's EXIF (GPS included), XMP and IPTC. */
#define CRETULA_METADATA_KEEP 2

/** What is asked of one variant. */
typedef struct cretula_variant {
    /** Set by CRETULA_VARIANT_INIT. */
    size_t struct_size;
    /** CRETULA_FIT_*: how the box is meant. */
    int32_t fit;
    /** Width of the box in pixels, from 1 to the limits' max_side. */
    uint32_t width;
    /** Height of the box in pixels, from 1 to the limits' max_side. */
    uint32_t height;
    /** CRETULA_METADATA_*: which metadata the output keeps. */
    int32_t metadata;
} cretula_variant;

/** Where a variant puts the displayed picture: crop, resize, lay on the canvas. */
typedef struct cretula_placement {
    /** Set by CRETULA_PLACEMENT_INIT. */
    size_t struct_size;
    /** Left edge of what is kept, in source pixels. */
    double crop_x;
    /** Top edge of what is kept, in source pixels. */
    double crop_y;
    /** Width of what is kept, in source pixels. */
    double crop_width;
    /** Height of what is kept, in source pixels. */
    double crop_height;
    /** Width in pixels to which it is resized. */
    uint32_t resize_width;
    /** Height in pixels to which it is resized. */
    uint32_t resize_height;
    /** Width of the output in pixels. */
    uint32_t canvas_width;
    /** Height of the output in pixels. */
    uint32_t canvas_height;
    /** Left edge of the resized picture on the canvas, in pixels. */
    uint32_t offset_x;
    /** Top edge of the resized picture on the canvas, in pixels. */
    uint32_t offset_y;
} cretula_placement;

/**
 * Reads an options object, `{"fit","width","height","metadata"}`, or a whole variant, `{"id","options",…}`, and checks it
 * against the default limits.
 *
 * CRETULA_ERR_INVALID_ARGUMENT if it is no such JSON or a value is out of range.
 */
cretula_status cretula_variant_parse(const char *json,
                                     size_t json_len,
                                     cretula_variant *out,
                                     cretula_error **error);

/**
 * Computes the geometry of a variant of a picture of this displayed size, without an image.
 *
 * CRETULA_ERR_INVALID_ARGUMENT if a side of the source is 0, or one of the box is 0 or above the default limits'
 * max_side.
 */
cretula_status cretula_variant_place(const cretula_variant *variant,
                                     uint32_t src_width,
                                     uint32_t src_height,
                                     cretula_placement *out,
                                     cretula_error **error);

/** All defaults, with its size. */
#define CRETULA_VARIANT_INIT { sizeof(cretula_variant), 0, 0, 0, 0 }

/** All defaults, with its size. */
#define CRETULA_PLACEMENT_INIT { sizeof(cretula_placement), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* ---- Output: how a variant is written, and the formats. ---- */

/** The input's own format. */
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

/** Pixels stay in the source's color space, and its profile is embedded. */
#define CRETULA_COLOR_PRESERVE 1

/** A JPEG is decoded no smaller than looks the same. */
#define CRETULA_SHRINK_FINE 0

/** A JPEG is decoded as small as leaves the variant its pixels: faster, up to two decibels off. */
#define CRETULA_SHRINK_FAST 1

/** A JPEG is decoded whole, then resampled. */
#define CRETULA_SHRINK_NEVER 2

/** An image whose data are damaged is refused. */
#define CRETULA_DAMAGED_REFUSE 0

/**
 * An image whose data are damaged is rendered as far as they can be read, with a warning; missing pixels are gray, or
 * transparent in a picture with alpha.
 */
#define CRETULA_DAMAGED_ACCEPT 1

/** A background that is fully transparent. */
#define CRETULA_BACKGROUND_TRANSPARENT 4294967040

/** How a variant is written. A field that is 0 has its default; NULL in place of the struct means all defaults. */
typedef struct cretula_output {
    /** Set by CRETULA_OUTPUT_INIT. */
    size_t struct_size;
    /** CRETULA_FORMAT_*. Default: the input's own. */
    int32_t format;
    /** 1 (smallest) to 100 (best), for JPEG and lossy WebP. Default 85. */
    uint32_t quality;
    /**
     * The color under padding and behind transparency, 0xRRGGBBAA in sRGB, alpha not premultiplied. Default opaque white
     * (0 is the default: ask for transparency by CRETULA_BACKGROUND_TRANSPARENT).
     */
    uint32_t background_rgba;
    /** CRETULA_COLOR_*. Default sRGB. */
    int32_t color;
    /** CRETULA_SHRINK_*. Default fine. */
    int32_t shrink;
    /** 1 (fastest) to 6 (smallest), for lossy WebP: what libwebp calls its method. Default 2. */
    uint32_t effort;
    /** CRETULA_DAMAGED_*. Default refuse. A set is made of a damaged image only if all of its outputs accept it. */
    int32_t damaged;
    /** 0. */
    uint32_t reserved;
} cretula_output;

/** The name of a format, such as "jpeg"; NULL for a number that is none, and for CRETULA_FORMAT_SOURCE. Static. */
const char *cretula_format_name(int32_t format);

/** The media type of a format, such as "image/jpeg"; NULL as for cretula_format_name. Static. */
const char *cretula_format_media_type(int32_t format);

/** The usual extension of a format's files, without a dot, such as "jpg"; NULL as for cretula_format_name. Static. */
const char *cretula_format_extension(int32_t format);

/** The format whose files have this extension, in any case, without a dot; CRETULA_FORMAT_SOURCE for none. */
int32_t cretula_format_from_extension(const char *extension,
                                      size_t extension_len);

/** All defaults, with its size. */
#define CRETULA_OUTPUT_INIT { sizeof(cretula_output), 0, 0, 0, 0, 0, 0, 0, 0 }

/* ---- Info: what an image is. ---- */

/** What an image is, read from its header alone. */
typedef struct cretula_info {
    /** Set by CRETULA_INFO_INIT. */
    size_t struct_size;
    /** CRETULA_FORMAT_*, recognised by the bytes. */
    int32_t format;
    /** Width in pixels as displayed: orientation applied. */
    uint32_t width;
    /** Height in pixels as displayed: orientation applied. */
    uint32_t height;
    /** EXIF orientation, 1 to 8; 1 where there is none. */
    uint32_t orientation;
    /** Frames of an animation; 1 for a still image. */
    uint32_t frames;
    /** Bits a sample, as stored; for a palette, bits of an index. */
    uint32_t bit_depth;
    /** 1 if some pixel may be transparent, else 0. */
    uint32_t has_alpha;
    /** 1 if an ICC profile is embedded, else 0. */
    uint32_t has_profile;
    /** 1 if an EXIF block is embedded, else 0. */
    uint32_t has_exif;
    /** 0. */
    uint32_t reserved;
} cretula_info;

/**
 * Reads an image's header: microseconds, and no memory for pixels.
 *
 * CRETULA_ERR_UNSUPPORTED_FORMAT if the bytes are none of JPEG, PNG, WebP, GIF; CRETULA_ERR_MALFORMED_IMAGE if the header
 * is broken or cut short; CRETULA_ERR_LIMIT_EXCEEDED if the input or the size in its header is beyond the limits.
 */
cretula_status cretula_probe(const uint8_t *src,
                             size_t src_len,
                             const cretula_limits *limits,
                             cretula_info *out,
                             cretula_error **error);

/** All defaults, with its size. */
#define CRETULA_INFO_INIT { sizeof(cretula_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* ---- Renderers: from uploaded bytes to finished variants. ---- */

/** The most variants of one cretula_renderer_render_set. */
#define CRETULA_MAX_SET 1024

/** Renders variants. Holds limits and memory that calls reuse: keep one a thread. It may be handed from thread to thread. */
typedef struct cretula_renderer cretula_renderer;

/** A renderer that keeps every call within `limits`; NULL means all defaults. */
cretula_status cretula_renderer_new(const cretula_limits *limits,
                                    cretula_renderer **out,
                                    cretula_error **error);

/**
 * Renders one variant of the image file in `src`.
 *
 * `output`, `cancel` and `out_info` may be NULL. `out` gets the encoded file, to be freed by cretula_buffer_free, and
 * `out_info` what it is. On failure the renderer can be used again, unless the status is CRETULA_ERR_PANIC.
 */
cretula_status cretula_renderer_render(cretula_renderer *renderer,
                                       const uint8_t *src,
                                       size_t src_len,
                                       const cretula_variant *variant,
                                       const cretula_output *output,
                                       const cretula_cancel *cancel,
                                       cretula_buffer *out,
                                       cretula_info *out_info,
                                       cretula_error **error);

/**
 * Renders `count` variants of one image, which is decoded once: `variants[i]` written by `outputs[i]` goes to `outs[i]`.
 *
 * `outputs` may be NULL, for all defaults; else it has `count` elements. All elements of an array have the struct_size of
 * its first. `count` is at most CRETULA_MAX_SET; above it, CRETULA_ERR_LENGTH, and `outs` is not touched. The first
 * failure is that of the whole set. A JPEG is decoded at the scale that the largest variant needs, so that the pixels of
 * a smaller one may differ a little from those of a render of its own.
 */
cretula_status cretula_renderer_render_set(cretula_renderer *renderer,
                                           const uint8_t *src,
                                           size_t src_len,
                                           const cretula_variant *variants,
                                           const cretula_output *outputs,
                                           size_t count,
                                           const cretula_cancel *cancel,
                                           cretula_buffer *outs,
                                           cretula_error **error);

/**
 * What the output at `index` of the renderer's last call is: 0 after cretula_renderer_render, below `count` after
 * cretula_renderer_render_set. CRETULA_ERR_NOT_FOUND if there is none, as after a failure.
 */
cretula_status cretula_renderer_info(const cretula_renderer *renderer,
                                     size_t index,
                                     cretula_info *out,
                                     cretula_error **error);

/**
 * What of the source could not be honoured in the output at `index` of the renderer's last call, such as metadata that
 * was dropped: one line of text each, and no text for none. CRETULA_ERR_NOT_FOUND as for cretula_renderer_info.
 */
cretula_status cretula_renderer_warnings(const cretula_renderer *renderer,
                                         size_t index,
                                         cretula_buffer *out,
                                         cretula_error **error);

/** Frees a renderer. NULL is ignored. */
void cretula_renderer_free(cretula_renderer *renderer);

/* ---- Keyrings: signing URLs, and verifying them. ---- */

/** A signature as 64 hexadecimal digits, as the hosted service documents it. */
#define CRETULA_ENCODING_HEX 0

/** A signature as 43 characters of base64url, without padding. */
#define CRETULA_ENCODING_BASE64URL 1

/**
 * The keys that sign URLs, and whose signatures are good. Many threads may sign and verify with one at once; adding and
 * removing keys needs it alone (CRETULA_ERR_BUSY otherwise). Keys are overwritten when they go.
 */
typedef struct cretula_keyring cretula_keyring;

/** A ring without keys, for two of them: one signs, one retires. */
cretula_status cretula_keyring_new(cretula_keyring **out,
                                   cretula_error **error);

/** A ring without keys, for at most `capacity` of them; 0 means 2. Verifying costs one HMAC a key. */
cretula_status cretula_keyring_new_with_capacity(size_t capacity,
                                                 cretula_keyring **out,
                                                 cretula_error **error);

/**
 * The ring of the reference's list of keys, `{"keys":[{"name","value"}]}`, at most `capacity` of them; 0 means 2.
 *
 * CRETULA_ERR_INVALID_VALUE if it is no such JSON, a name is given twice or breaks its rule, or a value is not 1 to 1024
 * bytes; CRETULA_ERR_LIMIT_EXCEEDED for too many keys. The error tells line and column, never what stands there.
 */
cretula_status cretula_keyring_from_json(const char *json,
                                         size_t json_len,
                                         size_t capacity,
                                         cretula_keyring **out,
                                         cretula_error **error);

/** Writes the reference's list of keys, values and all: free it with cretula_buffer_clear_free. */
cretula_status cretula_keyring_to_json(const cretula_keyring *keyring,
                                       cretula_buffer *out,
                                       cretula_error **error);

/** How many keys there are; 0 for NULL. */
size_t cretula_keyring_count(const cretula_keyring *keyring);

/** The name of the key at `index`, in the order in which they were put. CRETULA_ERR_NOT_FOUND beyond the last. */
cretula_status cretula_keyring_name_at(const cretula_keyring *keyring,
                                       size_t index,
                                       cretula_buffer *out,
                                       cretula_error **error);

/**
 * Adds a key; one of the same name is replaced. The name is 1 to 20 characters, the value 1 to 1024 bytes of UTF-8.
 *
 * CRETULA_ERR_LIMIT_EXCEEDED if the name is new and the ring is full; CRETULA_ERR_INVALID_VALUE if the name or the value
 * breaks its rule. The ring is then as it was.
 */
cretula_status cretula_keyring_put(cretula_keyring *keyring,
                                   const char *name,
                                   size_t name_len,
                                   const char *value,
                                   size_t value_len,
                                   cretula_error **error);

/**
 * Removes a key. The last one is replaced by a new, generated one named "default", so that signing never stops.
 *
 * CRETULA_ERR_NOT_FOUND if there is none of this name.
 */
cretula_status cretula_keyring_remove(cretula_keyring *keyring,
                                      const char *name,
                                      size_t name_len,
                                      cretula_error **error);

/**
 * Signs a URL, absolute or a path, with the key of that name; `expires_at` in Unix seconds is the last second at which
 * the signature is good, 0 is never to expire. The signed URL is the same text with `exp` and `sig` added.
 *
 * CRETULA_ERR_NOT_FOUND if there is no key of this name; CRETULA_ERR_INVALID_VALUE if the URL has a fragment, a control
 * character, a sig, a second exp, or is neither absolute nor starts with "/".
 */
cretula_status cretula_keyring_sign(const cretula_keyring *keyring,
                                    const char *key_name,
                                    size_t key_name_len,
                                    const char *url,
                                    size_t url_len,
                                    uint64_t expires_at,
                                    cretula_buffer *signed_url_out,
                                    cretula_error **error);

/** As cretula_keyring_sign, with the signature in CRETULA_ENCODING_*. */
cretula_status cretula_keyring_sign_encoded(const cretula_keyring *keyring,
                                            const char *key_name,
                                            size_t key_name_len,
                                            const char *url,
                                            size_t url_len,
                                            uint64_t expires_at,
                                            int32_t encoding,
                                            cretula_buffer *signed_url_out,
                                            cretula_error **error);

/**
 * Checks the signature of a received URL, absolute or a path with its query, byte for byte as it was sent; `now` in Unix
 * seconds. CRETULA_OK if it is good; else one of CRETULA_ERR_SIGNATURE_*.
 */
cretula_status cretula_keyring_verify(const cretula_keyring *keyring,
                                      const char *url,
                                      size_t url_len,
                                      uint64_t now,
                                      cretula_error **error);

/**
 * As cretula_keyring_verify; also tells the name of the key that signed, and the last Unix second at which the signature
 * is good, 0 for never to expire: what a cache must know. Either output may be NULL.
 */
cretula_status cretula_keyring_verify_details(const cretula_keyring *keyring,
                                              const char *url,
                                              size_t url_len,
                                              uint64_t now,
                                              cretula_buffer *key_name_out,
                                              uint64_t *expires_at_out,
                                              cretula_error **error);

/** Frees a ring, and overwrites its keys. NULL is ignored. */
void cretula_keyring_free(cretula_keyring *keyring);

/** A new value for a key, from the operating system's random generator. Free it with cretula_buffer_clear_free. */
cretula_status cretula_key_value_generate(cretula_buffer *out,
                                          cretula_error **error);

/* ---- Identifiers: checking them, and making new ones. ---- */

/** The API reference's own words. */
#define CRETULA_PROFILE_REFERENCE 0

/** What the hosted service documents and does: longer image ids with subpaths, plainer variant ids. */
#define CRETULA_PROFILE_HOSTED 1

/** The id of an image, chosen by its uploader. */
#define CRETULA_FIELD_IMAGE_ID 1

/** The id of an image that is in use already: chosen or generated. */
#define CRETULA_FIELD_EXISTING_IMAGE_ID 2

/** The id of a variant. */
#define CRETULA_FIELD_VARIANT_ID 3

/** The name of a signing key. */
#define CRETULA_FIELD_KEY_NAME 4

/** Who an image belongs to. */
#define CRETULA_FIELD_CREATOR 5

/** The name of the file that was uploaded. */
#define CRETULA_FIELD_FILENAME 6

/** A JSON object of metadata. */
#define CRETULA_FIELD_META 7

/** A point in time, in the format of RFC 3339. */
#define CRETULA_FIELD_TIMESTAMP 8

/**
 * Checks a text that is to be the CRETULA_FIELD_* `field`, by the rules of the CRETULA_PROFILE_* `profile`.
 *
 * CRETULA_ERR_INVALID_VALUE, with an error that names the rule, if it breaks one.
 */
cretula_status cretula_validate(int32_t field,
                                int32_t profile,
                                const char *text,
                                size_t text_len,
                                cretula_error **error);

/** A new id for an image: 128 random bits from the operating system as 32 hexadecimal digits. */
cretula_status cretula_image_id_generate(cretula_buffer *out,
                                         cretula_error **error);

/** As cretula_image_id_generate; in CRETULA_PROFILE_HOSTED the text of a version 4 UUID. */
cretula_status cretula_image_id_generate_for(int32_t profile,
                                             cretula_buffer *out,
                                             cretula_error **error);

/** Whether an image's id has the shape of the ids that cretula_image_id_generate_for makes; false for what is no id. */
bool cretula_image_id_looks_generated(int32_t profile,
                                      const char *id,
                                      size_t id_len);

/**
 * Reads a point in time in the format of RFC 3339: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
 *
 * CRETULA_ERR_INVALID_VALUE if it is none, or lies outside the years 0000 to 9999 UTC.
 */
cretula_status cretula_timestamp_parse(const char *text,
                                       size_t text_len,
                                       int64_t *unix_ms_out,
                                       cretula_error **error);

/**
 * Writes a point in time as the records hold it: "2014-01-02T02:20:00.123Z".
 *
 * CRETULA_ERR_INVALID_VALUE outside the years 0000 to 9999 UTC.
 */
cretula_status cretula_timestamp_format(int64_t unix_ms,
                                        cretula_buffer *out,
                                        cretula_error **error);

/* ---- Delivery URLs: where a variant of an image is fetched. ---- */

/**
 * A delivery URL, taken apart: `https://<host>/<account>/<image>/<variant>`, or its path alone. It may be read by many
 * threads at once.
 */
typedef struct cretula_delivery_url cretula_delivery_url;

/**
 * Takes an absolute http or https URL, or a path, apart, percent-decoded. The query is not looked at: the signature is
 * cretula_keyring_verify's to check, over the bytes as they were received.
 *
 * CRETULA_ERR_INVALID_VALUE for anything that is no such URL by the rules of the CRETULA_PROFILE_* `profile`.
 */
cretula_status cretula_delivery_url_parse(const char *url,
                                          size_t url_len,
                                          int32_t profile,
                                          cretula_delivery_url **out,
                                          cretula_error **error);

/**
 * Puts a delivery URL together. With a `host_len` of 0 it is a path; `on_custom_domain`, if not 0, puts it below
 * "/cdn-cgi/imagedelivery".
 *
 * CRETULA_ERR_INVALID_VALUE if a part breaks its rule.
 */
cretula_status cretula_delivery_url_new(const char *host,
                                        size_t host_len,
                                        const char *account_hash,
                                        size_t account_hash_len,
                                        const char *image_id,
                                        size_t image_id_len,
                                        const char *variant_id,
                                        size_t variant_id_len,
                                        int32_t on_custom_domain,
                                        int32_t profile,
                                        cretula_delivery_url **out,
                                        cretula_error **error);

/** The whole URL, percent-encoded; NULL for NULL. Lives as long as `url`. */
const char *cretula_delivery_url_text(const cretula_delivery_url *url);

/** The host, with its port if there is one; NULL for a path. Lives as long as `url`. */
const char *cretula_delivery_url_host(const cretula_delivery_url *url);

/** The account hash. Lives as long as `url`. */
const char *cretula_delivery_url_account_hash(const cretula_delivery_url *url);

/** The image's id, percent-decoded. Lives as long as `url`. */
const char *cretula_delivery_url_image_id(const cretula_delivery_url *url);

/** The variant's id, percent-decoded. Lives as long as `url`. */
const char *cretula_delivery_url_variant_id(const cretula_delivery_url *url);

/** Whether it lies below "/cdn-cgi/imagedelivery"; false for NULL. */
bool cretula_delivery_url_is_on_custom_domain(const cretula_delivery_url *url);

/** Frees a delivery URL. NULL is ignored. */
void cretula_delivery_url_free(cretula_delivery_url *url);

/* ---- Access: whether a request may see a variant of an image. ---- */

/**
 * Decides whether `url`, as it was received, may see a variant of an image, at `now` (Unix seconds): CRETULA_OK if it may.
 *
 * A signature is needed if `image_requires_signed_urls` is not 0 and `variant_never_requires_signed_urls` is; the answer
 * is then that of cretula_keyring_verify. `expires_at_out`, which may be NULL, gets the last second at which it holds, 0
 * for ever: a cache must not keep the answer longer. That `url` names this image and this variant is the caller's to
 * know, who found them by it.
 */
cretula_status cretula_access_check(const cretula_keyring *keyring,
                                    int32_t image_requires_signed_urls,
                                    int32_t variant_never_requires_signed_urls,
                                    const char *url,
                                    size_t url_len,
                                    uint64_t now,
                                    uint64_t *expires_at_out,
                                    cretula_error **error);

/* ---- Lists of variants: those that an account has, by id. ---- */

/**
 * The variants of an account, at most 100, in the order of their ids. Many threads may look one up at once; changing the
 * list needs it alone.
 */
typedef struct cretula_variants cretula_variants;

/** A list without variants, whose ids follow the rules of the CRETULA_PROFILE_* `profile`. */
cretula_status cretula_variants_new(int32_t profile,
                                    cretula_variants **out,
                                    cretula_error **error);

/**
 * The list in the reference's JSON, `{"variants":{"<id>":{"id","options",…}}}`.
 *
 * CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT if it is no such JSON or a variant breaks a rule;
 * CRETULA_ERR_LIMIT_EXCEEDED for over 100.
 */
cretula_status cretula_variants_from_json(const char *json,
                                          size_t json_len,
                                          int32_t profile,
                                          cretula_variants **out,
                                          cretula_error **error);

/** Writes the reference's JSON. */
cretula_status cretula_variants_to_json(const cretula_variants *variants,
                                        cretula_buffer *out,
                                        cretula_error **error);

/** How many variants there are; 0 for NULL. */
size_t cretula_variants_count(const cretula_variants *variants);

/** The id of the variant at `index`. CRETULA_ERR_NOT_FOUND beyond the last. */
cretula_status cretula_variants_id_at(const cretula_variants *variants,
                                      size_t index,
                                      cretula_buffer *out,
                                      cretula_error **error);

/**
 * Looks a variant up. `never_require_signed_urls_out`, which may be NULL, gets 1 if an unsigned URL may always see it,
 * else 0. CRETULA_ERR_NOT_FOUND if there is none of this id.
 */
cretula_status cretula_variants_get(const cretula_variants *variants,
                                    const char *id,
                                    size_t id_len,
                                    cretula_variant *out,
                                    uint32_t *never_require_signed_urls_out,
                                    cretula_error **error);

/**
 * Adds a variant; one for which `never_require_signed_urls` is not 0 may always be seen by unsigned URLs.
 *
 * CRETULA_ERR_INVALID_VALUE if the id is in use or breaks its rule; CRETULA_ERR_INVALID_ARGUMENT if a side is out of
 * range; CRETULA_ERR_LIMIT_EXCEEDED if there are 100 already. The list is then as it was.
 */
cretula_status cretula_variants_create(cretula_variants *variants,
                                       const char *id,
                                       size_t id_len,
                                       const cretula_variant *variant,
                                       int32_t never_require_signed_urls,
                                       cretula_error **error);

/** Replaces the variant of this id whole. CRETULA_ERR_NOT_FOUND if there is none, else as cretula_variants_create. */
cretula_status cretula_variants_update(cretula_variants *variants,
                                       const char *id,
                                       size_t id_len,
                                       const cretula_variant *variant,
                                       int32_t never_require_signed_urls,
                                       cretula_error **error);

/**
 * Takes a variant out. CRETULA_ERR_NOT_FOUND if there is none of this id; CRETULA_ERR_INVALID_VALUE if it is "public" in
 * CRETULA_PROFILE_HOSTED, which never lets go of it.
 */
cretula_status cretula_variants_remove(cretula_variants *variants,
                                       const char *id,
                                       size_t id_len,
                                       cretula_error **error);

/** Frees a list. NULL is ignored. */
void cretula_variants_free(cretula_variants *variants);

/* ---- Records: the reference's models, as JSON in and JSON out. ---- */

/** An image: `{"id","creator","filename","meta","requireSignedURLs","uploaded","variants"}`. */
#define CRETULA_RECORD_IMAGE 1

/** A list of images: `{"images":[…]}`. */
#define CRETULA_RECORD_IMAGE_LIST 2

/** What is to change of an image: `{"creator","metadata","requireSignedURLs"}`. */
#define CRETULA_RECORD_IMAGE_UPDATE 3

/** A variant: `{"id","options","neverRequireSignedURLs"}`. */
#define CRETULA_RECORD_VARIANT 4

/** The answer that holds one variant: `{"variant":…}`. */
#define CRETULA_RECORD_VARIANT_RESULT 5

/** A list of variants: `{"variants":{"<id>":…}}`. */
#define CRETULA_RECORD_VARIANTS 6

/** The count of images: `{"count":{"allowed","current"}}`. */
#define CRETULA_RECORD_STAT 7

/** The metadata of an image: a JSON object. */
#define CRETULA_RECORD_META 8

/** The envelope of every answer: `{"result","success","errors","messages"}`, with any result. */
#define CRETULA_RECORD_RESPONSE 9

/**
 * Checks a CRETULA_RECORD_* by the rules of the CRETULA_PROFILE_* `profile`, and writes it as this library does: compact,
 * fields in the reference's order, unknown ones left out.
 *
 * CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT, with an error that names the rule, if it breaks one;
 * CRETULA_ERR_LIMIT_EXCEEDED for too many variants.
 */
cretula_status cretula_record_normalize(int32_t record,
                                        int32_t profile,
                                        const char *json,
                                        size_t json_len,
                                        cretula_buffer *out,
                                        cretula_error **error);

/**
 * Applies an update to an image, both as JSON, and writes the image as it is then.
 *
 * CRETULA_ERR_INVALID_VALUE if either breaks a rule, or the update is not one that this image can have.
 */
cretula_status cretula_image_update(const char *image_json,
                                    size_t image_json_len,
                                    const char *update_json,
                                    size_t update_json_len,
                                    int32_t profile,
                                    cretula_buffer *out,
                                    cretula_error **error);

/**
 * The count of images, as JSON, after `images` more are stored. CRETULA_ERR_LIMIT_EXCEEDED if they would be more than are
 * allowed; CRETULA_ERR_INVALID_VALUE if the JSON is no count.
 */
cretula_status cretula_stat_after_upload(const char *stat_json,
                                         size_t stat_json_len,
                                         uint64_t images,
                                         cretula_buffer *out,
                                         cretula_error **error);

/**
 * The count of images, as JSON, after `images` are deleted. CRETULA_ERR_INVALID_VALUE if there are fewer, or the JSON is
 * no count.
 */
cretula_status cretula_stat_after_delete(const char *stat_json,
                                         size_t stat_json_len,
                                         uint64_t images,
                                         cretula_buffer *out,
                                         cretula_error **error);

/** Puts a result, any JSON, into the envelope of a success. CRETULA_ERR_INVALID_VALUE if it is no JSON. */
cretula_status cretula_response_success(const char *result_json,
                                        size_t result_json_len,
                                        cretula_buffer *out,
                                        cretula_error **error);

/** Puts the code and the message of `failure` into the envelope of a failure. `failure` is only read. */
cretula_status cretula_response_failure(const cretula_error *failure,
                                        cretula_buffer *out,
                                        cretula_error **error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* CRETULA_H */
