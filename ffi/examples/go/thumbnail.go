// Renders one variant of an image file: go run . photo.jpg out.webp w=320,h=320,fit=cover,f=webp
package main

// #cgo LDFLAGS: -lcretula
// #include <cretula.h>
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"log"
	"os"
	"unsafe"
)

func main() {
	upload, err := os.ReadFile(os.Args[1])
	if err != nil || len(upload) == 0 {
		log.Fatalf("%s: empty, or %v", os.Args[1], err)
	}
	text := C.CString(os.Args[3])
	defer C.free(unsafe.Pointer(text))
	variant := C.cretula_variant_options{options: text, options_len: C.size_t(len(os.Args[3]))}
	variant.struct_size = C.sizeof_cretula_variant_options
	var renderer *C.cretula_renderer
	var image C.cretula_buffer
	var failure *C.cretula_error
	status := C.cretula_renderer_new(nil, &renderer, &failure)
	if status == C.CRETULA_OK {
		status = C.cretula_renderer_render(renderer, (*C.uint8_t)(&upload[0]), C.size_t(len(upload)),
			&variant, nil, nil, &image, nil, &failure)
	}
	if status != C.CRETULA_OK {
		log.Fatalf("%s: %s", os.Args[1], C.GoString(C.cretula_error_message(failure)))
	}
	defer C.cretula_renderer_free(renderer)
	defer C.cretula_buffer_free(&image)
	if err := os.WriteFile(os.Args[2], unsafe.Slice((*byte)(image.data), image.len), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes\n", os.Args[2], image.len)
}
