// Renders one variant of an image file:
// node thumbnail.mjs photo.jpg out.webp w=320,h=320,fit=cover,f=webp
import { readFileSync, writeFileSync } from "node:fs";
import koffi from "koffi";

const [source, target, options] = process.argv.slice(2);
const library = koffi.load(process.env.CRETULA_LIBRARY ?? "libcretula.so");
const Variant = koffi.struct("cretula_variant_options", { struct_size: "size_t", fit: "int32_t",
  width: "uint32_t", height: "uint32_t", metadata: "int32_t", options: "const char *", options_len: "size_t" });
koffi.struct("cretula_buffer", { data: "void *", len: "size_t" });
const create = library.func("int32_t cretula_renderer_new(void *, _Out_ void **, _Out_ void **)");
const render = library.func("int32_t cretula_renderer_render(void *, const uint8_t *, size_t," +
  "const cretula_variant_options *, void *, void *, _Out_ cretula_buffer *, void *, _Out_ void **)");
const message = library.func("const char *cretula_error_message(void *)");
const free = library.func("void cretula_buffer_free(_Inout_ cretula_buffer *)");

const [upload, renderer, image, error] = [readFileSync(source), [null], {}, [null]];
const variant = { struct_size: koffi.sizeof(Variant), options, options_len: Buffer.byteLength(options) };
if (create(null, renderer, error) || render(renderer[0], upload, upload.length, variant, null, null, image, null, error))
  throw new Error(message(error[0]));
writeFileSync(target, Buffer.from(koffi.view(image.data, image.len)));
console.log(`${target}: ${image.len} bytes`);
free(image);
