/*
 * The calls of fuzz.c, one for each function of the header: random arguments, checks of the
 * outputs, and whether the call succeeded. Included once, by fuzz.c.
 */

#define ERROR_OUT (begin())

/* Makes a call, then checks its outputs: C does not define in which order arguments are evaluated. */
#define LOOK(call, zeroed)                                                                                   \
    cretula_status status = (call);                                                                          \
    return judged(status, (zeroed))

static bool call_versions(void)
{
    bool fits = cretula_abi_compatible((uint32_t)any());
    CHECK(cretula_rendering_version() > 0);
    CHECK(cretula_abi_version() == CRETULA_ABI_VERSION && strcmp(cretula_version(), CRETULA_VERSION) == 0);
    return fits || cretula_abi_compatible(CRETULA_ABI_VERSION);
}

static bool call_status(void)
{
    cretula_status status = one_in(2) ? (int32_t)any() : (int32_t)below(1000);
    CHECK(strlen(cretula_status_name(status)) > 0);
    return cretula_status_http(status) >= 200;
}

static bool call_error(void)
{
    const cretula_error *error = handle(ERROR);
    CHECK(cretula_error_message(error) != NULL && cretula_error_stage(error) != NULL);
    return cretula_error_status(error) != 0 && cretula_error_code(error) != 0;
}

static bool call_formats(void)
{
    struct bytes extension = one_in(2) ? text(NAMES) : varied("png", 3);
    int32_t format = constant(5);
    CHECK((cretula_format_name(format) == NULL) == (cretula_format_media_type(format) == NULL));
    CHECK((cretula_format_name(format) == NULL) == (cretula_format_extension(format) == NULL));
    return cretula_format_from_extension(TEXT_OF(extension)) == CRETULA_FORMAT_PNG;
}

static bool call_color(void)
{
    struct bytes name = one_in(2) ? text(NAMES) : varied("#12ab", 5);
    uint32_t color = 1;
    if (cretula_color_parse(TEXT_OF(name), one_in(20) ? NULL : &color, NULL) != CRETULA_OK)
        return false;
    CHECK(color != 0);
    return true;
}

static bool call_cancel_token(void)
{
    if (one_in(30)) {
        cretula_cancel_token_cancel(handle(CANCEL));
    }
    if (one_in(8)) {
        adopt(CANCEL, cretula_cancel_token_new());
    }
    return !cretula_cancel_token_is_cancelled(handle(CANCEL));
}

static bool call_free(void)
{
    cretula_buffer empty = CRETULA_BUFFER_INIT;
    cretula_buffer_free(NULL);
    cretula_buffer_clear_free(NULL);
    cretula_buffer_free(&empty);
    cretula_buffer_clear_free(&empty);
    free_some((enum kind)below(KINDS));
    return true;
}

static bool call_probe(void)
{
    struct bytes src = image();
    cretula_limits given = limits();
    cretula_limits *given_place = one_in(2) ? NULL : &given;
    cretula_info out;
    cretula_info *place = maybe(&out);
    DIRTY(out);
    out.struct_size = size(sizeof(out));
    LOOK(cretula_probe(src.at, src.len, given_place, place, ERROR_OUT),
         place == NULL || out.struct_size != sizeof(out) || IS_ZEROED(out));
}

static bool call_variant_options_parse(void)
{
    struct bytes json = text(OPTIONS);
    cretula_variant_options out;
    cretula_variant_options *place = maybe(&out);
    DIRTY(out);
    out.struct_size = size(sizeof(out));
    LOOK(cretula_variant_options_parse(TEXT_OF(json), place, ERROR_OUT),
         place == NULL || out.struct_size != sizeof(out) || IS_ZEROED(out));
}

static bool call_place(void)
{
    cretula_variant_options options = variant();
    cretula_variant_options *options_place = maybe(&options);
    cretula_placement out;
    cretula_placement *place = maybe(&out);
    uint32_t width = side();
    uint32_t height = side();
    DIRTY(out);
    out.struct_size = size(sizeof(out));
    LOOK(cretula_place(options_place, width, height, place, ERROR_OUT),
         place == NULL || out.struct_size != sizeof(out) || IS_ZEROED(out));
}

static bool call_negotiate(void)
{
    struct bytes accept = text(TRANSFORMS);
    cretula_source source = {0, constant(5), (uint32_t)below(2), (uint32_t)below(3), 0};
    cretula_source *source_place = maybe(&source);
    cretula_negotiate_options options = {0, any(), any()};
    cretula_negotiate_options *options_place = one_in(2) ? NULL : &options;
    int32_t out = -1;
    int32_t *place = maybe(&out);
    cretula_status status;
    source.struct_size = size(sizeof(source));
    options.struct_size = size(sizeof(options));
    status = cretula_negotiate(TEXT_OF(accept), source_place, options_place, place, ERROR_OUT);
    return judged(status, place == NULL || out == CRETULA_FORMAT_SOURCE);
}

/* Checks that a failure leaves NULL; on success the new handle goes to the pool. */
static bool judged_handle(cretula_status status, enum kind kind, void *const *place, void *made)
{
    bool ok = judged(status, place == NULL || made == NULL);
    if (ok) {
        adopt(kind, made);
    }
    return ok;
}

/* A call that creates a handle of this kind. */
#define MAKES(kind, type, call)                                                                              \
    type *made = DIRTY_HANDLE;                                                                               \
    type **place = maybe(&made);                                                                             \
    cretula_status status = (call);                                                                          \
    return judged_handle(status, (kind), (void *const *)(void *)place, made)

/* A call that writes text. */
#define WRITES(call)                                                                                         \
    cretula_buffer out = DIRTY_BUFFER;                                                                       \
    cretula_buffer *place = maybe(&out);                                                                     \
    cretula_status status = (call);                                                                          \
    return judged_buffer(status, place, &out)

static bool call_renderer_new(void)
{
    cretula_limits given = limits();
    MAKES(RENDERER, cretula_renderer, cretula_renderer_new(&given, place, ERROR_OUT));
}

static bool call_renderer_render(void)
{
    struct bytes src = image();
    cretula_renderer *renderer = handle(RENDERER);
    cretula_variant_options options = variant();
    cretula_variant_options *options_place = maybe(&options);
    cretula_output_options as = output();
    cretula_output_options *as_place = one_in(3) ? NULL : &as;
    cretula_cancel_token *cancel = one_in(2) ? NULL : handle(CANCEL);
    cretula_buffer out = DIRTY_BUFFER;
    cretula_buffer *place = maybe(&out);
    cretula_info info;
    cretula_info *info_place = one_in(3) ? NULL : &info;
    cretula_status status;
    DIRTY(info);
    info.struct_size = size(sizeof(info));
    status = cretula_renderer_render(renderer, src.at, src.len, options_place, as_place, cancel, place,
                                     info_place, ERROR_OUT);
    CHECK(status == CRETULA_OK || info_place == NULL || info.struct_size != sizeof(info) || IS_ZEROED(info));
    return judged_buffer(status, place, &out);
}

static bool call_renderer_describe(void)
{
    struct bytes src = image();
    cretula_renderer *renderer = handle(RENDERER);
    cretula_variant_options options = variant();
    cretula_variant_options *options_place = maybe(&options);
    cretula_output_options as = output();
    cretula_output_options *as_place = one_in(3) ? NULL : &as;
    WRITES(cretula_renderer_describe(renderer, src.at, src.len, options_place, as_place, place, ERROR_OUT));
}

static bool call_renderer_render_set(void)
{
    enum { MOST = 3 };
    struct bytes src = image();
    cretula_renderer *renderer = handle(RENDERER);
    cretula_variant_options options[MOST];
    cretula_output_options as[MOST];
    cretula_buffer outs[MOST];
    cretula_variant_options *options_place = maybe(options);
    cretula_output_options *as_place = one_in(3) ? NULL : as;
    cretula_buffer *place = maybe(outs);
    cretula_cancel_token *cancel = one_in(2) ? NULL : handle(CANCEL);
    size_t count =
        one_in(40) ? CRETULA_MAX_SET + 1 + (size_t)(any() >> below(60)) % TOP_BIT : below(MOST + 1);
    bool zeroed = true;
    cretula_status status;
    size_t i;
    for (i = 0; i < MOST; i++) {
        const cretula_buffer dirty = DIRTY_BUFFER;
        options[i] = variant();
        as[i] = output();
        outs[i] = dirty;
    }
    status = cretula_renderer_render_set(renderer, src.at, src.len, options_place, as_place, count, cancel,
                                         place, ERROR_OUT);
    for (i = 0; i < MOST && place != NULL; i++) {
        if (i >= count || count > CRETULA_MAX_SET) {
            CHECK(outs[i].len == 77);
        } else if (status != CRETULA_OK) {
            zeroed = zeroed && IS_EMPTY(outs[i]);
        } else {
            CHECK(outs[i].len > 0 && outs[i].data[outs[i].len] == 0);
            cretula_buffer_free(&outs[i]);
        }
    }
    return judged(status, zeroed) && count > 0;
}

static bool call_renderer_info(void)
{
    cretula_renderer *renderer = handle(RENDERER);
    size_t index = one_in(20) ? (size_t)any() : below(3);
    cretula_info out;
    cretula_info *place = maybe(&out);
    DIRTY(out);
    out.struct_size = size(sizeof(out));
    LOOK(cretula_renderer_info(renderer, index, place, ERROR_OUT),
         place == NULL || out.struct_size != sizeof(out) || IS_ZEROED(out));
}

static bool call_renderer_warnings(void)
{
    cretula_renderer *renderer = handle(RENDERER);
    size_t index = one_in(20) ? (size_t)any() : below(3);
    WRITES(cretula_renderer_warnings(renderer, index, place, ERROR_OUT));
}

static bool call_keyring_new(void)
{
    size_t capacity = one_in(3) ? (size_t)any() : below(5);
    MAKES(KEYRING, cretula_keyring, cretula_keyring_new(capacity, place, ERROR_OUT));
}

static bool call_keyring_from_json(void)
{
    struct bytes json = text(KEYS);
    size_t capacity = one_in(20) ? (size_t)any() : below(4);
    MAKES(KEYRING, cretula_keyring, cretula_keyring_from_json(TEXT_OF(json), capacity, place, ERROR_OUT));
}

static bool call_keyring_to_json(void)
{
    cretula_keyring *keys = handle(KEYRING);
    WRITES(cretula_keyring_to_json(keys, place, ERROR_OUT));
}

static bool call_keyring_name_at(void)
{
    cretula_keyring *keys = handle(KEYRING);
    size_t index = one_in(20) ? (size_t)any() : below(cretula_keyring_count(keys) + 1);
    WRITES(cretula_keyring_name_at(keys, index, place, ERROR_OUT));
}

static bool call_keyring_put(void)
{
    cretula_keyring *keys = handle(KEYRING);
    struct bytes name = text(NAMES);
    struct bytes value = text(NAMES);
    LOOK(cretula_keyring_put(keys, TEXT_OF(name), TEXT_OF(value), ERROR_OUT), true);
}

static bool call_keyring_remove(void)
{
    cretula_keyring *keys = handle(KEYRING);
    struct bytes name = text(NAMES);
    LOOK(cretula_keyring_remove(keys, TEXT_OF(name), ERROR_OUT), true);
}

static bool call_keyring_sign(void)
{
    cretula_keyring *keys = handle(KEYRING);
    struct bytes name = text(NAMES);
    struct bytes url = text(URLS);
    uint64_t expires = one_in(2) ? 0 : any();
    int32_t encoding = constant(1);
    WRITES(cretula_keyring_sign(keys, TEXT_OF(name), TEXT_OF(url), expires, encoding, place, ERROR_OUT));
}

/* Checks the outputs of a call that verifies a signature. */
static bool judged_verification(cretula_status status, const cretula_buffer *name_place, cretula_buffer *name,
                                const uint64_t *expires_place, uint64_t expires)
{
    bool zeroed = (name_place == NULL || IS_EMPTY(*name)) && (expires_place == NULL || expires == 0);
    if (status == CRETULA_OK && name_place != NULL && name->data != NULL) {
        CHECK(name->len > 0 && name->data[name->len] == 0);
        cretula_buffer_free(name);
    }
    return judged(status, zeroed);
}

static bool call_keyring_verify(void)
{
    cretula_keyring *keys = handle(KEYRING);
    struct bytes url = text(URLS);
    uint64_t now = one_in(4) ? any() : below(1100);
    uint64_t expires = 7;
    uint64_t *expires_place = one_in(4) ? NULL : &expires;
    cretula_buffer name = DIRTY_BUFFER;
    cretula_buffer *name_place = one_in(4) ? NULL : &name;
    cretula_status status =
        cretula_keyring_verify(keys, TEXT_OF(url), now, name_place, expires_place, ERROR_OUT);
    CHECK(status != CRETULA_OK || name_place == NULL || name.data != NULL);
    return judged_verification(status, name_place, &name, expires_place, expires);
}

static bool call_key_value_generate(void)
{
    WRITES(cretula_key_value_generate(place, ERROR_OUT));
}

static bool call_keyring_authorize(void)
{
    cretula_keyring *keys = handle(KEYRING);
    struct bytes url = text(URLS);
    bool image_requires = one_in(2);
    bool variant_never = one_in(2);
    uint64_t now = below(1100);
    uint64_t expires = 7;
    uint64_t *expires_place = maybe(&expires);
    cretula_buffer name = DIRTY_BUFFER;
    cretula_buffer *name_place = maybe(&name);
    cretula_status status = cretula_keyring_authorize(keys, image_requires, variant_never, TEXT_OF(url), now,
                                                      name_place, expires_place, ERROR_OUT);
    return judged_verification(status, name_place, &name, expires_place, expires);
}

static bool call_validate(void)
{
    struct bytes words = text((enum words)below(WORDS));
    int32_t field = constant(8);
    int32_t rules = constant(1);
    LOOK(cretula_validate(field, rules, TEXT_OF(words), ERROR_OUT), true);
}

static bool call_image_id_generate(void)
{
    int32_t rules = constant(1);
    WRITES(cretula_image_id_generate(rules, place, ERROR_OUT));
}

static bool call_image_id_looks_generated(void)
{
    struct bytes id = one_in(2) ? text(NAMES) : varied("107b9558dd064bbd5fef9c2c16bb7900", 32);
    return cretula_image_id_looks_generated(constant(1), TEXT_OF(id));
}

static bool call_timestamp_parse(void)
{
    struct bytes time = text(TIMES);
    int64_t ms = 7;
    int64_t *place = maybe(&ms);
    LOOK(cretula_timestamp_parse(TEXT_OF(time), place, ERROR_OUT), place == NULL || ms == 0);
}

static bool call_timestamp_format(void)
{
    int64_t ms = (int64_t)(any() >> below(64));
    WRITES(cretula_timestamp_format(ms, place, ERROR_OUT));
}

static bool call_delivery_url_parse(void)
{
    struct bytes url = text(URLS);
    int32_t rules = constant(1);
    MAKES(DELIVERY, cretula_delivery_url, cretula_delivery_url_parse(TEXT_OF(url), rules, place, ERROR_OUT));
}

static bool call_delivery_url_new(void)
{
    struct bytes host = one_in(2) ? text(NAMES) : varied("", 0);
    struct bytes account = text(NAMES);
    struct bytes id = text(NAMES);
    struct bytes named = one_in(3) ? text(TRANSFORMS) : text(NAMES);
    bool custom = one_in(2);
    int32_t rules = constant(1);
    MAKES(DELIVERY, cretula_delivery_url,
          cretula_delivery_url_new(TEXT_OF(host), TEXT_OF(account), TEXT_OF(id), TEXT_OF(named), custom,
                                   rules, place, ERROR_OUT));
}

static bool call_delivery_url_parts(void)
{
    const cretula_delivery_url *url = handle(DELIVERY);
    bool there = cretula_delivery_url_text(url) != NULL;
    CHECK((cretula_delivery_url_account_hash(url) != NULL) == there);
    CHECK((cretula_delivery_url_image_id(url) != NULL) == there);
    CHECK(there || (cretula_delivery_url_variant_id(url) == NULL && cretula_delivery_url_options(url) == NULL));
    CHECK(!there ||
          (cretula_delivery_url_variant_id(url) == NULL) != (cretula_delivery_url_options(url) == NULL));
    CHECK((cretula_delivery_url_scheme(url) == NULL) == (cretula_delivery_url_host(url) == NULL));
    CHECK(there || cretula_delivery_url_host(url) == NULL);
    CHECK(there || !cretula_delivery_url_is_on_custom_domain(url));
    return there;
}

static bool call_variants_new(void)
{
    int32_t rules = constant(1);
    MAKES(VARIANTS, cretula_variants, cretula_variants_new(rules, place, ERROR_OUT));
}

static bool call_variants_from_json(void)
{
    struct bytes json = text(LISTS);
    int32_t rules = constant(1);
    MAKES(VARIANTS, cretula_variants, cretula_variants_from_json(TEXT_OF(json), rules, place, ERROR_OUT));
}

static bool call_variants_to_json(void)
{
    cretula_variants *list = handle(VARIANTS);
    WRITES(cretula_variants_to_json(list, place, ERROR_OUT));
}

static bool call_variants_id_at(void)
{
    cretula_variants *list = handle(VARIANTS);
    size_t index = one_in(20) ? (size_t)any() : below(cretula_variants_count(list) + 1);
    WRITES(cretula_variants_id_at(list, index, place, ERROR_OUT));
}

static bool call_variants_get(void)
{
    cretula_variants *list = handle(VARIANTS);
    struct bytes id = text(NAMES);
    bool never = true;
    bool *never_place = maybe(&never);
    cretula_variant_options out;
    cretula_variant_options *place = maybe(&out);
    cretula_status status;
    DIRTY(out);
    out.struct_size = size(sizeof(out));
    status = cretula_variants_get(list, TEXT_OF(id), place, never_place, ERROR_OUT);
    CHECK(status == CRETULA_OK || never_place == NULL || !never);
    return judged(status, place == NULL || out.struct_size != sizeof(out) || IS_ZEROED(out));
}

static bool call_variants_options(void)
{
    cretula_variants *list = handle(VARIANTS);
    struct bytes id = text(NAMES);
    WRITES(cretula_variants_options(list, TEXT_OF(id), place, ERROR_OUT));
}

static bool call_variants_create(void)
{
    cretula_variants *list = handle(VARIANTS);
    struct bytes id = text(NAMES);
    cretula_variant_options options = variant();
    cretula_variant_options *place = maybe(&options);
    LOOK(cretula_variants_create(list, TEXT_OF(id), place, one_in(2), ERROR_OUT), true);
}

static bool call_variants_update(void)
{
    cretula_variants *list = handle(VARIANTS);
    struct bytes id = text(NAMES);
    cretula_variant_options options = variant();
    cretula_variant_options *place = maybe(&options);
    LOOK(cretula_variants_update(list, TEXT_OF(id), place, one_in(2), ERROR_OUT), true);
}

static bool call_variants_patch(void)
{
    static const char update[] = "{\"options\":{\"width\":3,\"height\":null,\"blur\":2}}";
    cretula_variants *list = handle(VARIANTS);
    struct bytes id = text(NAMES);
    struct bytes json = one_in(3) ? text(OPTIONS) : varied(update, strlen(update));
    LOOK(cretula_variants_patch(list, TEXT_OF(id), TEXT_OF(json), ERROR_OUT), true);
}

static bool call_variants_remove(void)
{
    cretula_variants *list = handle(VARIANTS);
    struct bytes id = text(NAMES);
    LOOK(cretula_variants_remove(list, TEXT_OF(id), ERROR_OUT), true);
}

static bool call_options_normalize(void)
{
    struct bytes given = text(TRANSFORMS);
    WRITES(cretula_options_normalize(TEXT_OF(given), place, ERROR_OUT));
}

static bool call_options_from_json(void)
{
    struct bytes json = text(OPTIONS);
    WRITES(cretula_options_from_json(TEXT_OF(json), place, ERROR_OUT));
}

static bool call_options_to_json(void)
{
    struct bytes given = text(TRANSFORMS);
    WRITES(cretula_options_to_json(TEXT_OF(given), place, ERROR_OUT));
}

static bool call_record_normalize(void)
{
    struct bytes json = text(RECORDS);
    int32_t record = one_in(2) ? constant(12) : 1;
    int32_t rules = constant(1);
    WRITES(cretula_record_normalize(record, rules, TEXT_OF(json), place, ERROR_OUT));
}

static bool call_image_update(void)
{
    static const char update[] = "{\"creator\":\"me\"}";
    struct bytes stored = text(RECORDS);
    struct bytes change = one_in(2) ? text(RECORDS) : varied(update, strlen(update));
    int32_t rules = constant(1);
    WRITES(cretula_image_update(TEXT_OF(stored), TEXT_OF(change), rules, place, ERROR_OUT));
}

static struct bytes count_of_images(void)
{
    static const char count[] = "{\"count\":{\"allowed\":9,\"current\":3}}";
    return one_in(2) ? text(RECORDS) : varied(count, strlen(count));
}

static bool call_stat_after_upload(void)
{
    struct bytes json = count_of_images();
    uint64_t more = one_in(4) ? any() : below(8);
    WRITES(cretula_stat_after_upload(TEXT_OF(json), more, place, ERROR_OUT));
}

static bool call_stat_after_delete(void)
{
    struct bytes json = count_of_images();
    uint64_t less = one_in(4) ? any() : below(5);
    WRITES(cretula_stat_after_delete(TEXT_OF(json), less, place, ERROR_OUT));
}

static struct bytes query_of_images(void)
{
    return one_in(4) ? text((enum words)below(WORDS)) : text(QUERIES);
}

static bool call_image_query_normalize(void)
{
    struct bytes query = query_of_images();
    WRITES(cretula_image_query_normalize(TEXT_OF(query), place, ERROR_OUT));
}

static bool call_image_query_to_json(void)
{
    struct bytes query = query_of_images();
    WRITES(cretula_image_query_to_json(TEXT_OF(query), place, ERROR_OUT));
}

static bool call_image_query_matches(void)
{
    struct bytes query = query_of_images();
    struct bytes json = text(RECORDS);
    int32_t rules = constant(1);
    bool matches = true;
    bool *place = maybe(&matches);
    cretula_status status =
        cretula_image_query_matches(TEXT_OF(query), TEXT_OF(json), rules, place, ERROR_OUT);
    return judged(status, place == NULL || !matches);
}

static struct bytes form(void)
{
    static const char fields[] = "[[\"id\",\"cat\"],[\"metadata[a][]\",\"x\"],[\"metadata.b.0\",\"1\"]]";
    return varied(fields, strlen(fields));
}

static bool call_meta_from_form(void)
{
    struct bytes fields = form();
    WRITES(cretula_meta_from_form(TEXT_OF(fields), place, ERROR_OUT));
}

static bool call_direct_upload_from_form(void)
{
    struct bytes fields = form();
    int32_t rules = constant(1);
    WRITES(cretula_direct_upload_from_form(TEXT_OF(fields), rules, place, ERROR_OUT));
}

static bool call_direct_upload_expires_at(void)
{
    static const char request[] = "{\"id\":\"cat\",\"expiry\":\"1970-01-01T00:02:00Z\"}";
    struct bytes json = one_in(2) ? text(RECORDS) : varied(request, strlen(request));
    int32_t rules = constant(1);
    int64_t now = one_in(3) ? (int64_t)any() : (int64_t)below(2);
    int64_t end = 7;
    int64_t *place = maybe(&end);
    LOOK(cretula_direct_upload_expires_at(TEXT_OF(json), rules, now, place, ERROR_OUT),
         place == NULL || end == 0);
}

static bool call_response_success(void)
{
    struct bytes json = text((enum words)below(WORDS));
    WRITES(cretula_response_success(TEXT_OF(json), place, ERROR_OUT));
}

static bool call_response_failure(void)
{
    cretula_error *failure = handle(ERROR);
    WRITES(cretula_response_failure(failure, place, ERROR_OUT));
}

static bool (*const CALLS[])(void) = {
    call_versions,
    call_status,
    call_error,
    call_formats,
    call_color,
    call_cancel_token,
    call_free,
    call_probe,
    call_variant_options_parse,
    call_place,
    call_options_normalize,
    call_options_from_json,
    call_options_to_json,
    call_negotiate,
    call_renderer_new,
    call_renderer_render,
    call_renderer_describe,
    call_renderer_render_set,
    call_renderer_info,
    call_renderer_warnings,
    call_keyring_new,
    call_keyring_from_json,
    call_keyring_to_json,
    call_keyring_name_at,
    call_keyring_put,
    call_keyring_remove,
    call_keyring_sign,
    call_keyring_verify,
    call_key_value_generate,
    call_keyring_authorize,
    call_validate,
    call_image_id_generate,
    call_image_id_looks_generated,
    call_timestamp_parse,
    call_timestamp_format,
    call_delivery_url_parse,
    call_delivery_url_new,
    call_delivery_url_parts,
    call_variants_new,
    call_variants_from_json,
    call_variants_to_json,
    call_variants_id_at,
    call_variants_get,
    call_variants_options,
    call_variants_create,
    call_variants_update,
    call_variants_patch,
    call_variants_remove,
    call_record_normalize,
    call_image_update,
    call_stat_after_upload,
    call_stat_after_delete,
    call_image_query_normalize,
    call_image_query_to_json,
    call_image_query_matches,
    call_meta_from_form,
    call_direct_upload_from_form,
    call_direct_upload_expires_at,
    call_response_success,
    call_response_failure,
};
